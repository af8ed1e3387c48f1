/**
 * Parses and formats quantities. The simulator's own units are whole 4-KiB pages, whole microseconds, pages a second
 * and nanoseconds. Every parser accepts any value from a user's file or command line and throws an `InputError` without
 * a place; callers that know the place put it in front.
 */
import type { Pages } from "../engine/index.ts";
import { InputError } from "./errors.ts";
import { describe } from "./quote.ts";

// The units of numbers whose names do not contain the unit: those of the engine, and others.
export type { Pages, PagesPerCycle, Ticks } from "../engine/index.ts";
/** Microseconds: a point in time or a duration. */
export type Us = number;
/** Nanoseconds. */
export type Ns = number;
/** Milliseconds. */
export type Ms = number;
/** Seconds. */
export type Seconds = number;
/** Pages of 4 KiB a second; may have a fraction. */
export type PagesPerS = number;
export type Bytes = number;
export type Kib = number;
export type Mib = number;
/** Per cent, 0 to 100. */
export type Percent = number;

/** Bytes of a page; the balloon protocol knows no other size. */
export const PAGE_BYTES = 4096;
/** KiB of a page. */
export const KIB_PER_PAGE = PAGE_BYTES / 1024;
/** Largest size or rate, in pages: 4 PiB. */
export const MAX_PAGES = 2 ** 40;
/** Largest number of bytes: 4 PiB. */
export const MAX_BYTES = MAX_PAGES * PAGE_BYTES;
/** Longest time, in microseconds: a hundred years of 365.25 days. */
export const MAX_TIME_US = 36_525 * 86_400_000_000;
/** Highest cost, in nanoseconds: a thousand seconds. */
export const MAX_COST_NS = 1e12;

/** The forms of the strings; `docs/trace.schema.json` contains the same expressions. */
export const SIZE_PATTERN = /^\d+(?:\.\d+)? ?[KMGTP]iB$/;
/** Bytes: binary units, and the decimal ones of hosts' own interfaces. */
const BYTES_PATTERN = /^-?\d+(?:\.\d+)? ?(?:[KMGTP]iB|[kKMGTP]?B)$/;
export const RATE_PATTERN = /^\d+(?:\.\d+)? ?[KMGTP]iB\/s$/;
export const TIME_PATTERN =
  /^(?=\d)(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m)?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?(?:\d+(?:\.\d+)?us)?$/;
export const COST_PATTERN = /^\d+(?:\.\d+)?(?:ns|us|ms|s)$/;

/** Maximum length of a quantity. */
const MAX_LENGTH = 64;

const PAGES_PER_UNIT: Readonly<Record<string, number>> = {
  K: 2 ** -2,
  M: 2 ** 8,
  G: 2 ** 18,
  T: 2 ** 28,
  P: 2 ** 38,
};

const MICROSECONDS_PER_UNIT: Readonly<Record<string, number>> = {
  d: 86_400_000_000,
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1000,
  us: 1,
};

const NANOSECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };

/**
 * A size: `"4GiB"`, `"1.5GiB"`, `"64KiB"`, or a JSON number of 4-KiB pages.
 * @returns whole pages, 0 to `MAX_PAGES`.
 */
export function parseSize(value: unknown): Pages {
  if (typeof value === "number") return wholePages(value, "");
  if (typeof value === "string" && value.length <= MAX_LENGTH && SIZE_PATTERN.test(value)) {
    return wholePages(binaryPages(value), `${value} is `);
  }
  throw new InputError(
    `expected a size such as "512MiB" or a whole number of pages, found ${describe(value)}${unitHint(value, "")}`,
  );
}

/** Which numbers `parseBytes` accepts. */
export interface BytesRange {
  /** Whether they may be below 0. */
  readonly signed?: boolean;
}

/**
 * A number of bytes: `"2GiB"`, `"100MB"` (decimal: 100,000,000), `"512B"`, or a JSON number.
 * @returns whole bytes, 0 to `MAX_BYTES`, or from `-MAX_BYTES` if it may be negative
 */
export function parseBytes(value: unknown, { signed = false }: BytesRange = {}): Bytes {
  const bytes = bytesIn(value);
  if (bytes === null) {
    throw new InputError(`expected a size such as "512MiB" or "512MB", or a number of bytes, found ${describe(value)}`);
  }
  if (signed && bytes < 0) return -wholeBytes(-bytes, value);
  return wholeBytes(bytes, value);
}

