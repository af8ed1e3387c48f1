import { formatCost } from "../../common/units.ts";
import type { CalibratedCost, Calibration, Standing } from "../calibrate/calibrate.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { costKey } from "../trace/cost-keys.ts";
import { machineNames } from "../trace/machines.ts";
import type { MachineProfile } from "../trace/types.ts";
import { formatTable } from "./table.ts";

const NOTES: Readonly<Record<CalibratedCost["status"], string>> = {
  identified: "",
  fitted: "fitted with the others, not identifiable alone",
  kept: "not identifiable: kept",
  "without effect": "not identifiable: kept (no effect in these runs)",
};

/** The fitted costs as a table, and what is known about the fit. */
export function calibrationText(calibration: Calibration, base: MachineProfile, runs: readonly RecordedRun[]): string {
  const { costs, before, after, rejectedScore } = calibration;
  const rows = costs.map(({ field, baseNs, fittedNs, intervalNs, status }) => [
    costKey(field),
    formatCost(baseNs),
    formatCost(fittedNs),
    intervalNs === null ? "-" : `${formatCost(intervalNs[0])} to ${formatCost(intervalNs[1])}`,
    rejectedScore !== null && status === "kept" ? "kept" : NOTES[status],
  ]);
  const head = ["cost", base.name, "fitted", "90 % interval", "note"];
  const { scenarios } = after;
  return [
    `${scenarios.length === 1 ? "One scenario" : `${scenarios.length} scenarios`} of one machine (${runs[0]?.recordedOn}): ${scenarios.map(({ name, runs: own }) => `${name} (${own.length})`).join(", ")}`,
    "",
    formatTable({ head, align: ["left", "right", "right", "left", "left"] }, rows),
    ...standings(before, after),
    `Assumed, as in ${base.name}: ${base.hz} timer ticks a second${cpusText(base, runs)}, a swap queue of ${base.swapQueue.plugPages} and ${base.swapQueue.depthPages} pages, and the ratio of age to unmap.`,
    ...notes(calibration, base, runs),
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

const isDescribed = ({ curves, ofCurves }: Standing["within"]): boolean => curves >= ENOUGH * ofCurves;

/** Why the runs tell no cost, and what helps; empty if they tell one. */
function withoutCosts({ costs, after, rejectedScore }: Calibration, base: MachineProfile): string[] {
  const others = machineNames().filter((name) => name !== base.name);
  const another = `another base may be nearer to this machine (--base, such as ${others.join(" or ")})`;
  if (rejectedScore !== null) {
    return [
      `The fit is not better than ${base.name} (score ${rejectedScore.toFixed(3)}): the costs of ${base.name} are kept; ${another}.`,
    ];
  }
  if (costs.some(({ status }) => status === "identified")) return [];
  const none = "No cost is identifiable from these runs";
  if (costs.every(({ status }) => status === "without effect")) {
    return [`${none}: none has an effect on them; record scenarios in which the machine reclaims memory.`];
  }
  if (!isDescribed(after.within)) return [`${none} with this base: the replays are far from them; ${another}.`];
  return [
    `${none}: other values predict them as well; record scenarios in which the machine waits longer for reclaim, and repetitions.`,
  ];
}

function notes(calibration: Calibration, base: MachineProfile, runs: readonly RecordedRun[]): string[] {
  const { after, rejectedScore } = calibration;
  const { scenarios, within } = after;
  const unmodelled = [...new Set(runs.flatMap((run) => run.unmodelled))];
  const single = scenarios.filter(({ runs: own }) => own.length === 1).map(({ name }) => name);
  return [
    ...withoutCosts(calibration, base),
    ...(single.length === 0
      ? []
      : [
          `Recorded once, so that the intervals are too narrow (how repetitions differ is not known): ${single.join(", ")}`,
        ]),
    ...(isDescribed(within) || rejectedScore !== null
      ? []
      : [
          `The model describes these runs badly (${within.curves} of ${within.ofCurves} curves): the costs make up for what it lacks, and may be wrong for other runs.`,
        ]),
    ...(unmodelled.length === 0
      ? []
      : [`Not in the model, so that the costs compensate for it: ${unmodelled.join(", ")}`]),
  ];
}
