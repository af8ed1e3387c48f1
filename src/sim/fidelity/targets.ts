import type { Pages } from "../../common/units.ts";
/** A change of the target that the driver has received, and its result. */
export interface TargetChange {
  /** The new target, in pages. */
  readonly pages: Pages;
  /** Work cycles until the balloon had that size; null if it did not before the next change or the end. */
  readonly cycles: number | null;
  /** Work cycles of its observation: until the next change or the end. */
  readonly watched: number;
}

const CYCLE_US = 1_000_000;

/**
 * The changes of the target in the rows of a run; the target of the first row is not a change.
 * @param slack surplus that the driver leaves at a target (`BalloonPolicy.slack`), in pages
 */
export function targetChanges(
  timeUs: readonly number[],
  target: readonly Pages[],
  size: readonly Pages[],
  slack: Pages,
): TargetChange[] {
  const changes: TargetChange[] = [];
  for (let row = 1; row < target.length; row++) {
    const pages = target[row] as number;
    if (pages === target[row - 1]) continue;
    let last = row;
    while (target[last + 1] === pages) last++;
    const most = pages === 0 ? 0 : pages + slack;
    const reached = size.findIndex((at, i) => i >= row && i <= last && at >= pages && at <= most);
    const cyclesUntil = (end: number): number =>
      Math.round(((timeUs[end] as number) - (timeUs[row - 1] as number)) / CYCLE_US);
    changes.push({ pages, cycles: reached === -1 ? null : cyclesUntil(reached), watched: cyclesUntil(last) });
  }
  return changes;
}
