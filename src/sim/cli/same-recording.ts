import { InputError } from "../../common/errors.ts";

/**
 * Refuses a recording that is given twice, by whatever names: it would count as two repetitions.
 * @param names of the recordings, safe to print
 * @param contents what tells recordings apart, such as the digests of their files
 * @throws {InputError}
 */
export function checkNoneTwice(names: readonly string[], contents: readonly string[]): void {
  const seen = new Map<string, string>();
  contents.forEach((content, i) => {
    const same = seen.get(content);
    if (same !== undefined) throw new InputError(`${names[i]}: is the same recording as ${same}: give each one once`);
    seen.set(content, names[i] as string);
  });
}
