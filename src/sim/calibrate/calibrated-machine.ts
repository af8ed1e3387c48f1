import type { Costs, MachineProfile, MachineProvenance } from "../trace/types.ts";
import { type CalibratedCost, type Calibration, rounded } from "./calibrate.ts";
import { withAge } from "./model.ts";

/** What a machine says about its calibration. */
export interface CalibrationFacts {
  /** Name of the machine. */
  readonly name: string;
  /** Whether the balloon of the runs is a daemon's, whose `alloc` and `free` are `daemonCosts`. */
  readonly isDaemon: boolean;
  readonly program: string;
  readonly recordings: MachineProvenance["recordings"];
}

/** The base with the fitted costs, and where they come from. */
export function calibratedMachine(
  { costs, before, after, rejectedScore }: Calibration,
  base: MachineProfile,
  { name, isDaemon, program, recordings }: CalibrationFacts,
): MachineProfile {
  const fitted = Object.fromEntries(costs.map(({ field, fittedNs }) => [field, fittedNs])) as unknown as Costs;
  const withRatio = withAge(base.costs, { ...base.costs, ...fitted });
  const all = { ...withRatio, ageNs: rounded(withRatio.ageNs) };
  const { allocNs, freeNs } = all;
  const kept = costs.filter(isKept).map(({ field }) => field);
  const intervals = costs.flatMap(({ field, intervalNs }) => (intervalNs === null ? [] : [[field, intervalNs]]));
  return {
    ...base,
    name,
    description:
      rejectedScore === null
        ? `Costs fitted to ${recordings.length} recorded runs by calibrate; all else as in ${base.name}.`
        : `The costs of ${base.name}: a fit to ${recordings.length} recorded runs by calibrate was not better.`,
    costs: isDaemon ? { ...all, allocNs: base.costs.allocNs, freeNs: base.costs.freeNs } : all,
    daemonCosts: isDaemon ? { allocNs, freeNs } : base.daemonCosts,
    provenance: {
      program,
      method: "calibrate: costs fitted to recorded runs",
      base: base.name,
      recordings,
      score: { before: figure(before.score), after: figure(after.score) },
      intervals: Object.fromEntries(intervals),
      kept,
    },
  };
}

const isKept = ({ status }: CalibratedCost): boolean => status === "kept" || status === "without effect";

/** A score in four digits after the point. */
const figure = (score: number): number => Math.round(score * 10_000) / 10_000;
