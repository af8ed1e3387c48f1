/** The sizes that bound what a VM gets, with their defaults. */
import { formatSize, type Pages } from "../../../common/units.ts";
import type { VmSettings } from "./settings.ts";
import type { VmScenario } from "./types.ts";

/** Largest part of a VM that its balloon may hold, where nothing is said: that of ESX (`Mem.CtlMaxPercent`). */
export const DEFAULT_MAX_BALLOON = 0.65;

export type VmSizes = Pick<VmScenario, "memory" | "min" | "max" | "reservation" | "limit" | "maxBalloon" | "target">;

/** @param memory configured memory of the VM */
export function sizesOf(settings: VmSettings, memory: Pages): VmSizes {
  const { max = memory, limit = memory, reservation = 0, maxBalloon = DEFAULT_MAX_BALLOON, target = max } = settings;
  // The default gives all policies the range that the balloon has.
  const least = Math.max(reservation, Math.ceil(memory * (1 - maxBalloon)));
  return { memory, max, limit, reservation, maxBalloon, target, min: settings.min ?? Math.min(least, max) };
}

/** Pairs of sizes of which the first is at most the second. */
const ORDER = [
  ["max", "memory"],
  ["limit", "memory"],
  ["min", "max"],
  ["target", "max"],
  ["reservation", "limit"],
] as const;

/** An error in the order of a VM's sizes, and the setting that has it. */
export interface SizeProblem {
  readonly key: keyof VmSettings;
  readonly message: string;
}

/** All errors in the order of a VM's sizes. Defaults keep the order, so the smaller one of a pair is given where it is wrong. */
export const sizeProblems = (sizes: VmSizes): SizeProblem[] =>
  ORDER.filter(([low, high]) => sizes[low] > sizes[high]).map(([low, high]) => ({
    key: low,
    message: `expected at most ${high}, which is ${formatSize(sizes[high])}, found ${formatSize(sizes[low])}`,
  }));
