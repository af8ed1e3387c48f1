/** Values of a policy's parameters in files. */
import { InputError } from "../../common/errors.ts";
import { describe } from "../../common/quote.ts";
import type { Reader } from "../trace/decode.ts";
import { type HostParam, paramsOf } from "./params.ts";

/** Values of parameters by name, as a file has them. */
export type WrittenParams = ReadonlyMap<string, unknown>;

/** The decoder has the error already. */
class Reported extends Error {}

/** Reads values of parameters, and checks them, so that an error has its place; null after one. */
export const paramsReader =
  (specs: readonly HostParam[]): Reader<WrittenParams | null> =>
  (value, decoder) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError(`expected an object, found ${describe(value)}`);
    }
    const values = new Map(Object.entries(value));
    const fail = (name: string, message: string): never => {
      decoder.problem(message, name);
      throw new Reported();
    };
    try {
      paramsOf(specs, [{ values, fail }]);
      return values;
    } catch (error) {
      if (error instanceof Reported) return null;
      throw error;
    }
  };

/** Fails for a value that a reader has checked. */
export const checkedBefore = (name: string, message: string): never => {
  throw new Error(`${name}: ${message}`);
};
