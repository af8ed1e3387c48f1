import type { Command } from "commander";
import { print, warn } from "../../../common/cli/output.ts";
import { collect, RATES_OPTION, SET_OPTION } from "../options.ts";

interface ConformOptions {
  readonly text?: true;
  readonly rates?: string;
  readonly set?: string[];
}

const EXAMPLES = `
Examples:
  $ balloon-sim conform plan.txt
  $ balloon-sim conform --text --set alloc-max=4096 - < plan.txt

The plan: "INIT start_status guest_id_status", then a line a work cycle, "EXIT" to unload the driver:
  C target get_target_status nosleep_ok sleep_ok lock_plan unlock_plan start_status guest_id_status totalram
docs/engine.md defines the fields.`;

/** Adds `balloon-sim conform`. */
export function register(program: Command): void {
  program
    .command("conform")
    .summary("replay a plan of the reference driver's oracle through the engine")
    .description(
      "Replays a plan of the oracle (the reference driver's own text, compiled) through the engine and prints exactly " +
        "what the oracle prints: the state after every work cycle, as CSV.",
    )
    .argument("<plan>", "file with the plan, - for standard input")
    .option("--text", "follow each row by the driver's statistics text")
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .addHelpText("after", EXAMPLES)
    .action(async (plan: string, options: ConformOptions) => {
      const { parseRates } = await import("../../../common/rates-file.ts");
      const { VMMEMCTL } = await import("../../../engine/index.ts");
      const { conform } = await import("../../conform/conform.ts");
      const rates = parseRates(VMMEMCTL, options.rates, options.set);
      conform(plan, { rates, text: options.text === true, print, log: warn });
    });
}