function bytesIn(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.length > MAX_LENGTH || !BYTES_PATTERN.test(value)) return null;
  const [, digits, prefix = "", binary] = /^([-\d.]+) ?([kKMGTP]?)(i?)B$/.exec(value) as unknown as string[];
  const power = prefix === "" ? 0 : "KMGTP".indexOf(prefix.toUpperCase()) + 1;
  // A power of ten as an exponent: "1.1MB" is exact, 1.1 times a million need not be.
  return binary === "" ? Number(`${digits}e${3 * power}`) : Number(digits) * 1024 ** power;
}

function wholeBytes(bytes: number, value: unknown): Bytes {
  if (Number.isInteger(bounded(bytes, MAX_BYTES, "bytes"))) return bytes + 0;
  throw new InputError(`expected whole bytes, found ${describe(value)}`);
}

/**
 * A rate: `"10MiB/s"`, or a JSON number of pages a second, which may have a fraction.
 * @returns pages a second, 0 to `MAX_PAGES`.
 */
export function parseRate(value: unknown): PagesPerS {
  if (typeof value === "number") return bounded(value, MAX_PAGES, "pages a second");
  if (typeof value === "string" && value.length <= MAX_LENGTH && RATE_PATTERN.test(value)) {
    return bounded(binaryPages(value), MAX_PAGES, "pages a second");
  }
  throw new InputError(
    `expected a rate such as "10MiB/s" or a number of pages a second, found ${describe(value)}${unitHint(value, "/s")}`,
  );
}

/**
 * A time: a JSON number of seconds, or `"1h30m"`, `"90s"`, `"250ms"`, `"3d12h"`; rounded to whole microseconds.
 * @returns microseconds, 0 to `MAX_TIME_US`.
 */
export function parseTime(value: unknown): Us {
  if (typeof value === "number") return microseconds(bounded(value, Number.POSITIVE_INFINITY, "seconds") * 1e6);
  if (typeof value === "string" && value.length <= MAX_LENGTH && TIME_PATTERN.test(value)) {
    let sum = 0;
    for (const [, digits, unit] of value.matchAll(/([\d.]+)(ms|us|[dhms])/g)) {
      sum += Number(digits) * (MICROSECONDS_PER_UNIT[unit as string] as number);
    }
    return microseconds(sum);
  }
  const bare =
    typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? ` (seconds: write ${describe(`${value}s`)})` : "";
  throw new InputError(
    `expected a time such as "1h30m", "250ms" or a number of seconds, found ${describe(value)}${bare}`,
  );
}

/** A time as an argument of a command; digits alone are seconds. */
export function parseTimeArgument(text: string): Us {
  if (/^\d+(\.\d+)?$/.test(text)) return parseTime(Number(text));
  if (text.length <= MAX_LENGTH && text !== "" && TIME_PATTERN.test(text)) return parseTime(text);
  throw new InputError("expected a time such as 90 (seconds), 250ms or 1h30m");
}

/** A size as an argument of a command, with its unit: a user who types 512 seldom means pages. */
export function parseSizeArgument(text: string): Pages {
  if (text === "0") return 0;
  if (text.length <= MAX_LENGTH && SIZE_PATTERN.test(text)) return parseSize(text);
  throw new InputError(`expected a size with its unit, such as 512MiB${unitHint(text, "", "")}`);
}

/** A rate as an argument of a command, with its unit. */
export function parseRateArgument(text: string): PagesPerS {
  if (text === "0") return 0;
  if (text.length <= MAX_LENGTH && RATE_PATTERN.test(text)) return parseRate(text);
  throw new InputError(`expected a rate with its unit, such as 10MiB/s${unitHint(text, "/s", "")}`);
}

/**
 * The cost of one operation: `"300ns"`, `"1.5us"`, `"2ms"`. A bare number is refused, because its unit is not obvious.
 * @returns nanoseconds, 0 to `MAX_COST_NS`; may have a fraction.
 */
export function parseCost(value: unknown): Ns {
  if (typeof value === "string" && value.length <= MAX_LENGTH && COST_PATTERN.test(value)) {
    const [, digits, unit] = /^([\d.]+)(.+)$/.exec(value) as unknown as [string, string, string];
    return bounded(Number(digits) * (NANOSECONDS_PER_UNIT[unit] as number), MAX_COST_NS, "nanoseconds");
  }
  throw new InputError(`expected a cost such as "300ns" or "1.5us", found ${describe(value)}`);
}

