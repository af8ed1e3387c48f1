import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import type { Profile } from "../trace/profile.ts";
import type { Trace } from "../trace/types.ts";

/**
 * Checks that a guest of a profile can have a driver.
 * @param name the profile's name, for the message
 * @throws {InputError} if the profile's balloon is a daemon's, and the driver runs only in a kernel
 */
export function checkPolicyFits(policy: BalloonPolicy, name: string, { balloon }: Pick<Profile, "balloon">): void {
  if (policy.isKernelOnly !== true || balloon !== "daemon") return;
  throw new InputError(
    `$.guest.profile: the balloon of ${name} is a daemon's, and ${policy.name} runs in the kernel: ` +
      "expected a profile with the kernel's driver, such as linux-6.1",
  );
}

/**
 * Checks that a run has the driver that its trace names, if the command names none: that of standard input is known only now.
 * @param isGiven whether the command names a driver
 * @throws {InputError} if it differs
 */
export function checkDriver({ guest }: Trace, driver: string, isGiven: boolean, shown: string): void {
  if (isGiven || guest.driver === null || guest.driver === driver) return;
  throw new InputError(`${shown}: $.guest.driver: the trace names ${escapeUnsafe(guest.driver)}: give --driver NAME`);
}
