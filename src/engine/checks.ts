import { FRAME_TOO_LARGE, Status } from "./protocol.ts";
import type { Pages } from "./units.ts";

/**
 * The driver that a policy reproduces would crash the guest's kernel here, or never end; the policy can't continue. Only
 * constants that overflow 32 bits lead the engine there.
 */
export class DriverFault extends Error {
  override name = "DriverFault";
}

/** @throws {RangeError} unless `value` is a whole number from 0 to `max` */
export function checkCount(what: string, value: number, max: number): void {
  if (!isCount(value) || value > max) {
    throw new RangeError(`step: ${what}: ${value}, expected a whole number from 0 to ${max}`);
  }
}

/** A `DriverFault` to which the host leads, with any constants. A run ends there; nothing is wrong with the program. */
export class GuestCrash extends DriverFault {
  override name = "GuestCrash";
}

/**
 * Checks the answer to a request for `count` pages: `got` pages, and whether the next allocation failed.
 * @throws {RangeError} unless it can be one: no failure means some pages, and all pages mean no failure
 */
export function checkAllocation(got: Pages, failed: number, count: Pages): void {
  checkCount("allocated pages", got, count);
  if (failed !== 0 && failed !== 1) throw new RangeError(`step: failed is ${failed}, expected 0 or 1`);
  if (failed === 0 ? got === 0 : got === count) {
    throw new RangeError(`step: ${got} of ${count} pages and failed = ${failed} contradict each other`);
  }
}

/** @throws {RangeError} unless `status` can be a status of the host */
export function checkStatus(status: number): void {
  if (!isCount(status)) throw new RangeError(`step: status: ${status}, expected a whole number from 0`);
}

/** @throws {RangeError} unless `status` can be the reason why a page was not locked or unlocked */
export function checkRefusal(status: number): void {
  if (status === FRAME_TOO_LARGE) return;
  checkStatus(status);
  if (status === Status.Success) throw new RangeError("step: status: 0 (success) for a page that was refused");
}

/** @throws {RangeError} unless `target` can be a number of pages; the policy truncates it to 32 bits later */
export function checkTarget(target: Pages): void {
  if (!isCount(target)) throw new RangeError(`step: target: ${target}, expected a whole number from 0`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
