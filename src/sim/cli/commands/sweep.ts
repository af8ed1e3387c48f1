import { type Command, Option } from "commander";
import {
  addWhatIfOptions,
  collect,
  driverOption,
  HOST_POLICY_OPTION,
  objectivesOption,
  QUIET_OPTION,
  RATES_OPTION,
  seedsOption,
  shardOption,
  workersOption,
  worldsOption,
} from "../options.ts";
import { addQueueOptions } from "../queue-options.ts";
import type { SweepOptions } from "../tune/sweep-traces.ts";

const EXAMPLES = `
Values: a list (16,64,256), N values in equal factors (1024..16384x5), steps (512..4096+512), or one value for all.
Each run is a row: trial 0 with the reference rates, then every combination on every trace. docs/objectives.md defines
the objectives.

Examples:
  $ balloon-sim sweep spike --set alloc-max=1024..16384x5
  $ balloon-sim sweep spike ramp thrash --set alloc-max=2048,8192 --set slow-cycles=0..8+2 -o sweep.csv
  $ balloon-sim sweep hosts/noisy-neighbour --policy mom --set host.mom.pressure=0.1..0.3+0.1`;

/** Adds `balloon-sim sweep`. */
export function register(program: Command): void {
  const command = program
    .command("sweep")
    .summary("run every combination of constants and print the results")
    .description(
      "Runs every combination of the given constants on every trace, or on every host, and prints the objectives, as CSV or as Parquet.",
    )
    .argument("[trace...]", "trace files, or host files; or names of bundled ones")
    .option(
      "--set <name=values>",
      "values of a constant, such as alloc-max=1024..16384x5, or of a host's policy, host.mom.pressure=0.1,0.3; repeatable",
      collect,
    )
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...HOST_POLICY_OPTION)
    .addOption(objectivesOption())
    .option("-o, --output <file>", "write the rows to a file")
    .addOption(
      new Option("--format <format>", "of the rows; parquet to a file or a pipe only")
        .choices(["csv", "parquet"])
        .default("csv"),
    );
  addWhatIfOptions(command)
    .addOption(seedsOption())
    .addOption(worldsOption())
    .addOption(shardOption())
    .addOption(workersOption())
    .option(...QUIET_OPTION);
  addQueueOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: SweepOptions) => {
      if (options.objectives !== undefined) {
        const { printObjectives } = await import("../tune/print-objectives.ts");
        printObjectives(options.objectives);
        return;
      }
      const { sweepTraces } = await import("../tune/sweep-traces.ts");
      await sweepTraces(traces, options);
    });
}
