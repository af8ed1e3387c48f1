import type { Bytes, Us } from "../../common/units.ts";

/** How fast a modelled balloon driver moves its guest to the target, and what keeps it from it. */
export interface DriverModel {
  /** Bytes a second. Infinity: at once. */
  readonly rate: number;
  /** Size below which it can't take its guest. */
  readonly min: Bytes;
  /** Size above which it can't bring its guest. */
  readonly max: Bytes;
  /**
   * Whether it never moves, or how long it works and is stuck in turn, beginning with work. A step that begins or ends while
   * it is stuck moves nothing.
   */
  readonly stuck: boolean | { readonly everyUs: Us };
}

/** A driver that does what it is told at once. */
export const IDEAL_DRIVER: DriverModel = {
  rate: Number.POSITIVE_INFINITY,
  min: 0,
  max: Number.POSITIVE_INFINITY,
  stuck: false,
};

/** A guest on its way. */
export interface Way {
  readonly actual: Bytes;
  readonly target: Bytes;
  /** It stops this far from the target. */
  readonly inaccuracy: Bytes;
}

/** The change of a guest's size in a step from one time to another; negative if it shrinks. */
export function movement(driver: DriverModel, { actual, target, inaccuracy }: Way, fromUs: Us, toUs: Us): Bytes {
  if (!works(driver, fromUs) || !works(driver, toUs)) return 0;
  const distance = Math.max(0, Math.abs(target - actual) - inaccuracy);
  const way = Math.min(distance, Math.floor((driver.rate * (toUs - fromUs)) / 1e6));
  if (target > actual) return Math.max(0, Math.min(way, driver.max - actual));
  // Not minus 0.
  return 0 - Math.max(0, Math.min(way, actual - driver.min));
}

/** Whether the guest can't come nearer to its target at any time. */
export function isAtRest(driver: DriverModel, { actual, target, inaccuracy }: Way): boolean {
  if (driver.stuck === true || Math.abs(target - actual) <= inaccuracy) return true;
  return target > actual ? actual >= driver.max : actual <= driver.min;
}

function works({ stuck }: DriverModel, atUs: Us): boolean {
  if (typeof stuck === "boolean") return !stuck;
  return Math.floor(atUs / stuck.everyUs) % 2 === 0;
}
