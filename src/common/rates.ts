/** Rates: the values of a balloon driver's parameters, from the text of a file, from a record, and from `--set NAME=VALUE`. */
import {
  type BalloonPolicy,
  DEFAULT_POLICY,
  ParamError,
  type ParamSpec,
  type Params,
  POLICIES,
  rangeText,
} from "../engine/index.ts";
import { emptyInput } from "./empty-input.ts";
import { InputError } from "./errors.ts";
import { formatPath, lineAndColumn, locate, parseJson } from "./json.ts";
import { didYouMean } from "./nearest.ts";
import { policyNamed } from "./policy-named.ts";
import { describe, quote, shorten } from "./quote.ts";

/** The field of a rates file that names the driver of the rates; without it the rates are for the driver of the run. */
const DRIVER_FIELD = "driver";

/** The part of a driver, or of something else with parameters, that their names need. */
export interface Described<Spec extends ParamSpec = ParamSpec> extends Pick<BalloonPolicy, "name"> {
  readonly params: readonly Spec[];
}

/**
 * The parameter of a driver with the name `name`, as `alloc-max` or `allocMax`.
 * @throws {InputError} with the prefix `place` if there is none
 */
export function paramNamed<Spec extends ParamSpec>(policy: Described<Spec>, name: string, place: () => string): Spec {
  const spec = findParam(policy, name);
  if (spec !== undefined) return spec;
  throw new InputError(`${place()}: ${unknownText(policy, name)}`);
}

const findParam = <Spec extends ParamSpec>({ params }: Described<Spec>, name: string): Spec | undefined =>
  params.find((one) => one.name === name || one.key === name);

function unknownText({ name: driver, params }: Described, name: string): string {
  const others = POLICIES.has(driver) ? driversWith(name) : [];
  if (others.length > 0) {
    const known = others.join(" and ");
    return `${quote(name)} is a constant of ${known}, and the driver here is ${driver}: add --driver ${others[0]}, or leave it out`;
  }
  const names = params.flatMap((one) => [one.name, one.key]);
  const which = driver === DEFAULT_POLICY.name ? "" : ` --driver ${driver}`;
  return `unknown constant ${quote(name)}${didYouMean(name, names)} (balloon-sim rates${which} lists them)`;
}

/** The drivers that have a constant of that name. */
const driversWith = (name: string): string[] =>
  [...POLICIES.values()].filter((one) => findParam(one, name) !== undefined).map((one) => one.name);

/** Makes the errors of each value that is not a default, by the parameter's key. */
type Errors = Map<string, (message: string) => InputError>;

/** Values of some of a driver's parameters, by the name (`alloc-max`) or the key (`allocMax`) of each. */
export interface GivenRates {
  readonly values: Readonly<Record<string, unknown>>;
  /** The place of the value with that name, for messages. */
  readonly place: (name: string) => string;
  /** Makes the error of the value with that name; if absent, one that names its place. */
  readonly error?: (name: string, message: string) => InputError;
}

/**
 * The rates of a run: the driver's defaults, overridden by those in `given`, overridden by `sets`, each `name=value`.
 * @param given null: none
 * @throws {InputError} naming the place of the value, or the `--set`, and the error
 */
export function ratesOf<P extends Params>(
  policy: BalloonPolicy<P>,
  given: GivenRates | null,
  sets: readonly string[] = [],
): P {
  const rates: Record<string, number> = { ...policy.defaults };
  const errors: Errors = new Map();

  if (given !== null) takeRates(policy, given, rates, errors);
  const [example] = policy.params;
  for (const { param, text, shown } of namedSets(
    policy,
    sets,
    `name=value, such as ${example?.name}=${example?.default}`,
  )) {
    const value = toNumber(text);
    if (Number.isNaN(value)) throw new InputError(`${shown}: expected ${rangeText(param)}, found ${quote(text)}`);
    rates[param.key] = value;
    errors.set(param.key, (message) => new InputError(`${shown}: ${message}`));
  }

  try {
    policy.validate(rates);
  } catch (error) {
    if (!(error instanceof ParamError)) throw error;
    // The error may be due to the parameter that bounds the other one.
    const bound = policy.params.find(({ key }) => key === error.key)?.atMost;
    const errorOf = errors.get(error.key) ?? (bound === undefined ? undefined : errors.get(bound));
    throw errorOf?.(error.message) ?? new InputError(error.message);
  }
  return rates as P;
}

/** A `--set` option: the parameter that it names, what follows the `=`, and the option in messages. */
export interface NamedSet<Spec extends ParamSpec = ParamSpec> {
  readonly param: Spec;
  readonly text: string;
  readonly shown: string;
}

/**
 * The parameters that `--set` options name, each once.
 * @param expected their form, in words
 * @throws {InputError} naming the option: it has no name, an unknown one, or that of another one before
 */