/**
 * Formats a size, in the largest unit that fits: `"4GiB"`, `"1.23GiB"` (two decimals), `"20KiB"`. NaN is `"unknown"`.
 */
export function formatSize(pages: Pages): string {
  if (Number.isNaN(pages)) return "unknown";
  const sign = pages < 0 ? "-" : "";
  const size = Math.abs(pages);
  let unit = "K";
  for (const [name, pagesPerUnit] of Object.entries(PAGES_PER_UNIT)) if (size >= pagesPerUnit) unit = name;
  return `${sign}${decimals(size / (PAGES_PER_UNIT[unit] as number), 2)}${unit}iB`;
}

/** Formats a rate in pages a second: `"10MiB/s"`. */
export function formatRate(pagesPerSecond: PagesPerS): string {
  return Number.isNaN(pagesPerSecond) ? "unknown" : `${formatSize(pagesPerSecond)}/s`;
}

/** Formats a time in whole microseconds, exactly: `"3d12h"`, `"1m12.5s"`, `"250ms"`, `"2us"`, `"0s"`. */
export function formatTime(us: Us): string {
  if (!Number.isFinite(us)) return us > 0 ? "open" : "unknown";
  if (us < 0) return `-${formatTime(-us)}`;
  if (us === 0) return "0s";
  if (us < 1000) return `${us}us`;
  if (us < 1_000_000) return `${us / 1000}ms`;
  let text = "";
  let rest = us;
  for (const unit of ["d", "h", "m"]) {
    const size = MICROSECONDS_PER_UNIT[unit] as number;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return rest > 0 ? `${text}${decimals(rest / 1e6, 6)}s` : text;
}

/** Formats a cost in nanoseconds: `"300ns"`, `"1.5us"`. */
export function formatCost(ns: Ns): string {
  const unit = ns >= 1e9 ? "s" : ns >= 1e6 ? "ms" : ns >= 1e3 ? "us" : "ns";
  return `${decimals(ns / (NANOSECONDS_PER_UNIT[unit] as number), 3)}${unit}`;
}

/** `"1.5GiB"` or `"1.5GiB/s"` in pages. The unit is a power of two times a page, so the result is exact. */
function binaryPages(text: string): Pages {
  const prefix = text.charAt(text.indexOf("iB") - 1);
  return Number.parseFloat(text) * (PAGES_PER_UNIT[prefix] as number);
}

function wholePages(pages: Pages, what: string): Pages {
  const size = bounded(pages, MAX_PAGES, "pages");
  if (!Number.isInteger(size)) {
    const below = Math.floor(size);
    throw new InputError(
      `${what}${size} pages, but a size is a whole number of 4-KiB pages: write ${below} or ${below + 1}, or "${below * 4}KiB"`,
    );
  }
  return size;
}

function microseconds(us: Us): Us {
  if (us > MAX_TIME_US) throw new InputError("a time is at most a hundred years (36525d)");
  return Math.round(us);
}

/** Refuses a value that is not finite, negative, or too large; converts -0 to 0. */
function bounded(value: number, max: number, unit: string): number {
  if (!Number.isFinite(value)) throw new InputError(`expected a finite number, found ${value}`);
  if (value < 0) throw new InputError(`expected 0 or more, found ${value}`);
  if (value > max) throw new InputError(`${value} ${unit} is more than the limit of ${max}`);
  return value + 0;
}

/**
 * A hint for units that users write instead of the valid ones: decimal, short, in the wrong case, or none (`noUnit`).
 */
function unitHint(
  value: unknown,
  per: string,
  noUnit = ` (needs a unit: KiB${per}, MiB${per}, GiB${per}; pages are a number without quotes)`,
): string {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return "";
  const match = /^([\d.]+) ?(?:([kmgtp])(?:i?b)?|b)?(?:\/s|ps)?$/i.exec(value);
  if (match === null) return "";
  const prefix = match[2]?.toUpperCase();
  if (prefix !== undefined) return ` (units are binary: write "${match[1]}${prefix}iB${per}")`;
  return noUnit;
}

/** Decimal digits without trailing zeros. */
function decimals(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
