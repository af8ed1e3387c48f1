import { InputError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
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
 * Checks that a run has the driver that its trace names, if the command names none: a trace that could not be read before the run,
 * or has changed since, may name another one.
 * @param isGiven whether the command names a driver
 * @throws {InputError} if it differs, or there is no such driver
 */
export function checkDriver({ guest }: Trace, driver: string, isGiven: boolean, shown: string): void {
  if (isGiven || guest.driver === null) return;
  const { name } = policyNamed(guest.driver, `${shown}: $.guest.driver`);
  if (name === driver) return;
  throw new InputError(`${shown}: $.guest.driver: the trace names ${name}, in a run of ${driver}: give --driver NAME`);
}
