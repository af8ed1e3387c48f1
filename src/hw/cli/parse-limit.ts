import { InputError } from "../../common/errors.ts";
import { parseCeiling } from "../control/ceiling.ts";

/**
 * Checks the argument of `balloon-hw limit` before the daemon is asked.
 * @throws {InputError} if it is neither a ceiling above 0 nor `none`
 */
export function parseLimit(size: string): string {
  if (size === "none") return size;
  try {
    parseCeiling(size, ", or none");
    return size;
  } catch (error) {
    throw error instanceof InputError ? new InputError(`limit: ${error.message}`) : error;
  }
}
