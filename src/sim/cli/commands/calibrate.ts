import type { Command } from "commander";
import type { CalibrateOptions } from "../calibrate-runs.ts";
import { QUIET_OPTION, workersOption } from "../options.ts";

const EXAMPLES = `
A recorded run is what fidelity reads: a log of the kernel lab or of the VM lab, or of balloon-hw run --record. Runs of the
machine that is to be described, of scenarios in which it reclaims memory, two or more of each. docs/calibrate.md
describes what to record, and what the intervals mean.

Examples:
  $ balloon-sim calibrate static-swap.r1.csv static-swap.r2.csv spike-swap.r1.csv spike-swap.r2.csv -o mine.json
  $ balloon-sim calibrate runs/*.csv --base ./mine.json
  $ balloon-sim fidelity other.csv --machine ./mine.json && balloon-sim run spike --machine ./mine.json`;

/** Adds `balloon-sim calibrate`. */
export function register(program: Command): void {
  program
    .command("calibrate")
    .summary("fit the costs of a machine to its recorded runs")
    .description(
      "Fits what operations cost on a machine to recorded runs, with intervals, and names what the runs can't tell.",
    )
    .argument("[run...]", "recorded runs of one machine: of the kernel lab, the VM lab, or balloon-hw")
    .option(
      "--base <machine>",
      "machine with which the search begins and whose other numbers are kept: server, lab, or a machine file (default: that of the runs' profile)",
    )
    .option("-o, --output <file.json>", "write the machine, for --machine of other commands and for traces")
    .addOption(workersOption())
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (runs: string[], options: CalibrateOptions) => {
      // Each way to determine costs is a module of its own.
      const { calibrateFromRuns } = await import("../calibrate-runs.ts");
      await calibrateFromRuns(runs, options);
    });
}
