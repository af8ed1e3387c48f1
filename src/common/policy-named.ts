import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../engine/index.ts";
import { InputError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import { quote } from "./quote.ts";

/**
 * The balloon driver of that name; the default driver without a name.
 * @param place prefix of messages: `--driver`
 * @throws {InputError} if no driver has the name
 */
export function policyNamed(name: string | undefined, place: string): BalloonPolicy {
  const policy = name === undefined ? DEFAULT_POLICY : POLICIES.get(name);
  if (policy !== undefined) return policy;
  const known = [...POLICIES.keys()];
  throw new InputError(
    `${place} ${quote(name as string)}: unknown driver: expected ${known.join(", ")}${didYouMean(name as string, known)}`,
  );
}
