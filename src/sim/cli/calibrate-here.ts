import { tmpdir } from "node:os";
import { version } from "../../common/cli/command-line.ts";
import { print, warn } from "../../common/cli/output.ts";
import { formatCost, formatSize, formatTime, type Us } from "../../common/units.ts";
import { loadText } from "../gauge/machine-load.ts";
import { measureMachine } from "../gauge/measure-machine.ts";
import type { MeasuredCosts } from "../gauge/measured-costs.ts";
import { intervalText, measuredMachine, roundedNs } from "../gauge/measured-machine.ts";
import { thisMachine } from "../gauge/this-machine.ts";
import { costKey } from "../trace/cost-keys.ts";
import { machineText, parseMachine } from "../trace/machines.ts";
import type { MachineProfile } from "../trace/types.ts";
import { checkOutput } from "./input-files.ts";
import { machineNameOf } from "./machine-name.ts";
import { formatTable, terminalWidth } from "./table.ts";
import { readMachine } from "./what-if-options.ts";
import { withOutput } from "./with-output.ts";

/** Options of `calibrate --here`, as the command line has them. */
export interface CalibrateHereOptions {
  /** The machine whose numbers are kept where nothing is measured. */
  readonly base?: string;
  /** How long to measure, in microseconds. */
  readonly for?: Us;
  readonly swap?: true;
  readonly output?: string;
  readonly quiet?: boolean;
}

const DEFAULT_FOR_US = 60_000_000;

/**
 * Executes `balloon-sim calibrate --here`: measures this machine, prints a table, and writes a machine file. A signal ends
 * the process at once, and nothing is left: neither memory, nor a file.
 */
export async function calibrateHere(options: CalibrateHereOptions): Promise<void> {
  const { base: written = "server", for: forUs = DEFAULT_FOR_US, swap = false, output, quiet } = options;
  const base = parseMachine(readMachine(written, "--base").content, written);
  checkOutput(output, [{ option: "--base", path: written }]);
  const measure = async (): Promise<MeasuredCosts> => {
    const at = thisMachine();
    if (quiet !== true)
      warn(`balloon-sim: measuring this machine for ${formatTime(forUs)}; Ctrl-C ends it, and nothing is written`);
    const directory = process.env.TMPDIR === undefined ? process.cwd() : tmpdir();
    const measured = await measureMachine({ forUs, swap, directory }, at);
    for (const remark of measured.remarks) warn(`balloon-sim: ${remark}`);
    return measured;
  };
  if (output === undefined) return print(reportText(base, await measure()));
  await withOutput(output, async (sink) => {
    const measured = await measure();
    // A machine on standard output is for another program.
    (output === "-" ? warn : print)(reportText(base, measured));
    sink.write(
      machineText(
        measuredMachine(base, measured, { name: machineNameOf(output), program: `balloon-sim ${version()}` }),
      ),
    );
  });
}

/** What was measured, and where. */
function reportText(base: MachineProfile, measured: MeasuredCosts): string {
  const { costs, kernel, processors, hz, regionPages, load } = measured;
  const rows = costs.map(({ field, interval, note }) => [
    costKey(field),
    formatCost(base.costs[field]),
    ...(interval === null
      ? ["-", "-", "-"]
      : [formatCost(roundedNs(interval.median)), intervalText(interval), String(interval.count)]),
    note,
  ]);
  const head = ["cost", base.name, "measured", "90 % interval", "passes", "note"];
  return [
    `Linux ${kernel}; processors: ${processors}; ticks a second: ${hz ?? "unknown"}; regions of up to ${formatSize(regionPages)}`,
    `During the measurement: ${loadText(load)}`,
    "",
    formatTable({ head, align: ["left", "right", "right", "left", "right", "left"], width: terminalWidth() }, rows),
  ].join("\n");
}
