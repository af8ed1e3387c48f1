import { InputError } from "../../common/errors.ts";
import type { JsonPath, JsonPlace } from "../../common/json.ts";
import { didYouMean } from "../../common/nearest.ts";
import { describe, quote } from "../../common/quote.ts";
import { formatTime, parseTime, type Us } from "../../common/units.ts";

/** An error in a document, before line and column are known. */
export interface Problem extends JsonPlace {
  readonly message: string;
}

/** Converts a JSON value to an internal value. Throws `InputError` without a place; `Decoder` knows the place. */
export type Reader<T> = (value: unknown, decoder: Decoder) => T;

/** The members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the text of a small file whose path is relative to the folder of a document.
 * @throws {InputError} if it can't be read
 */
export type BesideReader = (path: string) => { readonly text: string; readonly name: string };

/** Thrown to end the decoding of a document with too many problems to list. */
class TooManyProblems extends Error {}

/** Maximum number of problems of one document. */
export const MAX_PROBLEMS = 1000;

/**
 * Walks through a parsed document, tracks the current path, and collects problems. If a reader fails, the decoder adds
 * a problem and its caller continues with a fallback, so that one pass finds all problems.
 */
export class Decoder {
  readonly problems: Problem[] = [];
  /** End of the trace, in microseconds; Infinity while it is unknown. */
  endUs = Number.POSITIVE_INFINITY;
  /**
   * Reads the files that the document names; null if the document has no folder to which their paths could be relative.
   */
  readonly beside: BesideReader | null;
  private readonly path: (string | number)[] = [];

  constructor(beside: BesideReader | null = null) {
    this.beside = beside;
  }

  /** Decodes a whole document; if `problems` is not empty, the result is meaningless and may be null. */
  run<T>(reader: Reader<T>, value: unknown): T | null {
    try {
      return reader(value, this);
    } catch (error) {
      if (error instanceof InputError) this.problem(error.message);
      else if (!(error instanceof TooManyProblems)) throw error;
      return null;
    }
  }

  /** Path of the current value. */
  get here(): JsonPath {
    return [...this.path];
  }

  /** Adds a problem with the current value, or with a value `below` it. */
  problem(message: string, ...below: (string | number)[]): void {
    this.report("value", message, below);
  }

  /** Adds a problem with a key of the current object. */
  keyProblem(message: string, key: string): void {
    this.report("key", message, [key]);
  }

  /** Reads a value under a key or index of the current value. */
  at<T>(step: string | number, value: unknown, reader: Reader<T>, fallback: T): T {
    this.path.push(step);
    try {
      return reader(value, this);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem(error.message);
      return fallback;
    } finally {
      this.path.pop();
    }
  }

  /**
   * The current value as an object with only keys in `known` and with all of `required`.
   * @param hint what to do with an unknown key, for the end of the message; empty: the nearest known one
   */
  object(
    value: unknown,
    known: readonly string[],
    required: readonly string[] = [],
    hint: (key: string) => string = () => "",
  ): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError(`expected an object, found ${describe(value)}`);
    }
    for (const key of Object.keys(value)) if (!known.includes(key)) this.unknownKey(key, known, hint(key));
    for (const key of required) if (!Object.hasOwn(value, key)) this.problem(`${quote(key)} is missing`);
    return value as Fields;
  }

  /** Reports an unknown key, with a hint, or the nearest known one. */
  private unknownKey(key: string, known: readonly string[], hint: string): void {
    const list = known.length <= 12 ? ` (known: ${known.join(", ")})` : "";
    this.keyProblem(`unknown key ${quote(key)}${hint || didYouMean(key, known) || list}`, key);
  }

  /** A member of an object; `fallback` if it is missing or invalid. */
  field<T, F>(fields: Fields, key: string, reader: Reader<T>, fallback: F): T | F {
    return Object.hasOwn(fields, key) ? this.at<T | F>(key, fields[key], reader, fallback) : fallback;
  }

  /** The current value as an array, each element read by `reader`; invalid elements are omitted. */
  list<T>(value: unknown, reader: Reader<T>): T[] {
    if (!Array.isArray(value)) throw new InputError(`expected an array, found ${describe(value)}`);
    const result: T[] = [];
    for (let index = 0; index < value.length; index++) {
      const element = this.at<T | undefined>(index, value[index], reader, undefined);
      if (element !== undefined) result.push(element);
    }
    return result;
  }

  private report(at: JsonPlace["at"], message: string, below: readonly (string | number)[]): void {
    this.problems.push({ path: [...this.path, ...below], at, message });
    if (this.problems.length >= MAX_PROBLEMS) throw new TooManyProblems();
  }
}

/** A reader of lists of values. */
export function listOf<T>(reader: Reader<T>): Reader<T[]> {
  return (value, decoder) => decoder.list(value, reader);
}

/** A reader that accepts null, too. */
export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, decoder) => (value === null ? null : reader(value, decoder));
}

/** Text of at most `max` UTF-16 units. */
export function text(max: number): Reader<string> {
  return (value) => {
    if (typeof value !== "string") throw new InputError(`expected a text, found ${describe(value)}`);
    if (value.length > max) throw new InputError(`a text of ${value.length} characters, expected at most ${max}`);
    return value;
  };
}

/** Name of a document, a text of at most 200 UTF-16 units; one without a visible character is the default. */
export function documentName(defaultName: string): Reader<string> {
  const read = text(200);
  return (value, decoder) => {
    const name = read(value, decoder);
    return name.trim() === "" ? defaultName : name;
  };
}

/** Text that matches `pattern`; `what` describes valid texts. */
export function matching(pattern: RegExp, what: string): Reader<string> {
  return (value) => {
    if (typeof value === "string" && value.length <= 1000 && pattern.test(value)) return value;
    throw new InputError(`expected ${what}, found ${describe(value)}`);
  };
}

/** One of a few names. */
export function oneOf<const T extends string>(names: readonly T[]): Reader<T> {
  return (value) => {
    if (typeof value === "string" && (names as readonly string[]).includes(value)) return value as T;
    const hint = typeof value === "string" ? didYouMean(value, names) : "";
    throw new InputError(`expected one of ${names.join(", ")}, found ${describe(value)}${hint}`);
  };
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Reader<number> {
  return (value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value + 0;
    throw new InputError(`expected a whole number from ${min} to ${max}, found ${describe(value)}`);
  };
}

/** A number from 0 to `max`. */
export function numberUpTo(max: number): Reader<number> {
  return (value) => {
    if (typeof value === "number" && value >= 0 && value <= max) return value + 0;
    throw new InputError(`expected a number from 0 to ${max}, found ${describe(value)}`);
  };
}

/** A number above 0 and up to `max`. */
export function positive(max: number): Reader<number> {
  return (value) => {
    if (typeof value === "number" && value > 0 && value <= max) return value;
    throw new InputError(`expected a number above 0, at most ${max}, found ${describe(value)}`);
  };
}

export const boolean: Reader<boolean> = (value) => {
  if (typeof value === "boolean") return value;
  throw new InputError(`expected true or false, found ${describe(value)}`);
};

/** A time that is not after the end of the trace. */
export const timeInside: Reader<Us> = (value, decoder) => {
  const us = parseTime(value);
  if (us <= decoder.endUs) return us;
  throw new InputError(`${formatTime(us)} is after the end of the trace, at ${formatTime(decoder.endUs)}`);
};
