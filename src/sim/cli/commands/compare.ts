import { type Command, Option } from "commander";
import {
  addWhatIfOptions,
  driverOption,
  QUIET_OPTION,
  seedsOption,
  shardOption,
  workersOption,
  worldsOption,
} from "../options.ts";
import { addQueueOptions } from "../queue-options.ts";
import type { CompareOptions } from "../tune/compare-rates.ts";

const EXAMPLES = `
The driver's constants have the name default; they are the first set unless the command line lists them elsewhere. A file that
names its driver is run with it; of files of several drivers the first one is the first set. All other sets are compared with the
first. The table has the median and [lowest .. highest] of all worlds; ~ marks a difference within
the variation between worlds, which counts neither as a win nor as a loss.

Examples:
  $ balloon-sim compare best.json --on spike ramp thrash
  $ balloon-sim compare --drivers vmmemctl,vmw-balloon --on spike     several drivers
  $ balloon-sim compare vmmemctl.json kvm.json --on spike             constants of several drivers
  $ balloon-sim compare a.json b.json --on *.jsonl --aggregate worst --format json`;

/** Adds `balloon-sim compare`. */
export function register(program: Command): void {
  const command = program
    .command("compare")
    .summary("run several sets of constants on the same traces, side by side")
    .description(
      "Runs several sets of constants on the same traces: their objectives side by side, and the trace where each wins " +
        "and loses most.",
    )
    .argument("[rates...]", "files as study best and rates --json write them, or default")
    .option("--on <trace...>", "trace files, or host files; or names of bundled ones")
    .option("--aggregate <how>", "of several traces: mean, worst, or a quantile such as q0.9", "mean")
    .addOption(new Option("--format <format>", "of the result").choices(["table", "csv", "json"]).default("table"))
    .option("-o, --output <file>", "write the result to a file")
    .addOption(driverOption())
    .option("--drivers <names>", "compare drivers instead, each with its own constants: vmmemctl,vmw-balloon");
  addWhatIfOptions(command)
    .addOption(seedsOption())
    .addOption(worldsOption().default(5))
    .addOption(shardOption())
    .addOption(workersOption())
    .option(...QUIET_OPTION);
  addQueueOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (rates: string[], options: CompareOptions) => {
      const { compareRates } = await import("../tune/compare-rates.ts");
      await compareRates(rates, options);
    });
}
