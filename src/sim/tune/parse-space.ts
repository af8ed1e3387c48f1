import { InputError } from "../../common/errors.ts";
import { shorten } from "../../common/quote.ts";
import { parseRates, rateField } from "../../common/rates-file.ts";
import { RATE_FIELDS, type Rates } from "../../engine/index.ts";
import { PAIRS, Space } from "./space.ts";
import { parseSpec } from "./spec.ts";
import type { Parameter } from "./types.ts";

/** The driver computes its rates in 32 bits. */
const U32_MAX = 0xffff_ffff;

/**
 * What `tune` searches where no `--set` says otherwise: each constant that can make a difference, from well below to well
 * above the driver's value. Its upper rates are a gigabyte a second (`yield-threshold` moves no page).
 */
const DEFAULT_SETS: readonly string[] = [
  "nosleep-alloc-max=1024..262144",
  "alloc-min=16..16384",
  "alloc-max=64..65536",
  "alloc-inc=1..4096",
  "free-min=16..16384",
  "free-max=1024..262144",
  "free-inc=1..4096",
  "slow-cycles=0..64",
  "max-refused=1..1024",
];

/**
 * The candidates that `--set` options span, each `NAME=SPEC` (`parseSpec`), the last one of a name winning; in the order
 * of `RATE_FIELDS`. Constants that have one value only do not move.
 * @param ratesFile the rates to compare with and to change; else the driver's
 * @throws {InputError} naming the option, or the file
 */
export function parseSpace(sets: readonly string[], ratesFile?: string): Space {
  const reference = parseRates(ratesFile);
  const domains = new Map<keyof Rates, Domain>();
  for (const set of sets) {
    const shown = `--set ${shorten(set)}`;
    const equals = set.indexOf("=");
    if (equals < 1) throw new InputError(`${shown}: expected name=values, such as alloc-max=1024..16384x5`);
    const field = rateField(set.slice(0, equals).trim(), () => shown);
    try {
      domains.set(field.key, { shown, spec: parseSpec(field, set.slice(equals + 1).trim()) });
    } catch (error) {
      throw error instanceof InputError ? new InputError(`${shown}: ${error.message}`) : error;
    }
  }
  checkPairs(domains, reference);
  checkOverflow(domains, reference);

  const parameters: Parameter[] = [];
  const base: { -readonly [K in keyof Rates]: number } = { ...reference };
  for (const { key } of RATE_FIELDS) {
    const spec = domains.get(key)?.spec;
    if (typeof spec === "number") base[key] = spec;
    else if (spec !== undefined) {
      parameters.push(spec);
      // Never used, but what a study's file says of it should be rates that can be run.
      base[key] = key === "allocMin" || key === "freeMin" ? spec.min : spec.max;
    }
  }
  return new Space(parameters, base, reference);
}

/** What `tune` searches where nobody says. @throws {InputError} if the rates in the file can't be part of it */
export const defaultSpace = (ratesFile?: string): Space => parseSpace(DEFAULT_SETS, ratesFile);

/** What a `--set` says, and how a message names it. */
interface Domain {
  readonly shown: string;
  readonly spec: number | Parameter;
}
type Domains = ReadonlyMap<keyof Rates, Domain>;

const lowest = (domains: Domains, reference: Rates, key: keyof Rates): number => {
  const spec = domains.get(key)?.spec ?? reference[key];
  return typeof spec === "number" ? spec : spec.min;
};
const highest = (domains: Domains, reference: Rates, key: keyof Rates): number => {
  const spec = domains.get(key)?.spec ?? reference[key];
  return typeof spec === "number" ? spec : spec.max;
};

/** There has to be a candidate whose minimum is no more than its maximum. */
function checkPairs(domains: Domains, reference: Rates): void {
  for (const [low, high] of PAIRS) {
    const least = lowest(domains, reference, low);
    const most = highest(domains, reference, high);
    if (least <= most) continue;
    const domain = domains.get(low) ?? (domains.get(high) as Domain);
    throw new InputError(
      `${domain.shown}: no candidate has ${flagOf(low)} (${least} at least) no higher than ${flagOf(high)} (${most} at most)`,
    );
  }
}

/** The rates of no candidate may grow beyond 32 bits: the driver would divide by what is left of them. */
function checkOverflow(domains: Domains, reference: Rates): void {
  const most = (key: keyof Rates) => highest(domains, reference, key);
  // A cycle that takes everything without sleeping adds the increment for each full sleeping rate.
  const factor = Math.max(1, Math.floor(most("nosleepAllocMax") / lowest(domains, reference, "allocMin")));
  for (const [max, inc, times] of [
    ["allocMax", "allocInc", factor],
    ["freeMax", "freeInc", 1],
  ] as const) {
    if (most(max) + times * most(inc) <= U32_MAX) continue;
    const domain = domains.get(inc) ?? domains.get(max);
    const limit = Math.max(0, Math.floor((U32_MAX - most(max)) / times));
    throw new InputError(
      `${domain === undefined ? "" : `${domain.shown}: `}${flagOf(inc)} may be ${most(inc)}, which overflows the driver's 32-bit ` +
        `rate where ${flagOf(max)} may be ${most(max)}: expected at most ${limit}`,
    );
  }
}

const flagOf = (key: keyof Rates): string => RATE_FIELDS.find((field) => field.key === key)?.flag ?? key;
