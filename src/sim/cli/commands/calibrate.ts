import type { Command } from "commander";
import { periodOption } from "../../../common/cli/option-values.ts";
import { InputError } from "../../../common/errors.ts";
import type { CalibrateHereOptions } from "../calibrate-here.ts";
import type { CalibrateOptions } from "../calibrate-runs.ts";
import { QUIET_OPTION, valueOption, workersOption } from "../options.ts";

const EXAMPLES = `
A recorded run is what fidelity reads: a log of the kernel lab or of the VM lab, or of balloon-hw run --record. Runs of the
machine that is to be described, of scenarios in which it reclaims memory, two or more of each. docs/calibrate.md
describes what to record, and what the intervals mean.

With --here, this machine itself is measured, in a minute: by small regions of memory, and by a file in TMPDIR, or else in the
working directory. A margin of memory stays free, and nothing is left, also after Ctrl-C. It needs Linux, and the native addon.

Examples:
  $ balloon-sim calibrate static-swap.r1.csv static-swap.r2.csv spike-swap.r1.csv spike-swap.r2.csv -o mine.json
  $ balloon-sim calibrate runs/*.csv --base ./mine.json
  $ balloon-sim calibrate --here -o mine.json
  $ balloon-sim fidelity other.csv --machine ./mine.json && balloon-sim run spike --machine ./mine.json`;

/** Adds `balloon-sim calibrate`. */
export function register(program: Command): void {
  program
    .command("calibrate")
    .summary("fit the costs of a machine to its recorded runs, or measure them here")
    .description(
      "Fits what operations cost on a machine to recorded runs, or measures it on this machine, with intervals, and names what can't be told.",
    )
    .argument("[run...]", "recorded runs of one machine: of the kernel lab, the VM lab, or balloon-hw")
    .option(
      "--base <machine>",
      "machine with which the search begins and whose other numbers are kept: server, lab, or a machine file (default: that of the runs' profile; with --here: server)",
    )
    .option("--here", "measure this machine instead of reading runs")
    .addOption(valueOption("--for <time>", "with --here: how long to measure (default: 60s)", periodOption))
    .option("--swap", "with --here: measure swap, too: at most 1 GiB is written to it")
    .option("-o, --output <file.json>", "write the machine, for --machine of other commands and for traces")
    .addOption(workersOption())
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (runs: string[], options: CommandOptions) => {
      checkCombination(runs, options);
      // Each way to determine costs is a module of its own.
      if (options.here) {
        const { calibrateHere } = await import("../calibrate-here.ts");
        await calibrateHere(options);
      } else {
        const { calibrateFromRuns } = await import("../calibrate-runs.ts");
        await calibrateFromRuns(runs, options);
      }
    });
}

type CommandOptions = CalibrateOptions & CalibrateHereOptions & { readonly here?: true };

/** @throws {InputError} if an option of one way to determine costs is given with the other way */
function checkCombination(runs: readonly string[], { here, for: forUs, swap, workers }: CommandOptions): void {
  if (here !== true) {
    const option = swap ? "--swap" : forUs === undefined ? null : "--for";
    if (option !== null) throw new InputError(`${option}: is about measuring this machine: add --here`);
  } else if (runs.length > 0) {
    throw new InputError("--here: measures this machine and reads no recorded runs: leave out either it or them");
  } else if (workers !== undefined) {
    throw new InputError("--workers: is about recorded runs: leave it out with --here, which measures on one thread");
  }
}
