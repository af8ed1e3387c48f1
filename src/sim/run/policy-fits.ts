import { InputError } from "../../common/errors.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import type { Profile } from "../trace/profile.ts";

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
