import type { Command } from "commander";
import { collect, driverOption, RATES_OPTION, SET_OPTION } from "../options.ts";
import type { RatesOptions } from "../print-rates.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim rates
  $ balloon-sim rates --json > rates.json     a file for --rates, to edit
  $ balloon-sim rates --set alloc-max=4096    the constants of a run with these options`;

/** Adds `balloon-sim rates`. */
export function register(program: Command): void {
  program
    .command("rates")
    .summary("print the constants of the policy")
    .description("Prints the constants of the policy with their values, ranges and meaning.")
    .option("--json", "as JSON that --rates accepts")
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .addHelpText("after", EXAMPLES)
    .action(async (options: RatesOptions) => {
      const { printRates } = await import("../print-rates.ts");
      printRates(options);
    });
}
