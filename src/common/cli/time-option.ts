import { InputError } from "../errors.ts";
import { parseTimeArgument } from "../units.ts";

/**
 * A time that an option gives; digits alone are seconds.
 * @param option what stands in front of a message
 * @returns microseconds
 * @throws {InputError} where it is none
 */
export function timeOption(option: string, text: string): number {
  try {
    return parseTimeArgument(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${option}: ${error.message}`) : error;
  }
}
