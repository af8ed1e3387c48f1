import type { Pages } from "../../common/units.ts";
import { watermarks } from "../guest/watermarks.ts";
import type { PolicyGuest } from "../host/policies/host-policy.ts";
import { PROFILES } from "../trace/profile.ts";

/** A guest of that size with that kernel, as the input of host policies. */
export function policyGuest(memory: Pages, profileName: string): PolicyGuest {
  const profile = PROFILES.get(profileName);
  if (profile === undefined) throw new Error(`no profile ${profileName}`);
  return { memory, reserve: watermarks(memory, profile.kernel, null, profile.kernel.watermarkScaleFactor).high };
}
