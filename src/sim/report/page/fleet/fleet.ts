/** The runs of a fleet, unpacked, and the reader's choice of them. */
import { type FleetNumbers, unpackColumn } from "../../fleet/columns.ts";
import type { FleetModel, FleetStrip } from "../../model.ts";
import { type Numbers, unpack } from "../../unpack.ts";

/** A quantity over time, of each run. */
export class FleetCurves {
  readonly strip: FleetStrip;
  readonly #most: Numbers;
  readonly #levels: Numbers;
  readonly #lengths: Numbers;
  readonly #intervals: number;
  /** The largest value of all runs. */
  readonly most: number;

  constructor(strip: FleetStrip, lengths: Numbers, intervals: number) {
    this.strip = strip;
    this.#most = unpack(strip.most);
    this.#levels = unpack(strip.levels);
    this.#lengths = lengths;
    this.#intervals = intervals;
    let most = 0;
    for (const value of this.#most) most = Math.max(most, value);
    this.most = most;
  }

  /** The largest value of a run. */
  mostOf(run: number): number {
    return this.#most[run] as number;
  }

  /** The values of a run as 255ths of its largest. */
  levels(run: number): Numbers {
    const from = run * this.#intervals;
    return this.#levels.subarray(from, from + (this.#lengths[run] as number));
  }

  /** The value of a run in an interval; NaN after its end. */
  value(run: number, interval: number): number {
    if (interval >= (this.#lengths[run] as number)) return Number.NaN;
    return ((this.#levels[run * this.#intervals + interval] as number) / 255) * (this.#most[run] as number);
  }
}

/** What the reader has chosen; notifies table and picture when it changes. */
export class FleetChoice {
  readonly model: FleetModel;
  readonly columns: readonly FleetNumbers[];
  readonly curves: readonly FleetCurves[];
  /** The chosen runs in the order of the table. */
  order: readonly number[];
  /** The quantity of sparklines and of the picture. */
  shown: FleetCurves;
  #name = "";
  #group: ReadonlySet<number> | null = null;
  #sorted: { readonly column: FleetNumbers | null; readonly isReversed: boolean } | null = null;
  readonly #onChange = new Set<() => void>();
  readonly #onGuest = new Set<(run: number) => void>();

  constructor(model: FleetModel) {
    this.model = model;
    const lengths = unpack(model.lengths);
    this.columns = model.columns.map(unpackColumn);
    this.curves = model.strips.map((strip) => new FleetCurves(strip, lengths, model.intervals));
    this.shown = this.curves[0] as FleetCurves;
    this.order = model.order;
  }

  /** How the table is sorted: null as the page was made; a null column by name. */
  get sorted(): { readonly column: FleetNumbers | null; readonly isReversed: boolean } | null {
    return this.#sorted;
  }

  /** Chooses runs whose name contains a text, in any case of letters. */
  set name(text: string) {
    this.#name = text.trim().toLowerCase();
    this.#choose();
  }

  /** Chooses one of the model's groups; null: all runs. */
  set group(group: number | null) {
    this.#group = group === null ? null : new Set(this.model.groups[group]?.runs);
    this.#choose();
  }

  /** Sorts by a column, the worst first, or by name (null); the other way round if it is sorted by it already. */
  sortBy(column: FleetNumbers | null): void {
    const isReversed = this.#sorted !== null && this.#sorted.column === column && !this.#sorted.isReversed;
    this.#sorted = { column, isReversed };
    this.#choose();
  }

  set strip(index: number) {
    this.shown = this.curves[index] ?? this.shown;
    this.#changed();
  }

  onChange(listener: () => void): void {
    this.#onChange.add(listener);
  }

  /** Calls a listener with a run that the reader wants to see alone. */
  onGuest(listener: (run: number) => void): void {
    this.#onGuest.add(listener);
  }

  showGuest(run: number): void {
    for (const listener of this.#onGuest) listener(run);
  }

  #choose(): void {
    const { labels, order } = this.model;
    const chosen = order.filter(
      (run) =>
        (this.#group === null || this.#group.has(run)) &&
        (this.#name === "" || (labels[run] as string).toLowerCase().includes(this.#name)),
    );
    this.order = this.#sorted === null ? chosen : chosen.sort((a, b) => this.#compare(a, b));
    this.#changed();
  }

  /** Runs without a value come last in either direction; equal ones stay as the page was made. */
  #compare(a: number, b: number): number {
    const { column, isReversed } = this.#sorted as NonNullable<typeof this.sorted>;
    const sign = isReversed ? -1 : 1;
    if (column === null) {
      const [x, y] = [this.model.labels[a] as string, this.model.labels[b] as string];
      return x < y ? -sign : x > y ? sign : 0;
    }
    const [x, y] = [column.values[a] as number, column.values[b] as number];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    // Two infinite ones are equal.
    return x === y ? 0 : sign * (column.worse === "more" ? y - x : x - y);
  }

  #changed(): void {
    for (const listener of this.#onChange) listener();
  }
}
