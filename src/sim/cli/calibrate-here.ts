import { tmpdir } from "node:os";
import { print, warn } from "../../common/cli/output.ts";
import { formatCost, formatSize, formatTime, type Us } from "../../common/units.ts";
import { loadText } from "../gauge/machine-load.ts";
import { measureMachine } from "../gauge/measure-machine.ts";
import type { MeasuredCost, MeasuredCosts } from "../gauge/measured-costs.ts";
import { measuredMachine, roundedNs } from "../gauge/measured-machine.ts";
import { thisMachine } from "../gauge/this-machine.ts";
import { machineText, parseMachine } from "../trace/machines.ts";
import { COST_KEYS } from "../trace/sections/machine.ts";
import type { MachineProfile } from "../trace/types.ts";
import { checkOutput } from "./input-files.ts";
import { formatTable, terminalWidth } from "./table.ts";
import { readMachine } from "./what-if-options.ts";
import { withOutput } from "./with-output.ts";

/** Options of `calibrate --here`, as the command line has them. */
export interface CalibrateHereOptions {
  /** The machine whose numbers are kept where nothing is measured. */
  readonly base: string;
  /** How long to measure, in microseconds. */
  readonly for: Us;
  readonly swap?: true;
  readonly output?: string;
}

/**
 * Executes `balloon-sim calibrate --here`: measures this machine, prints a table, and writes a machine file. A signal ends
 * the process at once, and nothing is left: neither memory, nor a file.
 */
export async function calibrateHere(options: CalibrateHereOptions, version: string): Promise<void> {
  const { base: written, for: forUs, swap = false, output } = options;
  const base = parseMachine(readMachine(written, "--base").content, written);
  checkOutput(output, [{ option: "--base", path: written }]);
  const at = thisMachine();
  const measure = async (): Promise<MeasuredCosts> => {
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
    sink.write(machineText(measuredMachine(base, measured, `balloon-sim ${version}`)));
  });
}

const LAYOUT = {
  head: ["cost", "base", "measured", "90 % interval", "passes", "note"],
  align: ["left", "right", "right", "left", "right", "left"],
} as const;

/** What was measured, and where. */
function reportText(base: MachineProfile, measured: MeasuredCosts): string {
  const { costs, kernel, processors, hz, regionPages, load } = measured;
  const rows = costs.map(({ field, interval, note }) => {
    const name = [...COST_KEYS].find(([, other]) => other === field)?.[0] as string;
    return [name, formatCost(base.costs[field]), ...intervalCells(interval), note];
  });
  return [
    `Linux ${kernel}; processors: ${processors}; ticks a second: ${hz ?? "unknown"}; regions of up to ${formatSize(regionPages)}\n`,
    `load: ${loadText(load)}\n`,
    `base: ${base.name}; costs are per page of 4 KiB\n\n`,
    formatTable({ ...LAYOUT, width: terminalWidth() }, rows),
  ].join("");
}

/** Coverage of an interval that needs no remark. */
const WANTED = 0.9;

function intervalCells(interval: MeasuredCost["interval"]): string[] {
  if (interval === null) return ["", "", ""];
  const { median, low, high, count, coverage } = interval;
  const cost = (ns: number) => formatCost(roundedNs(ns));
  const coverageText = coverage >= WANTED ? "" : ` (${Math.round(100 * coverage)} %)`;
  return [cost(median), `${cost(low)} to ${cost(high)}${coverageText}`, String(count)];
}
