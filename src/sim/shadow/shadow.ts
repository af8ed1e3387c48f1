import { InputError, RunError } from "../../common/errors.ts";
import { type Claim, claimsOf, type WindowResult } from "./claims.ts";
import type { PredictedDriver } from "./predict.ts";
import type { WindowCurves } from "./replay-window.ts";
import type { WindowReplayer } from "./replayer.ts";
import type { Sample } from "./sample.ts";
import { type ShadowWindow, WindowCutter, type WindowLengths } from "./window.ts";

/** What a shadow is made of. */
export interface ShadowParts {
  readonly real: PredictedDriver;
  readonly other: PredictedDriver;
  /** Surplus with which the real driver is at rest, in pages. */
  readonly slack: number;
  readonly lengths: WindowLengths;
  readonly replayer: WindowReplayer;
}

/** Notifications of a shadow to its owner. */
export interface ShadowEvents {
  /** A window was replayed. */
  replayed(window: ShadowWindow, result: WindowResult): void;
  /** A window could not be replayed, and counts for nothing. */
  failed(window: ShadowWindow, why: string): void;
}

/** Numbers of windows by what became of them. */
export interface WindowCounts {
  /** Replayed, since the shadow began; claims rest on the last `MOST_RESULTS` of them. */
  readonly replayed: number;
  /** In which the balloon was at its target all the time: not replayed, since no driver would have done anything. */
  readonly idle: number;
  /** That could not be simulated. */
  readonly failed: number;
  /** That were not replayed because the replays of earlier ones were not over. */
  readonly skipped: number;
}

/** A window that is kept with its curves. */
export interface PicturedWindow {
  /** When it began: milliseconds since 1970. */
  readonly wallMs: number;
  readonly curves: WindowCurves;
}

/** Results on which claims rest: at least a week of windows of ten minutes, all of them with a moving balloon. */
export const MOST_RESULTS = 1000;
/** The last windows are kept with their curves. */
const MOST_PICTURES = 3;
/** Windows that wait for their replay; one is replayed in much less time than it takes. */
const MOST_WAITING = 4;

/**
 * Predicts what another driver would have done beside a real one. Takes a sample at a time, replays each window after it has
 * ended, and keeps results instead of samples, so that its memory does not grow.
 */
export class Shadow {
  readonly #parts: ShadowParts;
  readonly #events: ShadowEvents;
  readonly #cutter: WindowCutter;
  readonly #results: WindowResult[] = [];
  readonly #pictures: PicturedWindow[] = [];
  readonly #counts = { replayed: 0, idle: 0, failed: 0, skipped: 0 };
  #waiting = 0;
  /** The replays so far, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: ShadowParts, events: ShadowEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#cutter = new WindowCutter(parts.lengths, parts.slack);
  }

  get counts(): WindowCounts {
    return this.#counts;
  }

  /** The last replayed windows, the oldest first. */
  get pictures(): readonly PicturedWindow[] {
    return this.#pictures;
  }

  /** What the windows so far say. */
  get claims(): Claim[] {
    return claimsOf(this.#results);
  }

  /**
   * Takes the next sample; null: nothing could be read.
   * @throws an unexpected error of an earlier replay
   */
  add(sample: Sample | null): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#take(this.#cutter.add(sample));
  }

  /** Ends the present window, and resolves when all replays are over. */
  async end(): Promise<void> {
    this.#take(this.#cutter.end());
    await this.#work;
    if (this.#failure !== null) throw this.#failure.error;
  }

  #take(window: ShadowWindow | null): void {
    if (window === null) return;
    if (window.isIdle) {
      this.#counts.idle++;
      return;
    }
    if (this.#waiting >= MOST_WAITING) {
      this.#counts.skipped++;
      return;
    }
    this.#waiting++;
    this.#work = this.#work.then(() => this.#replay(window));
  }

  async #replay(window: ShadowWindow): Promise<void> {
    const { real, other, replayer } = this.#parts;
    try {
      const { result, curves } = await replayer.replay({ window, real, other });
      this.#results.push(result);
      if (this.#results.length > MOST_RESULTS) this.#results.shift();
      this.#pictures.push({ wallMs: window.samples[0]?.wallMs as number, curves });
      if (this.#pictures.length > MOST_PICTURES) this.#pictures.shift();
      this.#counts.replayed++;
      this.#events.replayed(window, result);
    } catch (error) {
      if (!(error instanceof InputError || error instanceof RunError)) {
        this.#failure = { error };
        return;
      }
      this.#counts.failed++;
      this.#events.failed(window, error.message);
    } finally {
      this.#waiting--;
    }
  }
}
