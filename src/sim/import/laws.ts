/** What the figures of a sample can't be: values that break a law of memory are damage of the log, and no demand. */
import { formatSize } from "../../common/units.ts";
import { type ColumnSpec, pagesPerUnit, type Quantity } from "./vocabulary.ts";

/** Figures are rounded, and not all of one sample are taken at the same instant: so much more than a limit is no break. */
const TOLERANCE_SHARE = 0.01;
const TOLERANCE_PAGES = 256;

/** Parts of RAM, none of which is larger than it; the last ones together are not, either. */
const PARTS_OF_RAM: readonly (readonly Quantity[])[] = [
  ["used"],
  ["free"],
  ["available"],
  ["cached"],
  ["anon"],
  ["active"],
  ["balloonSize"],
  ["free", "buffers", "cached"],
];

/** An amount of a sample in pages: values by their factors. */
type Amount = readonly { readonly index: number; readonly factor: number }[];

interface Law {
  /** At most `limit` pages, or as much as `limits` come to, of which the first must be known. */
  readonly amount: Amount;
  readonly limit: number;
  readonly limits: Amount;
  /** Indices of what is not to be believed where it is broken. */
  readonly spoilt: readonly number[];
  /** What is wrong then. */
  readonly text: string;
}

/** The laws that hold between the columns of a machine. */
export class Laws {
  readonly #laws: readonly Law[];

  /** @param memory RAM in pages; null where it is not known yet */
  constructor(columns: readonly ColumnSpec[], memory: number | null) {
    this.#laws = [...neverNegative(columns), ...activeIsGranted(columns), ...swapHasRoom(columns)];
    if (memory !== null) this.#laws = [...this.#laws, ...insideRam(columns, memory)];
  }

  /** Makes values unknown that can't be; returns what is wrong with the first of them, null where all can be. */
  check(values: Float64Array): string | null {
    let wrong: string | null = null;
    for (const { amount, limit, limits, spoilt, text } of this.#laws) {
      const most = limit + sum(limits, values, true);
      const slack = limits.length === 0 && limit === 0 ? 0 : TOLERANCE_PAGES + TOLERANCE_SHARE * most;
      if (!(sum(amount, values, false) > most + slack)) continue;
      wrong ??= text;
      for (const index of spoilt) values[index] = Number.NaN;
    }
    return wrong;
  }
}

/** @param known whether all but the first of the parts count only where they are known */
function sum(amount: Amount, values: Float64Array, known: boolean): number {
  let pages = 0;
  amount.forEach(({ index, factor }, i) => {
    const part = (values[index] as number) * factor;
    if (i === 0 || !known || !Number.isNaN(part)) pages += part;
  });
  return pages;
}

/** The column of a quantity, in pages. */
function part(columns: readonly ColumnSpec[], quantity: Quantity, memory: number): Amount {
  const index = columns.findIndex((each) => each.quantity === quantity && each.kind === "gauge");
  const factor = columns[index] === undefined ? null : pagesPerUnit(columns[index].unit, memory);
  return factor === null || Number.isNaN(factor) ? [] : [{ index, factor }];
}

function neverNegative(columns: readonly ColumnSpec[]): Law[] {
  return columns.flatMap(({ quantity, field, kind, unit }, index) =>
    kind !== "gauge" || quantity.startsWith("x-") || pagesPerUnit(unit, 1) === null
      ? []
      : [{ amount: [{ index, factor: -1 }], limit: 0, limits: [], spoilt: [index], text: `${field} is below 0` }],
  );
}

/** A guest touches what it was given, and what the host has taken back from it since. */
function activeIsGranted(columns: readonly ColumnSpec[]): Law[] {
  const [active] = part(columns, "active", Number.NaN);
  const [granted] = part(columns, "granted", Number.NaN);
  if (active === undefined || granted === undefined) return [];
  const taken = [...part(columns, "hostSwapped", Number.NaN), ...part(columns, "balloonSize", Number.NaN)];
  const text = `${fieldOf(columns, active.index)} above ${fieldOf(columns, granted.index)}`;
  return [{ amount: [active], limit: 0, limits: [granted, ...taken], spoilt: [active.index], text }];
}

function swapHasRoom(columns: readonly ColumnSpec[]): Law[] {
  const [used] = part(columns, "swapUsed", Number.NaN);
  const [total] = part(columns, "swapTotal", Number.NaN);
  if (used === undefined || total === undefined) return [];
  const text = `${fieldOf(columns, used.index)} above ${fieldOf(columns, total.index)}`;
  return [{ amount: [used], limit: 0, limits: [total], spoilt: [used.index], text }];
}

function insideRam(columns: readonly ColumnSpec[], memory: number): Law[] {
  return PARTS_OF_RAM.flatMap((quantities) => {
    const amount = quantities.flatMap((quantity) => part(columns, quantity, memory));
    if (amount.length < quantities.length) return [];
    const spoilt = amount.map(({ index }) => index);
    const text = `${spoilt.map((index) => fieldOf(columns, index)).join(" + ")} above the RAM of ${formatSize(memory)}`;
    return [{ amount, limit: memory, limits: [], spoilt, text }];
  });
}

const fieldOf = (columns: readonly ColumnSpec[], index: number): string => (columns[index] as ColumnSpec).field;
