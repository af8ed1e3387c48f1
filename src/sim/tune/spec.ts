import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { type ParamSpec, rangeText } from "../../engine/index.ts";
import { exp, ln } from "./elementary.ts";
import type { Parameter } from "./types.ts";

/** Maximum number of values of one list. */
const MAX_VALUES = 1_000_000;

/** A range whose ends differ by less than this factor is searched linearly by default. */
const LOGARITHMIC_FROM = 8;

const EXPECTED =
  "expected a value, a list (16,64,256), N values in equal factors (1024..16384x5), steps (512..4096+512), or a range (64..4096)";

/**
 * The values of a constant in `--set NAME=TEXT`: one value, or several.
 *
 *     4096            one value
 *     16,64,256       these
 * 1024..16384x5   5 values from 1024 to 16384, each by the same factor larger than the last, rounded
 *     512..4096+512   512, 1024, 1536, … up to 4096
 *     64..4096        every whole number; `lin:64..4096` and `log:64..4096` say how samplers see it
 *
 * @throws {InputError} without a place
 */
export function parseSpec(param: ParamSpec, text: string): number | Parameter {
  const range = /^(?:(lin|log):)?(\d+)\.\.(\d+)(?:([x+])(\d+))?$/.exec(text);
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
    if (kind === "x") return list(param, geometric(min, max, Number(count)));
    if (kind === "+") return list(param, steps(min, max, Number(count)));
    return { ...namesOf(param), kind: "range", min, max, scale: scaleOf(scale, min, max), values: [] };
  }
  if (!/^\d+(,\d+)*$/.test(text)) throw new InputError(`${EXPECTED}, found ${quote(text)}`);
  const values = text.split(",").map((value) => bounded(param, value));
  if (values.length === 1) return values[0] as number;
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new InputError(`${twice} is listed twice`);
  return list(param, values);
}

function list(param: ParamSpec, values: readonly number[]): Parameter {
  const ascending = values.toSorted((a, b) => a - b);
  const [min, max] = [ascending[0] as number, ascending.at(-1) as number];
  return { ...namesOf(param), kind: "list", min, max, scale: scaleOf(undefined, min, max), values: ascending };
}

const namesOf = ({ key, name }: ParamSpec) => ({ key, flag: name });

const scaleOf = (wanted: string | undefined, min: number, max: number): Parameter["scale"] => {
  if (wanted !== undefined) return wanted === "log" ? "logarithmic" : "linear";
  return max >= LOGARITHMIC_FROM * Math.max(min, 1) ? "logarithmic" : "linear";
};

/** Whole numbers in a geometric series; fewer than `count` if rounding makes some equal. */
function geometric(min: number, max: number, count: number): number[] {
  if (min === 0) throw new InputError("equal factors can't begin at 0: begin at 1, or write 0 as part of a list");
  checkCount(count);
  if (count < 2) throw new InputError(`x${count}: expected at least 2 values`);
  const values = new Set<number>();
  for (let i = 0; i < count; i++) values.add(Math.round(between(min, max, i, count - 1)));
  return [...values];
}

/** The point at `i` of `n` equal factors from `min` to `max`. */
function between(min: number, max: number, i: number, n: number): number {
  if (i === 0) return min;
  if (i === n) return max;
  return min * exp((ln(max / min) * i) / n);
}

function steps(min: number, max: number, step: number): number[] {
  if (step === 0) throw new InputError("+0: expected a step of at least 1");
  const count = Math.floor((max - min) / step) + 1;
  if (count < 2) throw new InputError(`+${step}: the step is longer than the range: write ${min},${max}`);
  checkCount(count);
  return Array.from({ length: count }, (_, i) => min + i * step);
}

function checkCount(count: number): void {
  if (count > MAX_VALUES) throw new InputError(`${count} values: expected at most ${MAX_VALUES}`);
}

function bounded(param: ParamSpec, text: string): number {
  const value = Number(text);
  if (value < param.min || value > param.max) {
    throw new InputError(`${text}: expected ${rangeText(param)}`);
  }
  return value;
}
