import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { rangeText } from "../../engine/index.ts";
import { exp, ln } from "./elementary.ts";
import { isMultiple } from "./parameter.ts";
import type { TunedParam } from "./tunable.ts";
import type { Parameter } from "./types.ts";

/** Maximum number of values of one list. */
const MAX_VALUES = 1_000_000;

/** A range whose ends differ by less than this factor is searched linearly by default. */
const LOGARITHMIC_FROM = 8;

const EXPECTED =
  "expected a value, a list (16,64,256), N values in equal factors (1024..16384x5), steps (512..4096+512), or a range (64..4096)";
const EXPECTED_FRACTIONS =
  "expected a value, a list (0.1,0.2), N values in equal factors (0.1..0.8x4), steps (0.1..0.4+0.1), or a range (0.1..0.4)";

/** Numbers in the texts of parameters: digits, or what a parameter reads, which may have a fraction and a unit. */
const WHOLE = "\\d+";
const WITH_UNIT = "\\d+(?:\\.\\d+)?[a-zA-Z]*?";

/**
 * The values of a constant in `--set NAME=TEXT`: one value, or several.
 *
 *     4096            one value
 *     16,64,256       these
 * 1024..16384x5   5 values from 1024 to 16384, each by the same factor larger than the last, rounded
 *     512..4096+512   512, 1024, 1536, … up to 4096
 *     64..4096        every whole number; `lin:64..4096` and `log:64..4096` say how samplers see it
 *
 * Parameters of hosts' policies may have fractions and units: `0.1..0.4+0.1`, `64MiB..1GiB`.
 *
 * @throws {InputError} without a place
 */
export function parseSpec(param: TunedParam, text: string): number | Parameter {
  const number = param.read === undefined ? WHOLE : WITH_UNIT;
  const range = new RegExp(`^(?:(lin|log):)?(${number})\\.\\.(${number})(?:([x+])(${number}))?$`).exec(text);
  if (range !== null) {
    const [, scale, first, last, kind, count] = range;
    const min = bounded(param, first as string);
    const max = bounded(param, last as string);
    if (kind !== undefined && scale !== undefined) {
      throw new InputError(
        `${scale}: is for a range that samplers choose from, not for a list of values: leave it out`,
      );
    }
    if (min > max) throw new InputError(`${min} is more than ${max}: write ${max}..${min}`);
    if (min === max) throw new InputError(`the range has one value only: write ${min}`);
    const { perUnit = 1 } = param;
    if (kind === "x") return list(param, geometric(min, max, countOf(count as string), perUnit));
    if (kind === "+") return list(param, steps(min, max, stepOf(param, count as string), perUnit));
    for (const end of [min, max]) {
      if (!isMultiple(end, perUnit))
        throw new InputError(`${end}: the ends of a range are multiples of ${1 / perUnit}`);
    }
    const scaled = scaleOf(scale, min, max, param);
    const whole = { ...namesOf(param), kind: "range", min, max, scale: scaled, values: [] } as const;
    return param.perUnit === undefined ? whole : { ...whole, perUnit };
  }
  // A single value that is none is described by its parameter.
  if (param.read !== undefined && /^[^,.]*(?:\.\d+)?[^,.]*$/.test(text)) return param.read(text);
  if (!new RegExp(`^${number}(,${number})*$`).test(text)) {
    throw new InputError(`${param.read === undefined ? EXPECTED : EXPECTED_FRACTIONS}, found ${quote(text)}`);
  }
  const values = text.split(",").map((value) => bounded(param, value));
  if (values.length === 1) return values[0] as number;
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new InputError(`${twice} is listed twice`);
  return list(param, values);
}

/** The number of values in `x5`. */
function countOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InputError(`x${text}: expected a whole number of values`);
}

/** The step in `+512`; it may have a unit, but need not be a value of the parameter. */
function stepOf({ read, perUnit = 1 }: TunedParam, text: string): number {
  const step = read === undefined || /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : read(text);
  if (isMultiple(step, perUnit)) return step;
  throw new InputError(`+${text}: expected a multiple of ${1 / perUnit}`);
}

function list(param: TunedParam, values: readonly number[]): Parameter {
  const ascending = values.toSorted((a, b) => a - b);
  const [min, max] = [ascending[0] as number, ascending.at(-1) as number];
  return { ...namesOf(param), kind: "list", min, max, scale: scaleOf(undefined, min, max, param), values: ascending };
}

const namesOf = ({ key, name }: TunedParam) => ({ key, flag: name });

const scaleOf = (wanted: string | undefined, min: number, max: number, { perUnit }: TunedParam): Parameter["scale"] => {
  if (wanted !== undefined) return wanted === "log" ? "logarithmic" : "linear";
  // Fractions that begin at 0 have no smallest one that would matter.
  const least = perUnit === undefined ? Math.max(min, 1) : min === 0 ? max : min;
  return max >= LOGARITHMIC_FROM * least ? "logarithmic" : "linear";
};

/** Multiples of 1 / `perUnit` in a geometric series; fewer than `count` if rounding makes some equal. */
function geometric(min: number, max: number, count: number, perUnit: number): number[] {
  if (min === 0)
    throw new InputError(
      `equal factors can't begin at 0: begin at ${perUnit === 1 ? "1" : "a value above it"}, or write 0 as part of a list`,
    );
  checkCount(count);
  if (count < 2) throw new InputError(`x${count}: expected at least 2 values`);
  const values = new Set<number>();
  for (let i = 0; i < count; i++) {
    const value = between(min, max, i, count - 1);
    // The ends are as written.
    values.add(i === 0 || i === count - 1 ? value : Math.round(value * perUnit) / perUnit);
  }
  return [...values];
}

/** The point at `i` of `n` equal factors from `min` to `max`. */
function between(min: number, max: number, i: number, n: number): number {
  if (i === 0) return min;
  if (i === n) return max;
  return min * exp((ln(max / min) * i) / n);
}

function steps(min: number, max: number, step: number, perUnit: number): number[] {
  if (step === 0) throw new InputError(`+0: expected a step of at least ${1 / perUnit}`);
  const [first, by] = [Math.round(min * perUnit), Math.round(step * perUnit)];
  const count = Math.floor((Math.round(max * perUnit) - first) / by) + 1;
  if (count < 2) throw new InputError(`+${step}: the step is longer than the range: write ${min},${max}`);
  checkCount(count);
  return Array.from({ length: count }, (_, i) => (first + i * by) / perUnit);
}

function checkCount(count: number): void {
  if (count > MAX_VALUES) throw new InputError(`${count} values: expected at most ${MAX_VALUES}`);
}

function bounded(param: TunedParam, text: string): number {
  if (param.read !== undefined) return param.read(text);
  const value = Number(text);
  if (value < param.min || value > param.max) {
    throw new InputError(`${text}: expected ${rangeText(param)}`);
  }
  return value;
}
