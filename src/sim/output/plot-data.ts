import type { Pages } from "../../common/units.ts";
import type { PolicyColumn } from "../../engine/index.ts";
import { type CycleRate, CycleRates } from "../measures/cycle-rates.ts";
import type { Observer, RunView } from "../view/types.ts";
import { damageLine, damageOf } from "./damage.ts";
import { type Curve, Envelope } from "./envelope.ts";
import { KillMarks, type Marks } from "./kill-marks.ts";

/** A limit of the pages per work cycle; each value applies until the next point. */
export interface LimitCurve {
  /** Name of its column. */
  readonly name: string;
  readonly of: "inflation" | "deflation";
  readonly curve: Curve;
}

/** The curves of a run, with as many points as a picture can show. */
export interface PlotData {
  /** The trace's file, as given on the command line. */
  readonly trace: string;
  /** The trace's own name. */
  readonly name: string;
  readonly description: string;
  readonly endUs: number;
  /** Memory of the guest, in pages. */
  readonly memoryPages: number;
  /** In pages, with straight lines between the points. */
  readonly size: Curve;
  readonly target: Curve;
  readonly free: Curve;
  /** Rates of inflation and deflation, in pages a second; each value applies until the next point. */
  readonly inflation: Curve;
  readonly deflation: Curve;
  /** The driver's limits, one per column that is a limit. */
  readonly limits: readonly LimitCurve[];
  /** Times of OOM kills, and a line about their damage; null without kills. */
  readonly kills: Marks;
  readonly damage: string | null;
}

/** Observes a run and collects its curves, in memory that does not grow with its length. */
export class PlotRecorder implements Observer {
  readonly #trace: string;
  readonly #size = new Envelope();
  readonly #target = new Envelope();
  readonly #free = new Envelope();
  readonly #inflation = new Envelope();
  readonly #deflation = new Envelope();
  /** The driver's limits; null before the first view. */
  #limits: readonly { readonly column: PolicyColumn; readonly envelope: Envelope }[] | null = null;
  readonly #rates = new CycleRates();
  readonly #kills = new KillMarks();
  #lastTarget = -1;
  /** Null before the first cycle. */
  #lastSize: Pages | null = null;
  #data: PlotData | null = null;

  /** @param trace the trace's file, as given on the command line */
  constructor(trace: string) {
    this.#trace = trace;
  }

  kill(view: RunView): void {
    this.#kills.add(view.timeUs);
  }

  target(view: RunView): void {
    if (this.#lastTarget >= 0) this.#target.add(view.timeUs, this.#lastTarget);
    this.#noteTarget(view);
  }

  cycle(view: RunView): void {
    // The balloon's size is constant between cycles.
    this.#size.add(view.cycle.startUs, this.#lastSize ?? view.trace.guest.balloon);
    this.#lastSize = view.balloon.size;
    this.#note(view);
    const rate = this.#rates.cycle(view);
    if (rate === null) return;
    this.#noteRate(rate);
    if (view.policy.isInterrupted)
      this.#noteRate({ ...rate, startUs: rate.endUs, endUs: rate.endUs + 1, inflated: 0, deflated: 0 });
  }

  /** Between the cycles of a driver that the host interrupts, which may be hours, the guest is looked at, too. */
  sample(view: RunView): void {
    if (view.policy.isInterrupted) this.#note(view);
  }

  end(view: RunView): void {
    this.#note(view);
    for (const curve of [this.#inflation, this.#deflation]) curve.add(view.timeUs, 0);
    this.#data = {
      trace: this.#trace,
      name: view.trace.name,
      description: view.trace.description,
      endUs: view.timeUs,
      memoryPages: view.guest.total,
      size: this.#size.curve(),
      target: this.#target.curve(),
      free: this.#free.curve(),
      inflation: this.#inflation.curve(),
      deflation: this.#deflation.curve(),
      limits: (this.#limits ?? []).map(({ column: { name, limit }, envelope }) => ({
        name,
        of: limit?.of ?? "inflation",
        curve: envelope.curve(),
      })),
      kills: { timeUs: this.#kills.timeUs, count: this.#kills.count },
      damage: damageLine(damageOf(view)),
    };
  }

  /** The curves. Throws before the run is over. */
  get data(): PlotData {
    if (this.#data === null) throw new Error("the run is not over");
    return this.#data;
  }

  #note(view: RunView): void {
    const { timeUs, policy, balloon, guest } = view;
    this.#size.add(timeUs, balloon.size);
    this.#free.add(timeUs, guest.free);
    this.#limits ??= policy.columns
      .filter(({ limit }) => limit !== undefined)
      .map((column) => ({ column, envelope: new Envelope() }));
    for (const { column, envelope } of this.#limits) envelope.add(timeUs, column.read(balloon.state));
    this.#noteTarget(view);
  }

  #noteTarget(view: RunView): void {
    this.#lastTarget = view.host.target;
    this.#target.add(view.timeUs, view.host.target);
  }

  #noteRate({ startUs, endUs, inflated, deflated }: CycleRate): void {
    this.#inflation.add(startUs, (inflated * 1_000_000) / (endUs - startUs));
    this.#deflation.add(startUs, (deflated * 1_000_000) / (endUs - startUs));
  }
}
