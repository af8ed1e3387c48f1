import type { Command } from "commander";
import { collect, driverOption, MACHINE_OPTION, RATES_OPTION, SET_OPTION } from "../options.ts";
import type { StepOptions } from "../step-trace.ts";

const EXAMPLES = `
On a terminal, keys are commands: n or right, b or left, c or down, C or up, 90g, 200e, s, h, q. Else lines of standard input
contain the same commands.

Examples:
  $ balloon-sim step spike                          each event, forwards and backwards
  $ balloon-sim step spike --set alloc-max=4096     with another constant
  $ echo '12g 5n b s' | balloon-sim step spike      to 12 s, five events forwards, one backwards, all figures`;

/** Adds `balloon-sim step`. */
export function register(program: Command): void {
  program
    .command("step")
    .summary("run a trace event by event, forwards and backwards")
    .description("Runs a trace event by event, forwards and backwards, and prints what each step changes.")
    .argument("<trace>", "file, or name of a bundled trace")
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .option(...MACHINE_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string, options: StepOptions) => {
      const { stepTrace } = await import("../step-trace.ts");
      await stepTrace(trace, options);
    });
}
