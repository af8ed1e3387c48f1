/** Stores rows in bounded memory; of too many it keeps those that a chart shows. */

/** Default of the maximum number of rows: a few for each column of pixels of the widest screen. */
const CAPACITY = 1 << 15;
/** Space for rows at the beginning; it is doubled as needed. */
const FIRST_SPACE = 512;
/** Initial width of a bucket, in seconds. */
const FIRST_WIDTH_S = 1 / 1024;

/**
 * The rows of a table in time, in bounded memory. If they are too many, time is divided into buckets of equal width,
 * and of each bucket it keeps the first and the last row and, for every column, one with the lowest and one with the
 * highest value: a picture with at most as many columns of pixels as buckets looks the same.
 */
export class RowStore {
  /** One array of values per column, the time first; the first `#kept` values count. */
  #columns: readonly Float64Array[];
  readonly #capacity: number;
  #space: number;
  #widthS = FIRST_WIDTH_S;
  #kept = 0;
  #added = 0;

  /**
   * @param columns number of values per row, with the time in seconds first
   * @param capacity maximum number of rows
   */
  constructor(columns: number, capacity = CAPACITY) {
    // One bucket may keep two rows for each column and two more: without space for that, no width would suffice.
    this.#capacity = Math.max(capacity, 8 * columns);
    this.#space = Math.min(this.#capacity, FIRST_SPACE);
    this.#columns = Array.from({ length: columns }, () => new Float64Array(this.#space));
  }

  /** Number of added rows. */
  get added(): number {
    return this.#added;
  }

  /** Number of kept rows. */
  get kept(): number {
    return this.#kept;
  }

  /** Adds a row; times must not descend. The row is copied. */
  add(row: ArrayLike<number>): void {
    if (this.#kept === this.#space) this.#makeSpace();
    for (let c = 0; c < this.#columns.length; c++) (this.#columns[c] as Float64Array)[this.#kept] = row[c] as number;
    this.#kept++;
    this.#added++;
  }

  /** The kept values of one column. */
  column(index: number): Float64Array {
    return (this.#columns[index] as Float64Array).subarray(0, this.#kept);
  }

  #makeSpace(): void {
    if (this.#space === this.#capacity) return this.#compact();
    this.#space = Math.min(this.#capacity, 2 * this.#space);
    this.#columns = this.#columns.map((before) => {
      const column = new Float64Array(this.#space);
      column.set(before);
      return column;
    });
  }

  #compact(): void {
    const wanted = this.#capacity / 2;
    let chosen = this.#choose();
    while (chosen.length > wanted) {
      this.#widthS *= 2;
      chosen = this.#choose();
    }
    for (const column of this.#columns)
      for (let i = 0; i < chosen.length; i++) column[i] = column[chosen[i] as number] as number;
    this.#kept = chosen.length;
  }

  /** The rows that buckets of the present width keep, ascending. */
  #choose(): number[] {
    const time = this.#columns[0] as Float64Array;
    const bucketOf = (row: number) => Math.floor((time[row] as number) / this.#widthS);
    const chosen: number[] = [];
    for (let first = 0; first < this.#kept; ) {
      let last = first;
      while (last + 1 < this.#kept && bucketOf(last + 1) === bucketOf(first)) last++;
      for (const row of this.#extremes(first, last)) chosen.push(row);
      first = last + 1;
    }
    return chosen;
  }

  #extremes(first: number, last: number): Iterable<number> {
    if (last - first < 2) return first === last ? [first] : [first, last];
    const rows = new Set([first, last]);
    for (const column of this.#columns) {
      let low = first;
      let high = first;
      for (let row = first + 1; row <= last; row++) {
        if ((column[row] as number) < (column[low] as number)) low = row;
        if ((column[row] as number) > (column[high] as number)) high = row;
      }
      rows.add(low).add(high);
    }
    return [...rows].sort((a, b) => a - b);
  }
}
