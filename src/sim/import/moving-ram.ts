/**
 * RAM that is not the same throughout a log. A guest of KVM, Hyper-V or Xen counts what its balloon holds out of its RAM, so
 * that MemTotal falls while the balloon grows; VMware's driver leaves MemTotal as it is. Memory that is added to a machine
 * looks the same. The trace's guest has the most that there ever was, and what is missing from it is its balloon's.
 */
import type { Sample } from "./reader.ts";
import { type ColumnSpec, column, pagesPerUnit, type Quantity, type Unit } from "./vocabulary.ts";

/**
 * A column for formats that say the RAM and nothing of a balloon: unknown, unless the RAM turns out to lack what one holds.
 * @param unit of the format's sizes
 */
export const missingFromRam = (unit: Unit): ColumnSpec =>
  column("balloonSize", "what the RAM of a sample lacks of the most", unit, { how: "derived" });

/** Changes that are smaller, as a part of the RAM, are none: a kernel gives back some of what it needed to start. */
const LEAST_CHANGE = 0.005;
/** What is taken for more than all memory, as a part of it: figures of one sample are not of one instant. */
const TOLERANCE = 0.01;
/** What is certainly not the balloon's. */
const OTHERS: readonly Quantity[] = ["free", "anon", "buffers", "cached", "x-reclaimable-slab", "x-swap-cached"];

/** A column's place among a sample's values, and pages for one of its unit. */
interface Amount {
  readonly index: number;
  readonly perUnit: number;
}

/** What the balloon holds, where it is what RAM lacks. */
export interface MovingRam {
  /** The most that there was, in pages. */
  readonly pages: number;
  /** Least and most of what is missing from it, in the unit of the balloon's column. */
  readonly balloon: { readonly min: number; readonly max: number };
  /** Place of the balloon's column, and the column as it comes to be. */
  readonly column: number;
  readonly spec: ColumnSpec;
  /** How it came to be known, as a sentence without an end. */
  readonly evidence: string;
  /** Puts what the balloon holds into a sample's values. */
  settle(values: Float64Array): void;
}

/** Watches RAM and balloon over a machine's samples. */
export class RamWatch {
  readonly #columns: readonly ColumnSpec[];
  readonly #total: Amount | null;
  readonly #balloon: Amount | null;
  readonly #others: readonly Amount[];
  readonly #ofTotal = new Range();
  /** RAM with what the balloon is said to hold; what is left of RAM without that and what else is known. */
  readonly #ofBoth = new Range();
  readonly #ofRest = new Range();
  #mostBalloon = 0;
  readonly #turns = new Turns();

  constructor(columns: readonly ColumnSpec[]) {
    this.#columns = columns;
    this.#total = amountOf(columns, "memTotal");
    this.#balloon = amountOf(columns, "balloonSize");
    this.#others = OTHERS.map((quantity) => amountOf(columns, quantity)).filter((amount) => amount !== null);
  }

  observe({ isOff, values }: Sample): void {
    if (isOff || this.#total === null) return;
    const total = pagesIn(values, this.#total);
    if (!(total > 0)) return;
    this.#turns.add(total);
    if (this.#balloon === null) return;
    this.#ofTotal.add(total);
    const balloon = pagesIn(values, this.#balloon);
    if (Number.isNaN(balloon)) return;
    this.#mostBalloon = Math.max(this.#mostBalloon, balloon);
    this.#ofBoth.add(total + balloon);
    let rest = total - balloon;
    for (const amount of this.#others) {
      const pages = pagesIn(values, amount);
      if (!Number.isNaN(pages)) rest -= pages;
    }
    this.#ofRest.add(rest);
  }

  /** What the balloon holds by what RAM lacks; null where RAM is the same throughout, and has the balloon in it. */
  result(): MovingRam | null {
    const [total, balloon] = [this.#total, this.#balloon];
    if (total === null || balloon === null || !(this.#ofTotal.most > 0)) return null;
    const changes = this.#ofTotal.width > LEAST_CHANGE * this.#ofTotal.most;
    const isBeside = this.#isBeside(changes);
    if (!changes && !isBeside) return null;
    const pages = Math.round(isBeside ? this.#ofBoth.most : this.#ofTotal.most);
    const { field } = this.#columns[total.index] as ColumnSpec;
    const spec = this.#columns[balloon.index] as ColumnSpec;
    const inside = isBeside || this.#mostBalloon === 0 ? "" : ` + ${spec.field}`;
    const whole = isBeside ? `${field} and ${spec.field} together, the most` : `the largest ${field}`;
    const settled = (values: Float64Array): number => {
      const measured = isBeside ? 0 : pagesIn(values, balloon) || 0;
      return Math.max(0, pages - pagesIn(values, total) + measured) / balloon.perUnit;
    };
    const most = (pages - this.#ofTotal.least + (isBeside ? 0 : this.#mostBalloon)) / balloon.perUnit;
    return {
      pages,
      balloon: { min: (pages - this.#ofTotal.most) / balloon.perUnit, max: most },
      column: balloon.index,
      spec: { ...spec, field: `${whole}, without the ${field} of the sample${inside}`, how: "derived" },
      evidence: whole,
      settle(values) {
        values[balloon.index] = settled(values);
      },
    };
  }

  /** The few sizes that RAM changes between from sample to sample, in pages, as those of several machines do; null for none. */
  get turns(): readonly number[] | null {
    return this.#turns.result();
  }

  /** Whether RAM lacks what the balloon is said to hold, rather than has it in it. */
  #isBeside(changes: boolean): boolean {
    if (this.#mostBalloon === 0) return false;
    // One changes against the other; or both stay, and in no sample there is room for the balloon. A balloon that changes while
    // RAM stays is in it.
    if (changes) return this.#ofBoth.width < this.#ofTotal.width / 2;
    const stays = this.#ofBoth.width <= LEAST_CHANGE * this.#ofTotal.most;
    return stays && this.#ofRest.most < -TOLERANCE * this.#ofTotal.most;
  }
}

function amountOf(columns: readonly ColumnSpec[], quantity: Quantity): Amount | null {
  const index = columns.findIndex((column) => column.quantity === quantity);
  const perUnit = index === -1 ? null : pagesPerUnit((columns[index] as ColumnSpec).unit, Number.NaN);
  return perUnit === null || Number.isNaN(perUnit) ? null : { index, perUnit };
}

const pagesIn = (values: Float64Array, { index, perUnit }: Amount): number => (values[index] as number) * perUnit;

/** Looks for sizes that take turns: those of a few machines whose samples come under one name. */
class Turns {
  /** More sizes than a mixed log has machines: no turns, but a balloon at work. */
  static readonly #MOST = 4;
  readonly #sizes = new Set<number>();
  #last = Number.NaN;
  #samples = 0;
  #changes = 0;

  add(size: number): void {
    this.#samples++;
    if (Math.abs(size - this.#last) > LEAST_CHANGE * size) this.#changes++;
    this.#last = size;
    if (this.#sizes.size <= Turns.#MOST) this.#sizes.add(Math.round(size));
  }

  /** More than half of the samples have another size than the one before, of few sizes that come again and again. */
  result(): readonly number[] | null {
    const { size } = this.#sizes;
    if (size < 2 || size > Turns.#MOST || this.#samples < 2 * size) return null;
    return this.#changes * 2 > this.#samples ? [...this.#sizes].sort((a, b) => a - b) : null;
  }
}

/** Least and most of some numbers. */
class Range {
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;

  get width(): number {
    return this.most - this.least;
  }

  add(number: number): void {
    if (number < this.least) this.least = number;
    if (number > this.most) this.most = number;
  }
}
