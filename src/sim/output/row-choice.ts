import { periodOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { RowChoice } from "./recorder.ts";

/**
 * Which rows a text such as that of `--every` asks for: `change`, `cycle`, or a distance of time such as `5s`.
 * @param option stands in front of a message
 * @returns `sampleUs`: distance of the rows in microseconds, where `choice` is `sample`; else null
 * @throws {InputError} where it is neither of them
 */
export function parseEvery(option: string, text: string): { choice: RowChoice; sampleUs: number | null } {
  if (text === "change" || text === "cycle") return { choice: text, sampleUs: null };
  if (!/^[\d.]/.test(text)) {
    const hint = didYouMean(text, ["change", "cycle"]);
    throw new InputError(`${option} ${quote(text)}: expected change, cycle, or a time such as 5s${hint}`);
  }
  return { choice: "sample", sampleUs: periodOption(option, text) };
}
