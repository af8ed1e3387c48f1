/** Rates from `--rates FILE` and `--set NAME=VALUE`. */
import type { BalloonPolicy, Params } from "../engine/index.ts";
import { readTextFile } from "./files/text-file.ts";
import { ratesInText, ratesOf } from "./rates.ts";

/**
 * The rates that a run uses: the driver's defaults, overridden by those in the JSON file `file` (any number of them, as
 * `alloc-max` or `allocMax`), overridden by `sets`, each `name=value`, the last one winning.
 * @param option stands in front of a file that can't be read; empty where the file is an argument by itself
 * @throws {InputError} naming the file with line and column, or the `--set`, and what is wrong with it
 */
export function parseRates<P extends Params>(
  policy: BalloonPolicy<P>,
  file?: string,
  sets: readonly string[] = [],
  option = "--rates ",
): P {
  const given = file === undefined ? null : ratesInText(readTextFile(file, `${option}${file}`), file);
  return ratesOf(policy, given, sets);
}
