import { periodOption, sizeOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import type { Mib, Seconds } from "../../common/units.ts";

/** The options of `balloon-sim generate`. */
export interface GenerateOptions {
  readonly output?: string;
  readonly guests: number;
  /** Length of each trace, in whole seconds. */
  readonly for: Seconds;
  /** Time between two changes of a guest, in whole seconds. */
  readonly every: Seconds;
  readonly seed: string;
  /** RAM that guests may have, in MiB. */
  readonly memory?: readonly Mib[];
  readonly quiet?: true;
}

const PAGES_PER_MIB = 256;
const LEAST_MIB = 256;
const MOST_MIB = 16 * 1024 * 1024;

/** `512MiB..1TiB`: the first size, and its doubles up to the second, in MiB; or one size. */
export function sizesOption(option: string, text: string): Mib[] {
  const ends = text.split("..").map((size) => sizeOption(option, size) / PAGES_PER_MIB);
  const [from = 0, to = from] = ends;
  if (ends.length > 2 || !ends.every(Number.isInteger) || from < LEAST_MIB || to > MOST_MIB || to < from) {
    throw new InputError(
      `${option} ${quote(text)}: expected whole MiB from 256MiB to 16TiB, such as 512MiB..1TiB, or one size`,
    );
  }
  const sizes: number[] = [];
  for (let mib = from; mib <= to; mib *= 2) sizes.push(mib);
  return sizes;
}

/** A time of whole seconds, more than 0, in seconds. */
export function wholeSecondsOption(option: string, text: string): Seconds {
  const seconds = periodOption(option, text) / 1_000_000;
  if (!Number.isInteger(seconds)) throw new InputError(`${option} ${quote(text)}: expected whole seconds`);
  return seconds;
}
