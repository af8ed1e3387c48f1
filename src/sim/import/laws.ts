/** Limits of the figures of a sample: values beyond them are damage of the log, not demand. */
import { formatSize, type Pages } from "../../common/units.ts";
import { type ColumnSpec, pagesPerUnit, type Quantity } from "./vocabulary.ts";

/** Tolerated excess over a limit: figures are rounded, and not all of one sample are taken at the same instant. */
const TOLERANCE_SHARE = 0.01;
const TOLERANCE_PAGES = 256;

/** Parts of RAM that can't exceed it; the last ones together can't, either. */
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

/** An amount of a sample in pages: a sum of values times factors. */
type Amount = readonly { readonly index: number; readonly factor: number }[];

interface Law {
  /** The amount is at most `limit` pages, or the sum of `limits`, of which the first must be known. */
  readonly amount: Amount;
  readonly limit: number;
  readonly limits: Amount;
  /** Indices of the values that become unknown if the law is broken. */
  readonly spoilt: readonly number[];
  /** Description of the error. */
  readonly text: string;
}

/** The limits between the columns of a machine. */
export class Laws {
  readonly #laws: readonly Law[];

  /** @param memory RAM in pages; null if it is not known yet */
  constructor(columns: readonly ColumnSpec[], memory: Pages | null) {
    this.#laws = [...neverNegative(columns), ...activeIsGranted(columns), ...swapHasRoom(columns)];
    if (memory !== null) this.#laws = [...this.#laws, ...insideRam(columns, memory)];
  }

  /** Makes impossible values unknown; returns a description of the first one, null if all are possible. */
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

/** @param known whether all parts but the first are skipped if they are unknown */
function sum(amount: Amount, values: Float64Array, known: boolean): number {
  let pages = 0;
  amount.forEach(({ index, factor }, i) => {
    const part = (values[index] as number) * factor;
    if (i === 0 || !known || !Number.isNaN(part)) pages += part;
  });
  return pages;
}

/** The column of a quantity, in pages. */
function part(columns: readonly ColumnSpec[], quantity: Quantity, memory: Pages): Amount {
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

/** A guest touches only memory that it was granted, and memory that the host has taken back since. */
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

function insideRam(columns: readonly ColumnSpec[], memory: Pages): Law[] {
  return PARTS_OF_RAM.flatMap((quantities) => {
    const amount = quantities.flatMap((quantity) => part(columns, quantity, memory));
    if (amount.length < quantities.length) return [];
    const spoilt = amount.map(({ index }) => index);
    const text = `${spoilt.map((index) => fieldOf(columns, index)).join(" + ")} above the RAM of ${formatSize(memory)}`;
    return [{ amount, limit: memory, limits: [], spoilt, text }];
  });
}

const fieldOf = (columns: readonly ColumnSpec[], index: number): string => (columns[index] as ColumnSpec).field;
