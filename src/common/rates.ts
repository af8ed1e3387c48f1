/** Rates: the values of a balloon driver's parameters, from the text of a file, from a record, and from `--set NAME=VALUE`. */
import { type BalloonPolicy, ParamError, type ParamSpec, type Params, rangeText } from "../engine/index.ts";
import { InputError } from "./errors.ts";
import { formatPath, lineAndColumn, locate, parseJson } from "./json.ts";
import { didYouMean } from "./nearest.ts";
import { describe, quote, shorten } from "./quote.ts";

/** The field of a rates file that says which driver the rates are for; without it they are for the driver of the run. */
const DRIVER_FIELD = "driver";

/**
 * The parameter of a driver that is called `name`, as `alloc-max` or `allocMax`.
 * @throws {InputError} if there is none, saying `place` first
 */
export function paramNamed({ params }: BalloonPolicy, name: string, place: () => string): ParamSpec {
  const spec = params.find((one) => one.name === name || one.key === name);
  if (spec !== undefined) return spec;
  const names = params.flatMap((one) => [one.name, one.key]);
  throw new InputError(
    `${place()}: unknown constant ${quote(name)}${didYouMean(name, names)} (balloon-sim rates lists them)`,
  );
}

/** Where each value that is not a default came from, by the parameter's key. */
type Places = Map<string, () => string>;

/** Values of some of a driver's parameters, by the name (`alloc-max`) or the key (`allocMax`) of each. */
export interface GivenRates {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the value of that name stands, for messages. */
  readonly place: (name: string) => string;
}

/**
 * The rates that a run uses: the driver's defaults, overridden by those in `given`, overridden by `sets`, each `name=value`,
 * the last one winning.
 * @param given null: there are none
 * @throws {InputError} naming the place of the value, or the `--set`, and what is wrong with it
 */
export function ratesOf<P extends Params>(
  policy: BalloonPolicy<P>,
  given: GivenRates | null,
  sets: readonly string[] = [],
): P {
  const rates: Record<string, number> = { ...policy.defaults };
  const places: Places = new Map();

  if (given !== null) takeRates(policy, given, rates, places);
  for (const set of sets) {
    const equals = set.indexOf("=");
    const shown = `--set ${shorten(set)}`;
    const example = policy.params[0];
    if (equals < 1) {
      throw new InputError(`${shown}: expected name=value, such as ${example?.name}=${example?.default}`);
    }
    const spec = paramNamed(policy, set.slice(0, equals).trim(), () => shown);
    const text = set.slice(equals + 1).trim();
    const value = toNumber(text);
    if (Number.isNaN(value)) throw new InputError(`${shown}: expected ${rangeText(spec)}, found ${quote(text)}`);
    rates[spec.key] = value;
    places.set(spec.key, () => shown);
  }

  try {
    policy.validate(rates);
  } catch (error) {
    if (!(error instanceof ParamError)) throw error;
    // The parameter that bounds the other one may be the one at fault.
    const bound = policy.params.find(({ key }) => key === error.key)?.atMost;
    const place = places.get(error.key) ?? (bound === undefined ? undefined : places.get(bound));
    throw new InputError(place === undefined ? error.message : `${place()}: ${error.message}`);
  }
  return rates as P;
}

/**
 * The rates that the text of a rates file gives.
 * @param file stands for the text in messages
 * @throws {InputError} naming line and column where the text is no JSON object
 */
export function ratesInText(text: string, file: string): GivenRates {
  const place = (offset: number) => {
    const { line, column } = lineAndColumn(text, offset);
    return `${file}:${line}:${column}`;
  };
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { offset, message } = parsed.fault;
    throw new InputError(`${place(offset)}: ${message} (balloon-sim rates --json prints a file to begin with)`);
  }
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`${file}: expected an object such as {"alloc-max": 4096}, found ${describe(value)}`);
  }
  return {
    values: value as Record<string, unknown>,
    place: (name) => place(locate(text, [{ path: [name], at: "key" }])[0] ?? 0),
  };
}

/** Rates as a file that `--rates` reads. */
export const ratesFileText = ({ name, params }: BalloonPolicy, rates: Params): string =>
  `${JSON.stringify({ [DRIVER_FIELD]: name, ...ratesByName(params, rates) }, null, 2)}\n`;

/** Rates by the names that the command line uses. */
export const ratesByName = (params: readonly ParamSpec[], rates: Params): Record<string, number> =>
  Object.fromEntries(params.map(({ name, key }) => [name, rates[key] as number]));

/** A number where the text is one; else NaN, which no parameter accepts. */
const toNumber = (text: string): number => (/^-?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN);

/** Writes given rates over `rates`. */
function takeRates(
  policy: BalloonPolicy,
  { values, place }: GivenRates,
  rates: Record<string, number>,
  places: Places,
): void {
  for (const [name, value] of Object.entries(values)) {
    const source = () => `${place(name)}: ${formatPath([name])}`;
    if (name === DRIVER_FIELD) {
      checkDriver(policy, value, source);
      continue;
    }
    const spec = paramNamed(policy, name, () => place(name));
    if (places.has(spec.key)) {
      throw new InputError(`${source()}: ${spec.name} is given twice, as ${spec.name} and as ${spec.key}`);
    }
    if (typeof value !== "number") {
      throw new InputError(`${source()}: expected ${rangeText(spec)}, found ${describe(value)}`);
    }
    rates[spec.key] = value;
    places.set(spec.key, source);
  }
}

/** Rates of one driver mean nothing to another one. */
function checkDriver({ name }: BalloonPolicy, value: unknown, source: () => string): void {
  if (value === name) return;
  if (typeof value !== "string") {
    throw new InputError(`${source()}: expected the name of a driver, such as "${name}", found ${describe(value)}`);
  }
  throw new InputError(
    `${source()}: these are rates of the driver ${quote(value)}, the run is one of ${name}: expected rates of ${name}`,
  );
}
