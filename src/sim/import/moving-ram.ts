/**
 * RAM that changes in the course of a log. A guest of KVM, Hyper-V or Xen subtracts the balloon from its RAM, so that
 * MemTotal falls while the balloon grows; VMware's driver does not change MemTotal. Memory that is added to a machine
 * looks the same. The trace's guest has the largest RAM of the log; the missing part is its balloon.
 */
import type { Pages } from "../../common/units.ts";
import type { Sample } from "./reader.ts";
import { type ColumnSpec, column, pagesPerUnit, type Quantity, type Unit } from "./vocabulary.ts";

/**
 * A column for formats that have the RAM and no balloon: unknown, unless the RAM changes.
 * @param unit of the format's sizes
 */
export const missingFromRam = (unit: Unit): ColumnSpec =>
  column("balloonSize", "what the RAM of a sample lacks of the most", unit, { how: "derived" });

/**
 * Smallest change that counts, as a fraction of the RAM: kernels free some of the memory that they need for starting.
 */
const LEAST_CHANGE = 0.005;
/** Tolerated excess over all memory, as a fraction of it: figures of one sample are not of one instant. */
const TOLERANCE = 0.01;
/** Quantities that are not the balloon's. */
const OTHERS: readonly Quantity[] = ["free", "anon", "buffers", "cached", "x-reclaimable-slab", "x-swap-cached"];

/** Index of a column among a sample's values, and pages per unit. */
interface Amount {
  readonly index: number;
  readonly perUnit: number;
}

/** The balloon's size as the missing part of the RAM. */
export interface MovingRam {
  /** The largest RAM, in pages. */
  readonly pages: number;
  /** Minimum and maximum of the missing part, in the unit of the balloon's column. */
  readonly balloon: { readonly min: Pages; readonly max: Pages };
  /** Index of the balloon's column, and its resulting description. */
  readonly column: number;
  readonly spec: ColumnSpec;
  /** Its evidence, as a sentence without an end. */
  readonly evidence: string;
  /** Writes the balloon's size to a sample's values. */
  settle(values: Float64Array): void;
}

/** Observes RAM and balloon over a machine's samples. */
export class RamWatch {
  readonly #columns: readonly ColumnSpec[];
  readonly #total: Amount | null;
  readonly #balloon: Amount | null;
  readonly #others: readonly Amount[];
  readonly #ofTotal = new Range();
  /** Ranges of RAM plus balloon, and of RAM minus balloon and minus the other known amounts. */
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

  /** The balloon as the missing part of the RAM; null if the RAM stays the same and includes the balloon. */
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

  /**
   * The few sizes between which RAM changes from sample to sample, in pages, as in a mixed log of several machines;
   * null for none.
   */
  get turns(): readonly number[] | null {
    return this.#turns.result();
  }

  /** Whether the balloon is not part of the RAM. */
  #isBeside(changes: boolean): boolean {
    if (this.#mostBalloon === 0) return false;
    // Either RAM and balloon change in opposite directions; or both stay, and no sample has room for the balloon. If
    // the balloon changes while RAM stays, it is part of the RAM.
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

/** Looks for alternating sizes: those of a few machines whose samples have the same name. */
class Turns {
  /** Maximum number of sizes: more are the work of a balloon. */
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

  /** The sizes, if more than half of the samples have another size than the one before. */
  result(): readonly number[] | null {
    const { size } = this.#sizes;
    if (size < 2 || size > Turns.#MOST || this.#samples < 2 * size) return null;
    return this.#changes * 2 > this.#samples ? [...this.#sizes].sort((a, b) => a - b) : null;
  }
}

/** Minimum and maximum of some numbers. */
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
