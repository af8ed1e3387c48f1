import { InputError } from "../../common/errors.ts";
import { parseJson } from "../../common/json.ts";
import { Decoder, type Reader } from "./decode.ts";
import { reportFault, reportProblems, type TextPlace } from "./problems.ts";

/**
 * Decodes a JSON text.
 * @param place prefix of messages; its name must be safe to print
 * @param prepare sets up the decoder before it reads
 * @throws {InputError} with the first problem: `NAME:LINE:COLUMN: $.path: message`
 */
export function decodeText<T>(
  text: string,
  place: TextPlace,
  reader: Reader<T>,
  prepare: (decoder: Decoder) => void = () => {},
): T {
  const refuse = (problem: string): never => {
    throw new InputError(problem);
  };
  const parsed = parseJson(text);
  if (!parsed.ok) {
    reportFault(text, place, parsed.fault, refuse);
    throw new Error("a fault was reported and nothing thrown");
  }
  const decoder = new Decoder();
  prepare(decoder);
  const value = decoder.run(reader, parsed.value);
  if (decoder.problems.length > 0) reportProblems(text, place, decoder.problems, refuse);
  return value as T;
}
