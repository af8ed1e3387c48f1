/** Parameters of balloon policies: how a policy describes them, and how values are checked against the description. */

/** Values of a policy's parameters, by `ParamSpec.key`. */
export type Params = Readonly<Record<string, number>>;

/** The description of one parameter. Commands, files, searches and reports use only this description. */
export interface ParamSpec {
  /** Its name in a record of values and in JSON: `allocMax`. */
  readonly key: string;
  /** Its name on the command line: `--set alloc-max=4096`. */
  readonly name: string;
  /** Its name in the source of the driver that the policy reproduces. */
  readonly symbol: string;
  readonly unit: string;
  /** The value in that driver. */
  readonly default: number;
  /** Smallest and largest valid value; all values are whole numbers. */
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
  /** Key of the parameter that this one must not exceed: `allocMin` is at most `allocMax`. */
  readonly atMost?: string;
  /**
   * The range that `tune` searches by default; absent if `tune` leaves the parameter alone unless the user names it.
   */
  readonly search?: readonly [min: number, max: number];
}

/** A parameter has a value that its policy can't run with. */
export class ParamError extends RangeError {
  override name = "ParamError";
  /** `ParamSpec.key` of that parameter. */
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** The default of every parameter. */
export const defaultsOf = (specs: readonly ParamSpec[]): Params =>
  Object.freeze(Object.fromEntries(specs.map((spec) => [spec.key, spec.default])));

/** The valid values of a parameter, as messages state them. */
export const rangeText = ({ min, max, unit }: Pick<ParamSpec, "min" | "max" | "unit">): string =>
  `a whole number from ${min} to ${max} (${unit})`;

const show = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

/**
 * Checks that every parameter is a whole number within its range, and that none exceeds the parameter that bounds it.
 * @throws {ParamError} naming the first wrong parameter, its value and its valid values
 */
export function validateParams(specs: readonly ParamSpec[], params: Params): void {
  for (const spec of specs) {
    const value: unknown = params[spec.key];
    if (!Number.isInteger(value) || (value as number) < spec.min || (value as number) > spec.max) {
      throw new ParamError(spec.key, `${spec.name} is ${show(value)}: expected ${rangeText(spec)}`);
    }
  }
  for (const spec of specs) {
    const bound = specs.find(({ key }) => key === spec.atMost);
    if (bound === undefined || (params[spec.key] as number) <= (params[bound.key] as number)) continue;
    throw new ParamError(
      spec.key,
      `${spec.name} is ${params[spec.key]}: expected no more than ${bound.name}, which is ${params[bound.key]}`,
    );
  }
}

/** Whether no parameter exceeds the parameter that bounds it. */
export const keepsBounds = (specs: readonly ParamSpec[], params: Params): boolean =>
  specs.every(({ key, atMost }) => atMost === undefined || (params[key] as number) <= (params[atMost] as number));
