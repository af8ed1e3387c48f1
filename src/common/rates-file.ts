/** Rates from `--rates FILE` and `--set NAME=VALUE`. */
import type { BalloonPolicy, Params } from "../engine/index.ts";
import { readTextFile } from "./files/text-file.ts";
import { type GivenRates, ratesInText, ratesOf } from "./rates.ts";

/**
 * The rates of a run: the driver's defaults, overridden by values of the JSON file `file` (any number of them, as
 * `alloc-max` or `allocMax`), overridden by `sets`, each `name=value`; of several for one name the last counts.
 * @param option prefix of messages about a file that can't be read; empty if the file is an argument of its own
 * @throws {InputError} naming the file with line and column, or the `--set`, and the error
 */
export function parseRates<P extends Params>(
  policy: BalloonPolicy<P>,
  file?: string,
  sets: readonly string[] = [],
  option = "--rates ",
): P {
  return ratesOf(policy, file === undefined ? null : readRatesFile(file, option), sets);
}

/**
 * The rates in a file, not checked yet.
 * @param option as in `parseRates`
 * @throws {InputError} if it can't be read, or has no JSON object
 */
export const readRatesFile = (file: string, option = ""): GivenRates =>
  ratesInText(readTextFile(file, `${option}${file}`), file);
