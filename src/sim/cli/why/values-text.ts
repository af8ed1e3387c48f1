import { formatSize } from "../../../common/units.ts";
import { lasting } from "../../causes/words.ts";
import { spreadText } from "../../output/spread-words.ts";
import { spreadOf } from "../../tune/spread.ts";
import type { Measure } from "../../why/effect.ts";

/** Three significant digits; whole numbers as they are. */
function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}

/** A value of a measure, with its unit; 0 has the unit of the value `like`. */
export function valueText(measure: Measure, value: number, like = value): string {
  if (measure === "kills") return digits(value);
  if (measure === "waits" || measure === "driver") return lasting(Math.max(0, Math.round(value * 1e6)));
  return measure === "deficit" ? `${pages(value, like)}·s` : pages(value, like);
}

/** An amount of memory; 0 has the unit of the amount `like`. */
export function pages(value: number, like = value): string {
  if (value >= 0.5) return formatSize(Math.round(value));
  return `0${/[A-Za-z]+$/.exec(formatSize(Math.max(1, Math.round(like))))?.[0]}`;
}

/** @param like a value whose unit 0 has, where all values are 0 */
export function valuesText(measure: Measure, values: readonly number[], like = 0): string {
  const spread = spreadOf(values);
  return spreadText(spread, (value) => valueText(measure, value, spread.median || spread.highest || like));
}

/** What a measure counts. */
export const MEASURE_WORDS: Readonly<Record<Measure, string>> = {
  kills: "kills",
  waits: "the time that workloads waited for memory, for swap, for evicted files and for dirty pages",
  driver: "the time that the driver waited for memory",
  undone: "accesses that workloads did not make",
  deficit: "what the balloon lacked of the target, times the time",
};
