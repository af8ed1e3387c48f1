import { formatSize, formatTime } from "../../common/units.ts";
import type { EngineState } from "../../engine/index.ts";
import type { CycleReport } from "../daemon/daemon.ts";
import type { WorkerCounters } from "../native/addon.ts";
import { Episode } from "./episode.ts";
import type { Log } from "./log.ts";

/** While the balloon is on its way it says where it is this often, in microseconds. */
const PROGRESS_EVERY_US = 60_000_000;
/** An episode is over after this long without it, in microseconds. */
const QUIET_US = 60_000_000;

/** Something that comes in episodes, and what is said of it. */
interface Watched {
  readonly count: (state: Readonly<EngineState>, counters: WorkerCounters) => number;
  readonly event: string;
  readonly level: "info" | "warn";
  readonly begins: string;
  readonly ends: string;
}

const WATCHED: readonly Watched[] = [
  {
    event: "target_unknown",
    count: (state) => state.targetFail,
    level: "warn",
    begins: "the host does not say its target: it is asked each second",
    ends: "the host has said its target for a minute",
  },
  {
    event: "refused",
    count: (state) => state.refusedAlloc,
    level: "warn",
    begins: "the host refuses pages",
    ends: "the host has refused no page for a minute",
  },
  {
    event: "reset_start",
    count: (state) => state.startFail,
    level: "warn",
    begins: "the host does not take START: it is sent each second",
    ends: "no START has failed for a minute",
  },
  {
    event: "scarce",
    count: (state) => state.allocFail,
    level: "info",
    begins: "no free memory is left above the watermark: the balloon grows at the rate of sleeping allocations",
    ends: "allocations have found free memory for a minute",
  },
  {
    event: "floor",
    count: (_, counters) => counters.floorHits,
    level: "info",
    begins: "the guest is at its floor: the balloon stops growing",
    ends: "the floor has not been met for a minute",
  },
  {
    event: "pressure",
    count: (_, counters) => counters.psiHits,
    level: "info",
    begins: "everything waits for memory too often: the balloon stops growing",
    ends: "memory pressure has been below its limit for a minute",
  },
];

/** Writes into the log what a cycle has changed. Where nothing changes it is silent. */
export class CycleLog {
  readonly #log: Log;
  readonly #episodes = WATCHED.map((watched) => ({ watched, episode: new Episode(QUIET_US) }));
  #saidSize = 0;
  #saidUs = Number.NEGATIVE_INFINITY;
  #movingSinceUs: number | null = null;
  #verb: "inflates" | "deflates" = "inflates";
  #starts = 1;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The driver has been loaded; what it took is told already. */
  begin(state: Readonly<EngineState>, counters: WorkerCounters): void {
    for (const { watched, episode } of this.#episodes) episode.skip(watched.count(state, counters));
    this.#starts = state.start - state.startFail;
  }

  /** Looks at a cycle that has ended. */
  note({ state, counters, endUs }: CycleReport): void {
    this.#noteReset(state);
    this.#noteSize(state, endUs);
    for (const { watched, episode } of this.#episodes) {
      const { event, level, begins, ends } = watched;
      const turn = episode.note(watched.count(state, counters), endUs);
      if (turn === "begins") this.#log[level](begins, { event, phase: "begins" });
      else if (turn === "ends") this.#log.info(ends, { event, phase: "ends", occurrences: episode.occurrences });
    }
  }

  #noteReset(state: Readonly<EngineState>): void {
    const accepted = (state.start - state.startFail) >>> 0;
    if (accepted > this.#starts) {
      this.#log.warn("the host asked for a reset: all pages were given back", { event: "reset" });
      this.#saidSize = 0;
    }
    this.#starts = accepted;
  }

  #noteSize({ size, target }: Readonly<EngineState>, nowUs: number): void {
    const fields = { size_pages: size, target_pages: target };
    if (size === target) {
      const since = this.#movingSinceUs;
      this.#movingSinceUs = null;
      const isDue = nowUs - this.#saidUs >= PROGRESS_EVERY_US;
      if (since === null && (size === this.#saidSize || !isDue)) return;
      const after = since === null ? "" : `, after ${formatTime(Math.round((nowUs - since) / 1e5) * 1e5)}`;
      this.#log.info(`the balloon is at its target, ${formatSize(size)}${after}`, { event: "settled", ...fields });
    } else {
      const verb = size < target ? "inflates" : "deflates";
      // A target that turns round is another way to go.
      if (this.#movingSinceUs === null || verb !== this.#verb) this.#movingSinceUs = nowUs;
      else if (nowUs - this.#saidUs < PROGRESS_EVERY_US) return;
      this.#verb = verb;
      this.#log.info(`the balloon ${verb}: it has ${formatSize(size)}, the host asks for ${formatSize(target)}`, {
        event: "moving",
        ...fields,
      });
    }
    this.#saidSize = size;
    this.#saidUs = nowUs;
  }
}
