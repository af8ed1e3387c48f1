/** Parameters of the policies of hosts: how a policy describes them, and how values are read from files and options. */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { describe, quote, shorten } from "../../common/quote.ts";
import { formatTime, parseBytes, parseTime } from "../../common/units.ts";

/** Values of a policy's parameters by name: numbers, in the unit of their kind, or one of the words of a choice. */
export type HostParams = Readonly<Record<string, number | string>>;

interface Described {
  /** Its name, in files and in `--set`: `maxchange`. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly meaning: string;
}

/**
 * A number. Its kind is its unit: `bytes` (whole, also `100MiB` in files), `time` (microseconds; `5s` in files), `ratio` (a
 * number without a unit, which may have a fraction), `count` (a whole number), `switch` (0 or 1).
 */
export interface NumberParam extends Described {
  /** What it is a number of. */
  readonly kind: "bytes" | "time" | "ratio" | "count" | "switch";
  /** Value where none is given, in the unit of the kind. */
  readonly default: number;
  /** Smallest and largest valid value, in the unit of the kind. */
  readonly min: number;
  /** Largest valid value, in the unit of the kind. */
  readonly max: number;
  /** Name of the parameter that this one must not exceed. */
  readonly atMost?: string;
}

/** One of a few words. */
export interface ChoiceParam extends Described {
  /** A word. */
  readonly kind: "choice";
  /** The word where none is given. */
  readonly default: string;
  /** All valid words. */
  readonly choices: readonly string[];
}

export type HostParam = NumberParam | ChoiceParam;

/** The default of every parameter. */
export const defaultsOf = (specs: readonly HostParam[]): HostParams =>
  Object.fromEntries(specs.map((spec) => [spec.name, spec.default]));

/** Values that were given, with a way to throw an error that names the place of one. */
export interface GivenParams {
  readonly values: ReadonlyMap<string, unknown>;
  readonly fail: (name: string, message: string) => never;
}

/**
 * Values of all parameters: the defaults, overridden by each of `given` in turn.
 * @throws {InputError} by `fail`: an unknown name, a value that its parameter can't have, or one above the one that bounds it
 */
export function paramsOf(specs: readonly HostParam[], given: readonly GivenParams[]): HostParams {
  const values = new Map(Object.entries(defaultsOf(specs)));
  const failures = new Map<string, GivenParams["fail"]>();
  for (const { values: some, fail } of given) {
    for (const [name, value] of some) {
      values.set(name, readParam(specs, name, value, fail));
      failures.set(name, fail);
    }
  }
  checkBounds(specs, values, failures);
  return Object.fromEntries(values);
}

function readParam(specs: readonly HostParam[], name: string, value: unknown, fail: GivenParams["fail"]) {
  const spec = specs.find((one) => one.name === name);
  if (spec === undefined) {
    const known = specs.map((one) => one.name);
    const names = known.length === 0 ? " (it has none)" : didYouMean(name, known) || ` (known: ${known.join(", ")})`;
    return fail(name, `unknown parameter ${quote(name)}${names}`);
  }
  try {
    return parseParam(spec, value);
  } catch (error) {
    if (error instanceof InputError) return fail(name, error.message);
    throw error;
  }
}

function checkBounds(
  specs: readonly HostParam[],
  values: ReadonlyMap<string, number | string>,
  failures: ReadonlyMap<string, GivenParams["fail"]>,
): void {
  for (const spec of specs) {
    if (spec.kind === "choice" || spec.atMost === undefined) continue;
    const value = values.get(spec.name) as number;
    const bound = values.get(spec.atMost) as number;
    if (value <= bound) continue;
    // The parameter that was given is the wrong one; defaults keep the order.
    const name = failures.has(spec.name) ? spec.name : spec.atMost;
    failures.get(name)?.(name, `${spec.name} is ${value}: expected no more than ${spec.atMost}, which is ${bound}`);
  }
}

/**
 * A value of a file or of an option. Numbers in a text are numbers.
 * @throws {InputError} without a place
 */
export function parseParam(spec: HostParam, value: unknown): number | string {
  if (spec.kind === "choice") {
    if (typeof value === "string" && spec.choices.includes(value)) return value;
    throw new InputError(`expected ${rangeOf(spec)}, found ${describe(value)}`);
  }
  const number = numberIn(spec, value);
  if (number !== null && number >= spec.min && number <= spec.max && isWhole(spec, number)) return number;
  throw new InputError(`expected ${expectedText(spec)}, found ${describe(value)}`);
}

const PLAIN_NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/;

/** The number that a value is, in the unit of the kind; null if it is none. */
function numberIn({ kind }: NumberParam, value: unknown): number | null {
  const plain = typeof value === "string" && PLAIN_NUMBER.test(value) ? Number(value) : value;
  try {
    if (kind === "bytes") return parseBytes(plain);
    if (kind === "time") return parseTime(plain);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
  return typeof plain === "number" ? plain + 0 : null;
}

const isWhole = ({ kind }: NumberParam, value: number): boolean => kind === "ratio" || Number.isInteger(value);

/** The unit of a parameter's values, as lists show it. */
export const unitOf = ({ kind }: HostParam): string =>
  ({ bytes: "bytes", time: "s", ratio: "ratio", count: "number", switch: "0/1", choice: "word" })[kind];

/** A value as lists show it: times in seconds. */
export const shownValue = ({ kind }: HostParam, value: number | string): string =>
  kind === "time" ? String((value as number) / 1e6) : String(value);

/** The default as lists show it. */
export const defaultOf = (spec: HostParam): string => shownValue(spec, spec.default);

/** The valid values as lists show them. */
export function rangeOf(spec: HostParam): string {
  if (spec.kind === "choice") return spec.choices.join(" or ");
  return `${shownValue(spec, spec.min)}..${shownValue(spec, spec.max)}`;
}

function expectedText(spec: NumberParam): string {
  const { kind, min, max } = spec;
  if (kind === "switch") return "0 or 1";
  if (kind === "bytes") return `a size such as "100MiB", or bytes, from ${min} to ${max}`;
  if (kind === "time") return `a time such as "5s", or seconds, from ${formatTime(min)} to ${formatTime(max)}`;
  return `a ${kind === "count" ? "whole " : ""}number from ${min} to ${max}`;
}

/**
 * The values of `--set NAME=VALUE` options.
 * @throws {InputError} naming the option: its form is wrong, or it sets what another one has set
 */
export function paramsInSets(sets: readonly string[]): GivenParams {
  const values = new Map<string, string>();
  const shown = new Map<string, string>();
  for (const set of sets) {
    const equals = set.indexOf("=");
    if (equals < 1) throw new InputError(`--set ${shorten(set)}: expected name=value, such as maxchange=100MB`);
    const name = set.slice(0, equals).trim();
    if (values.has(name)) throw new InputError(`--set ${shorten(set)}: ${shorten(name)} is set twice: set it once`);
    values.set(name, set.slice(equals + 1).trim());
    shown.set(name, shorten(set));
  }
  return {
    values,
    fail: (name, message) => {
      throw new InputError(`--set ${shown.get(name)}: ${message}`);
    },
  };
}
