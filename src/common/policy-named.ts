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
  const all = [...POLICIES.values()];
  const words = new Map(
    all.flatMap((one) => [one.name, ...(one.alsoCalled ?? [])].map((word): [string, string] => [word, one.name])),
  );
  const hint = didYouMean(name as string, words.keys(), (word) => words.get(word) ?? word);
  const known = all.map((one) => one.name).join(", ");
  throw new InputError(`${place} ${quote(name as string)}: unknown driver: expected ${known}${hint}`);
}
