import { InputError } from "../../common/errors.ts";
import { describe } from "../../common/quote.ts";
import { formatTime, parseRate, parseSize, parseTime, type Us } from "../../common/units.ts";
import { type Decoder, nullable, oneOf, type Reader, text } from "./decode.ts";
import type { Provenance, Series, WorkloadField } from "./types.ts";

/** The unit of a series, and the notation of its values. */
export interface Quantity {
  readonly unit: "pages" | "pages/s";
  /** Converts a value in a trace, except null, to pages or pages a second. */
  readonly parse: (value: unknown) => number;
}

export const SIZE: Quantity = { unit: "pages", parse: parseSize };
export const RATE: Quantity = { unit: "pages/s", parse: parseRate };

/** The balloon's target: 32 bits in the protocol. It may exceed the guest's memory. */
export const TARGET: Quantity = {
  unit: "pages",
  parse(value) {
    const pages = parseSize(value);
    if (pages > 0xffff_ffff)
      throw new InputError(`a target of ${pages} pages: the protocol carries at most 4294967295`);
    return pages;
  },
};

/** The notations of a workload's series. */
export const QUANTITY_OF_FIELD: Readonly<Record<WorkloadField, Quantity>> = {
  anon: SIZE,
  workingSet: SIZE,
  touch: RATE,
  fileSet: SIZE,
  fileRead: RATE,
  fileWrite: RATE,
};

export const HOLDS = ["step", "linear"] as const;
export const PROVENANCES = ["measured", "derived", "assumed"] as const satisfies readonly Provenance[];
/** Maximum length of a text about a source, an event or a trace, in characters. */
export const MAX_TEXT = 4000;

const SERIES_KEYS = ["points", "hold", "repeat", "how", "from"];

/** A series with one value throughout. */
export function constant(value: number): Series {
  return { hold: "step", at: [0], value: [value], repeatUs: 0, how: "assumed", from: null };
}

/** Whether a series has one known value throughout. */
export function isConstant(series: Series): boolean {
  return series.value.length === 1 && !Number.isNaN(series.value[0]);
}

/** Reads a series: a value, `[[time, value], …]`, or an object with `points`. */
export function seriesOf(quantity: Quantity): Reader<Series> {
  const parse = (value: unknown): number => readValue(value, quantity);
  return (value, decoder) => {
    if (Array.isArray(value)) return { ...constant(0), ...points(value, decoder, { parse, endUs: decoder.endUs }) };
    if (typeof value !== "object" || value === null) return constant(parse(value));
    const fields = decoder.object(value, SERIES_KEYS, ["points"]);
    const hold = decoder.field(fields, "hold", oneOf(HOLDS), "step");
    const repeatUs = decoder.field(fields, "repeat", nullable(period), null) ?? 0;
    // The points of a period are a pattern: the period may be longer than the trace.
    const endUs = repeatUs > 0 ? Number.POSITIVE_INFINITY : decoder.endUs;
    const read = decoder.field(fields, "points", (list, d) => points(list, d, { parse, endUs }), { at: [], value: [] });
    checkPeriod(decoder, read.at, repeatUs, hold);
    return {
      hold,
      ...read,
      repeatUs,
      how: decoder.field(fields, "how", oneOf(PROVENANCES), "assumed"),
      from: decoder.field(fields, "from", nullable(text(MAX_TEXT)), null),
    };
  };
}

/** Reads a value of a series; null is unknown and becomes NaN. */
export function readValue(value: unknown, quantity: Quantity): number {
  return value === null ? Number.NaN : quantity.parse(value);
}

interface PointRules {
  /** Converts a value, null included. */
  readonly parse: (value: unknown) => number;
  /** The latest valid time of a point. */
  readonly endUs: number;
  /** A log of measurements may begin at any time and may be empty; a series begins at 0. */
  readonly log?: boolean;
}

/** Reads `[[time, value], …]` with strictly ascending times. */
export function points(list: unknown, decoder: Decoder, rules: PointRules): { at: Us[]; value: number[] } {
  const { parse, endUs, log = false } = rules;
  if (!Array.isArray(list)) throw new InputError(`expected points [[time, value], …], found ${describe(list)}`);
  if (list.length === 0 && !log) throw new InputError("no points: a series needs at least [[0, value]]");
  const at: Us[] = [];
  const value: number[] = [];
  let last = -1;
  for (let index = 0; index < list.length; index++) {
    const point: unknown = list[index];
    if (!Array.isArray(point) || point.length !== 2) {
      decoder.problem(`expected a point [time, value], found ${describePoint(point)}`, index);
      continue;
    }
    const us = read(point[0], parseTime, decoder, index, 0);
    if (us !== null) {
      const wrong = misplaced(us, last, index === 0 && !log, endUs);
      if (wrong !== null) decoder.problem(wrong, index, 0);
      last = Math.max(last, us);
    }
    at.push(last);
    value.push(read(point[1], parse, decoder, index, 1) ?? 0);
  }
  return { at, value };
}

/** The error in the time of a point; null if it is valid. */
function misplaced(us: Us, last: Us, first: boolean, endUs: number): string | null {
  if (first && us !== 0) {
    return `the first point is at ${formatTime(us)}, but a series begins at time 0: put [0, value] in front`;
  }
  if (us <= last) return `${formatTime(us)} is not after the point before, at ${formatTime(last)}`;
  if (us > endUs) return `${formatTime(us)} is after the end of the trace, at ${formatTime(endUs)}`;
  return null;
}

/** The value of a series in its own period at `us`, between point `index` and the next. */
export function valueAt(series: Series, index: number, us: Us): number {
  const value = series.value[index] as number;
  const next = series.value[index + 1];
  if (series.hold === "step" || next === undefined || Number.isNaN(next)) return value;
  const start = series.at[index] as number;
  return value + ((next - value) * (us - start)) / ((series.at[index + 1] as number) - start);
}

/** `Decoder.at` for the numbers of a long list, without a closure or a path for each. */
function read(
  value: unknown,
  parse: (value: unknown) => number,
  decoder: Decoder,
  index: number,
  member: number,
): number | null {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    decoder.problem(error.message, index, member);
    return null;
  }
}

function describePoint(point: unknown): string {
  return Array.isArray(point) ? `an array of ${point.length}` : describe(point);
}

const period: Reader<Us> = (value) => {
  const us = parseTime(value);
  if (us === 0) throw new InputError("expected a time above 0");
  return us;
};

function checkPeriod(decoder: Decoder, at: readonly number[], repeatUs: number, hold: Series["hold"]): void {
  const last = at.at(-1) ?? 0;
  if (repeatUs === 0 || last < repeatUs || (last === repeatUs && hold === "linear" && at.length > 1)) return;
  decoder.problem(
    `the last point, at ${formatTime(last)}, is not inside the period of ${formatTime(repeatUs)}`,
    "points",
    at.length - 1,
  );
}
