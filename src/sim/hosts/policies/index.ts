import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { ESX } from "./esx/policy.ts";
import { MOM } from "./mom.ts";
import { NONE } from "./none.ts";
import { PROXMOX } from "./proxmox.ts";
import { SQUEEZED } from "./squeezed.ts";
import { STATIC } from "./static.ts";

/** All policies of hosts, by name. A policy reads its parameters by their names, so their types differ. */
export const TARGET_POLICIES: ReadonlyMap<string, TargetPolicy> = new Map(
  ([ESX, PROXMOX, MOM, SQUEEZED, STATIC, NONE] as unknown as TargetPolicy[]).map((policy) => [policy.name, policy]),
);

/**
 * The policy of that name.
 * @param place prefix of messages: `$.policy`
 * @param file what may be meant if no policy has the name, for the message: a file, safe to print
 * @throws {InputError} if no policy has the name
 */
export function targetPolicyNamed(name: string, place: string, file: string | null = null): TargetPolicy {
  const policy = TARGET_POLICIES.get(name);
  if (policy !== undefined) return policy;
  const names = [...TARGET_POLICIES.keys()];
  const hint = file === null ? didYouMean(name, names) : `; did you mean "${file}"?`;
  throw new InputError(`${place} ${quote(name)}: unknown policy of a host: expected ${names.join(", ")}${hint}`);
}
