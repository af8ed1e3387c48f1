import { availableParallelism } from "node:os";
import { timeOption } from "../../../common/cli/time-option.ts";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";

const MAX_WORKERS = 256;
const MAX_SEEDS = 1000;
const MAX_TRIALS = 100_000_000;

/** `--workers`: threads that make runs. @throws {InputError} */
export const parseWorkers = (text: string | undefined): number =>
  text === undefined ? Math.min(MAX_WORKERS, availableParallelism()) : wholeNumber("--workers", text, MAX_WORKERS);

/** `--seeds`: the seeds that random traces are run with, "1" and up. @throws {InputError} */
export const parseSeeds = (text: string | undefined): string[] =>
  Array.from({ length: text === undefined ? 1 : wholeNumber("--seeds", text, MAX_SEEDS) }, (_, i) => String(i + 1));

/** `--trials`. @throws {InputError} */
export const parseTrials = (text: string): number => wholeNumber("--trials", text, MAX_TRIALS);

/** A whole number from 1 (or `min`) to `max`. @throws {InputError} naming the option */
export function wholeNumber(option: string, text: string, max: number, min = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InputError(`${option} ${quote(text)}: expected a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A time as an option gives it, in milliseconds. @throws {InputError} naming the option */
export function milliseconds(option: string, text: string): number {
  const shown = `${option} ${quote(text)}`;
  const us = timeOption(shown, text);
  if (us === 0) throw new InputError(`${shown}: expected more than 0`);
  return us / 1000;
}
