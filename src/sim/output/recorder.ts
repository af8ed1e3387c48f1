import type { BalloonPolicy, PolicyColumn } from "../../engine/index.ts";
import { Totals } from "../measures/totals.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Observer, RunView } from "../view/types.ts";
import type { Column } from "./columns.ts";
import type { RowWriter } from "./row-format.ts";

/**
 * The rows of a run. `change`: a row for every work cycle after which a watched figure differs from the previous cycle,
 * and for the first and the last cycle of a stretch without differences; of a driver that the host interrupts, whose cycles may be
 * hours apart, for every sample likewise. `cycle`: a row for every cycle. `sample`: a
 * row for every sample of the simulation. In each case the last row is the state at the end of the run.
 */
export type RowChoice = "change" | "cycle" | "sample";

/** The figures that `change` compares, as they were last; no array is made, for there is a look at every cycle. */
class Watch {
  /** The last figures; none before the first look. */
  readonly figures: number[] = [];
  #next = 0;
  #isDifferent = false;

  /** Looks at the figures again; true if one differs. Counters that grow in idle cycles too are not among them. */
  differs({ balloon, guest }: RunView, own: readonly PolicyColumn[], totals: Totals): boolean {
    this.#next = 0;
    this.#isDifferent = false;
    this.#see(balloon.size);
    this.#see(balloon.target);
    for (let i = 0; i < own.length; i++) this.#see((own[i] as PolicyColumn).read(balloon.state));
    this.#see(totals.allocated);
    this.#see(totals.freed);
    this.#see(totals.refused);
    this.#see(guest.free);
    this.#see(guest.cache);
    this.#see(guest.anon);
    this.#see(guest.swap);
    this.#see(guest.psiSomeUs);
    this.#see(guest.psiFullUs);
    this.#see(guest.oomKills);
    return this.#isDifferent;
  }

  #see(value: number): void {
    const at = this.#next++;
    if (this.figures[at] === value) return;
    this.figures[at] = value;
    this.#isDifferent = true;
  }
}

/** Observes a run and writes its rows as text, without keeping them. */
export class Recorder implements Observer, Archived {
  readonly #columns: readonly Column[];
  readonly #choice: RowChoice;
  readonly #encoder: RowWriter;
  readonly #write: (text: string) => void;
  readonly #totals = new Totals();
  /** Running totals of the interval columns when the last row was written. */
  readonly #base: Float64Array;
  readonly #row: Float64Array;
  /** The latest cycle of a quiet stretch, whose row is written if it is the last of the stretch. */
  readonly #quiet: Float64Array;
  #isQuietUnwritten = false;
  /** Number of the last look with a difference, and of the last look: the cycles, or cycles and samples. */
  #changedLook = 0;
  #look = 0;
  readonly #isInterrupted: boolean;
  /** The driver's own levels that `change` compares. */
  readonly #own: readonly PolicyColumn[];
  readonly #watched = new Watch();
  #lastTimeUs = -1;

  /** @param policy of the run's driver */
  constructor(
    policy: BalloonPolicy,
    columns: readonly Column[],
    choice: RowChoice,
    encoder: RowWriter,
    write: (text: string) => void,
  ) {
    this.#isInterrupted = policy.isInterrupted ?? false;
    this.#own = policy.columns.filter(({ kind, isDefault }) => kind === "level" && isDefault);
    this.#columns = columns;
    this.#choice = choice;
    this.#encoder = encoder;
    this.#write = write;
    this.#base = new Float64Array(columns.length);
    this.#row = new Float64Array(columns.length);
    this.#quiet = new Float64Array(columns.length);
  }

  /** Number of rows so far, including those before a checkpoint. */
  get rows(): number {
    return this.#encoder.rows;
  }

  cycle(view: RunView): void {
    this.#totals.update(view.balloon);
    if (this.#choice === "cycle") this.#writeNow(view);
    else if (this.#choice === "change") this.#watch(view);
  }

  sample(view: RunView): void {
    this.#totals.update(view.balloon);
    if (this.#choice === "sample") this.#writeNow(view);
    else if (this.#choice === "change" && this.#isInterrupted) this.#watch(view);
  }

  end(view: RunView): void {
    this.#totals.update(view.balloon);
    this.#flushQuiet();
    if (view.timeUs !== this.#lastTimeUs) this.#writeNow(view);
    this.#write(this.#encoder.end());
  }

  /** The state that the next row depends on, without the text already written. */
  archive(a: Archive): void {
    this.#encoder.archive(a);
    this.#totals.archive(a);
    a.numbers(this.#base);
    a.numbers(this.#quiet);
    this.#isQuietUnwritten = a.boolean(this.#isQuietUnwritten);
    this.#changedLook = a.number(this.#changedLook);
    this.#look = a.number(this.#look);
    a.list(this.#watched.figures);
    this.#lastTimeUs = a.number(this.#lastTimeUs);
  }

  #watch(view: RunView): void {
    this.#look = this.#isInterrupted ? this.#look + 1 : view.cycle.number;
    if (this.#watched.differs(view, this.#own, this.#totals)) {
      this.#flushQuiet();
      this.#writeNow(view);
      this.#changedLook = this.#look;
    } else if (this.#look === this.#changedLook + 1) {
      this.#writeNow(view);
    } else {
      this.#read(view, this.#quiet);
      this.#isQuietUnwritten = true;
      this.#lastTimeUs = view.timeUs;
    }
  }

  #flushQuiet(): void {
    if (this.#isQuietUnwritten) this.#writeRow(this.#quiet);
    this.#isQuietUnwritten = false;
  }

  #writeNow(view: RunView): void {
    this.#read(view, this.#row);
    this.#lastTimeUs = view.timeUs;
    this.#writeRow(this.#row);
  }

  #read(view: RunView, into: Float64Array): void {
    for (let i = 0; i < this.#columns.length; i++) into[i] = (this.#columns[i] as Column).read(view, this.#totals);
  }

  #writeRow(values: Float64Array): void {
    for (let i = 0; i < this.#columns.length; i++) {
      if ((this.#columns[i] as Column).kind !== "interval") continue;
      const total = values[i] as number;
      values[i] = total - (this.#base[i] as number);
      this.#base[i] = total;
    }
    this.#write(this.#encoder.row(values));
  }
}
