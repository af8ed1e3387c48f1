import { formatCost } from "../../common/units.ts";
import type { CalibratedCost, Calibration, Standing } from "../calibrate/calibrate.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { costKey } from "../trace/cost-keys.ts";
import type { MachineProfile } from "../trace/types.ts";
import { formatTable } from "./table.ts";

const NOTES: Readonly<Record<CalibratedCost["status"], string>> = {
  identified: "",
  fitted: "fitted with the others, not identifiable alone",
  kept: "not identifiable: kept",
  "without effect": "not identifiable: kept (no effect in these runs)",
};

/** The fitted costs as a table, and what is known about the fit. */
export function calibrationText(
  { costs, before, after }: Calibration,
  base: MachineProfile,
  runs: readonly RecordedRun[],
): string {
  const rows = costs.map(({ field, baseNs, fittedNs, intervalNs, status }) => [
    costKey(field),
    formatCost(baseNs),
    formatCost(fittedNs),
    intervalNs === null ? "-" : `${formatCost(intervalNs[0])} to ${formatCost(intervalNs[1])}`,
    NOTES[status],
  ]);
  const head = ["cost", base.name, "fitted", "90 % interval", "note"];
  const { scenarios } = after;
  return [
    `${scenarios.length === 1 ? "One scenario" : `${scenarios.length} scenarios`} of one machine (${runs[0]?.recordedOn}): ${scenarios.map(({ name, runs: own }) => `${name} (${own.length})`).join(", ")}`,
    "",
    formatTable({ head, align: ["left", "right", "right", "left", "left"] }, rows),
    ...standings(before, after),
    `Assumed, as in ${base.name}: ${base.hz} timer ticks a second${cpusText(base, runs)}, a swap queue of ${base.swapQueue.plugPages} and ${base.swapQueue.depthPages} pages, and the ratio of age to unmap.`,
    ...notes(costs, after, runs),
    "",
  ].join("\n");
}

function standings({ score, within }: Standing, after: Standing): string[] {
  const { curves, ofCurves, results, ofResults } = after.within;
  return [
    `Score, the mean of ln(1 + error / limit) over the curves and eight worlds: ${score.toFixed(3)} -> ${after.score.toFixed(3)}`,
    `Within their limits: ${within.curves} -> ${curves} of ${ofCurves} curves, ${within.results} -> ${results} of ${ofResults} times to a target and OOM results`,
  ];
}

/** The number of processors, if the runs have that of the machine. */
function cpusText({ cpus }: MachineProfile, runs: readonly RecordedRun[]): string {
  const isGiven = runs.some(({ replay }) => "cpus" in (replay.trace as { guest: object }).guest);
  return isGiven ? "" : `, ${cpus} ${cpus === 1 ? "processor" : "processors"}`;
}

/** Part of the curves that must be within their limits for costs that mean something. */
const ENOUGH = 0.5;

function notes(
  costs: readonly CalibratedCost[],
  { scenarios, within }: Standing,
  runs: readonly RecordedRun[],
): string[] {
  const unmodelled = [...new Set(runs.flatMap((run) => run.unmodelled))];
  const single = scenarios.filter(({ runs: own }) => own.length === 1).map(({ name }) => name);
  return [
    ...(costs.some(({ status }) => status === "identified")
      ? []
      : ["No cost is identifiable from these runs: record scenarios in which the machine reclaims memory."]),
    ...(single.length === 0
      ? []
      : [
          `Recorded once, so that the intervals are too narrow (how repetitions differ is not known): ${single.join(", ")}`,
        ]),
    ...(within.curves >= ENOUGH * within.ofCurves
      ? []
      : [
          `The model describes these runs badly (${within.curves} of ${within.ofCurves} curves): the costs make up for what it lacks, and may be wrong for other runs.`,
        ]),
    ...(unmodelled.length === 0
      ? []
      : [`Not in the model, so that the costs compensate for it: ${unmodelled.join(", ")}`]),
  ];
}
