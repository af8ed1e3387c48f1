import { InputError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { type BalloonPolicy, POLICIES } from "../../engine/index.ts";
import { type Profile, profileOf } from "../trace/profile.ts";
import type { Trace } from "../trace/types.ts";

/**
 * Checks that a guest of a profile can have a driver.
 * @param name the profile's name, for the message
 * @throws {InputError} if the profile's balloon is a daemon's, and the driver runs only in a kernel
 */
export function checkPolicyFits(policy: BalloonPolicy, name: string, { balloon }: Pick<Profile, "balloon">): void {
  if (policy.isKernelOnly !== true || balloon !== "daemon") return;
  const others = [...POLICIES.values()].filter(({ isKernelOnly }) => isKernelOnly !== true);
  throw new InputError(
    `$.guest.profile: the balloon of ${name} is a daemon's, and ${policy.name} runs in the kernel: ` +
      `expected a profile with the kernel's driver, such as linux-6.1, or the driver ${others.map((one) => one.name).join(" or ")}`,
  );
}

/**
 * Checks the same for a trace, whose profile is known to exist.
 * @param shown name of the trace in messages, safe to print
 * @throws {InputError} naming the trace
 */
export function checkTraceFits(policy: BalloonPolicy, { guest }: Trace, shown: string): void {
  try {
    checkPolicyFits(policy, guest.profile, profileOf(guest));
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${shown}: ${error.message}`) : error;
  }
}

/**
 * Checks that a run has the driver that its trace names, if the command names none (a trace that could not be read before the run,
 * or has changed since, may name another one), and that its guest can have it.
 * @param isGiven whether the command names a driver
 * @throws {InputError} if it differs, there is no such driver, or the guest can't have it
 */
export function checkDriver(trace: Trace, driver: string, isGiven: boolean, shown: string): void {
  const named = trace.guest.driver;
  if (!isGiven && named !== null) {
    const { name } = policyNamed(named, `${shown}: $.guest.driver`);
    if (name !== driver) {
      throw new InputError(
        `${shown}: $.guest.driver: the trace names ${name}, in a run of ${driver}: give --driver NAME`,
      );
    }
  }
  checkTraceFits(policyNamed(driver, "--driver"), trace, shown);
}
