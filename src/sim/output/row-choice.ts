import { periodOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { RowChoice } from "./recorder.ts";

/**
 * How often rows and curves look at the guest of a driver that the host interrupts, where no other interval is asked for. Summaries do
 * not look.
 */
export const LOOK_US = 1_000_000;

/**
 * Parses a choice of rows such as the value of `--every`: `change`, `cycle`, or an interval such as `5s`.
 * @param option prefix of the message
 * @returns `sampleUs`: interval of the rows in microseconds if `choice` is `sample`; else null
 * @throws {InputError} if the text is none of them
 */
export function parseEvery(option: string, text: string): { choice: RowChoice; sampleUs: number | null } {
  if (text === "change" || text === "cycle") return { choice: text, sampleUs: null };
  if (!/^[\d.]/.test(text)) {
    const hint = didYouMean(text, ["change", "cycle"]);
    throw new InputError(`${option} ${quote(text)}: expected change, cycle, or a time such as 5s${hint}`);
  }
  return { choice: "sample", sampleUs: periodOption(option, text) };
}