export function* namedSets<Spec extends ParamSpec>(
  policy: Described<Spec>,
  sets: readonly string[],
  expected: string,
): Generator<NamedSet<Spec>> {
  const seen = new Set<string>();
  for (const set of sets) {
    const shown = `--set ${shorten(set)}`;
    const equals = set.indexOf("=");
    if (equals < 1) throw new InputError(`${shown}: expected ${expected}`);
    const param = paramNamed(policy, set.slice(0, equals).trim(), () => shown);
    if (seen.has(param.key)) throw new InputError(`${shown}: ${param.name} is set twice: set it once`);
    seen.add(param.key);
    yield { param, text: set.slice(equals + 1).trim(), shown };
  }
}

/**
 * The rates in the text of a rates file.
 * @param file its name in messages
 * @throws {InputError} naming line and column if the text is no JSON object
 */
export function ratesInText(text: string, file: string): GivenRates {
  const place = (offset: number) => {
    const { line, column } = lineAndColumn(text, offset);
    return `${file}:${line}:${column}`;
  };
  if (text.trim() === "") throw emptyInput(file, "rates");
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { offset, message } = parsed.fault;
    throw new InputError(`${place(offset)}: ${message} (balloon-sim rates --json prints a file to begin with)`);
  }
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`${file}: expected an object such as {"alloc-max": 4096}, found ${describe(value)}`);
  }
  const kind = kindOfFile(value);
  if (kind !== null) throw new InputError(`${file}: is ${kind}, expected rates, such as {"alloc-max": 4096}`);
  return {
    values: value as Record<string, unknown>,
    place: (name) => place(locate(text, [{ path: [name], at: "key" }])[0] ?? 0),
  };
}

/**
 * The driver that rates name; null if they name none, or not by a text, which `ratesOf` refuses.
 * @throws {InputError} naming the place, if there is no such driver
 */
export function driverOfRates({ values, place }: GivenRates): BalloonPolicy | null {
  const name = Object.hasOwn(values, DRIVER_FIELD) ? values[DRIVER_FIELD] : undefined;
  return typeof name === "string" ? policyNamed(name, `${place(DRIVER_FIELD)}: ${formatPath([DRIVER_FIELD])}`) : null;
}

/** The kinds of other files of the program, by their formats. */
const OTHER_KINDS: ReadonlyMap<unknown, string> = new Map([
  ["balloon-sim/trace", "a trace"],
  ["balloon-sim/machine", "a machine file"],
  ["balloon-sim/checkpoint", "a checkpoint"],
]);

/** The kind of a file that contains no rates; null if it may contain rates. */
const kindOfFile = (value: object): string | null =>
  OTHER_KINDS.get((value as { readonly format?: unknown }).format) ?? null;

/** Rates as a file that `--rates` reads. */
export const ratesFileText = ({ name, params }: Described, rates: Params): string =>
  `${JSON.stringify({ [DRIVER_FIELD]: name, ...ratesByName(params, rates) }, null, 2)}\n`;

/** Rates by their names on the command line. */
export const ratesByName = (params: readonly ParamSpec[], rates: Params): Record<string, number> =>
  Object.fromEntries(params.map(({ name, key }) => [name, rates[key] as number]));

/** The number that a text contains; NaN for another text, which no parameter accepts. */
const toNumber = (text: string): number => (/^-?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN);

/** Overwrites `rates` with given rates. */
function takeRates(policy: BalloonPolicy, given: GivenRates, rates: Record<string, number>, errors: Errors): void {
  const { values, place } = given;
  for (const [name, value] of Object.entries(values)) {
    const errorOf = (message: string): InputError =>
      given.error?.(name, message) ?? new InputError(`${place(name)}: ${formatPath([name])}: ${message}`);
    if (name === DRIVER_FIELD) {
      checkDriver(policy, value, errorOf);
      continue;
    }
    const spec = findParam(policy, name);
    if (spec === undefined) {
      const message = unknownText(policy, name);
      throw given.error?.(name, message) ?? new InputError(`${place(name)}: ${message}`);
    }
    if (errors.has(spec.key)) throw errorOf(`${spec.name} is given twice, as ${spec.name} and as ${spec.key}`);
    if (typeof value !== "number") throw errorOf(`expected ${rangeText(spec)}, found ${describe(value)}`);
    rates[spec.key] = value;
    errors.set(spec.key, errorOf);
  }
}

/** Refuses rates of another driver. */
function checkDriver({ name }: BalloonPolicy, value: unknown, errorOf: (message: string) => InputError): void {
  if (value === name) return;
  if (typeof value !== "string") {
    throw errorOf(`expected the name of a driver, such as "${name}", found ${describe(value)}`);
  }
  throw errorOf(`these are rates of the driver ${quote(value)}, the run is one of ${name}: expected rates of ${name}`);
}
