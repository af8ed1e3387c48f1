import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../engine/index.ts";
import { InputError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import { quote } from "./quote.ts";

/**
 * The balloon driver of that name; the default one where no name is given.
 * @param place stands in front of a message: `--driver`
 * @throws {InputError} if there is none of that name
 */
export function policyNamed(name: string | undefined, place: string): BalloonPolicy {
  const policy = name === undefined ? DEFAULT_POLICY : POLICIES.get(name);
  if (policy !== undefined) return policy;
  const known = [...POLICIES.keys()];
  throw new InputError(
    `${place} ${quote(name as string)}: there is no such driver: expected ${known.join(", ")}${didYouMean(name as string, known)}`,
  );
}
