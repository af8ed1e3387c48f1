/** Decides what the worker does: a run for every input, and worlds when the hand rests. */
import type { ShownEpisode } from "../../causes/index.ts";
import type { CurveData, FromWorker, RunRequest, ToWorker } from "../protocol.ts";

/** Rest after the last input before worlds are run, in milliseconds. */
const REST_MS = 350;
/** Worlds of a result. */
export const WORLDS = 5;
/** A run that takes no longer is finished before the next input is run, so that curves follow the hand; in milliseconds. */
const SHORT_MS = 300;
/** Rest between the parts of a run, in which the page does what its reader wants; in milliseconds. */
const PARTS_REST_MS = 250;

/** A run that is over, or its part so far. */
export interface Shown {
  readonly request: RunRequest;
  readonly data: CurveData;
  readonly progress: number;
  /** Null while it runs. */
  readonly objectives: readonly number[] | null;
  readonly notes: readonly string[];
  readonly ms: number;
}

/** The worker, as far as runs need it. */
export interface RunWorker {
  /** A number for a message, higher than all before. */
  newId(): number;
  send(message: ToWorker): void;
}

/** What the page does with results. */
export interface RunnerEvents {
  /** Curves of the latest request, or of the one before it, which was nearly over. */
  shown(run: Shown): void;
  pinned(data: CurveData, objectives: readonly number[]): void;
  /** Values of the objectives in worlds, of the shown and of the pinned run. */
  worlds(shown: readonly (readonly number[])[], pinned: readonly (readonly number[])[]): void;
  /** Why the shown run stalls. */
  causes(episodes: readonly ShownEpisode[], all: number): void;
  failed(message: string): void;
  /** Calls an action when the browser has painted. */
  afterPaint(action: () => void): void;
  /** A run has begun. */
  began(): void;
}

type Purpose = "shown" | "pinned" | "causes" | "worlds" | "pinned-worlds";

/** The requests of a page, of which the worker has at most one. */
export class Runner {
  readonly #worker: RunWorker;
  readonly #events: RunnerEvents;
  #job: { readonly id: number; readonly purpose: Purpose; readonly request: RunRequest } | null = null;
  #queued: RunRequest | null = null;
  #lastMs = 0;
  /** Whether the present run takes so long that a part of it was shown. */
  #hasParts = false;
  #shown: RunRequest | null = null;
  #pinned: RunRequest | null = null;
  #hasPinned = false;
  #hasCauses = false;
  #shownWorlds: readonly (readonly number[])[] | null = null;
  #pinnedWorlds: readonly (readonly number[])[] | null = null;
  /** What failed, which is not tried again before something else is run. */
  readonly #failed = new Set<Purpose>();
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(worker: RunWorker, events: RunnerEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /** Runs a request, instead of the one before it. */
  run(request: RunRequest): void {
    clearTimeout(this.#rest);
    this.#shownWorlds = null;
    this.#hasCauses = false;
    if (this.#job?.purpose === "shown" && this.#lastMs < SHORT_MS && !this.#hasParts) {
      this.#queued = request;
      return;
    }
    this.#begin(request);
  }

  /** Sets what results are compared with. @param isShown whether it is the shown run, whose curves there are */
  pin(request: RunRequest, isShown: boolean): void {
    this.#pinned = request;
    this.#failed.delete("pinned");
    this.#hasPinned = isShown;
    this.#pinnedWorlds = isShown ? this.#shownWorlds : null;
    if (this.#job === null || this.#job.purpose !== "shown") this.#waitForRest();
  }

  /** Takes a message of the worker about a run. */
  take(message: Extract<FromWorker, { readonly kind: "curves" | "worlds" | "causes" | "failed" }>): void {
    const job = this.#job;
    if (job === null || message.id !== job.id) return;
    if (message.kind === "failed") {
      this.#job = null;
      this.#failed.add(job.purpose);
      if (job.purpose === "shown") this.#events.failed(message.message);
      return this.#next();
    }
    if (message.kind === "causes") {
      this.#job = null;
      this.#hasCauses = true;
      this.#events.causes(message.episodes, message.all);
      return this.#beginRestful();
    }
    if (message.kind === "worlds") {
      if (job.purpose === "worlds") this.#shownWorlds = message.values;
      else this.#pinnedWorlds = message.values;
      this.#job = null;
      if (this.#shownWorlds !== null && this.#pinnedWorlds !== null) {
        this.#events.worlds(this.#shownWorlds, this.#pinnedWorlds);
      }
      return this.#beginRestful();
    }
    const { progress, data, objectives, notes, ms } = message;
    if (job.purpose === "shown") {
      // A newer request waits for a run that seemed short: this one is not.
      if (objectives === null && this.#queued !== null) return this.#begin(this.#queued);
      this.#events.shown({ request: job.request, data, progress, objectives, notes, ms });
      if (objectives === null) this.#askForMore(job.id);
      this.#hasParts = objectives === null;
    } else if (objectives !== null) {
      this.#hasPinned = true;
      this.#events.pinned(data, objectives);
    }
    if (objectives === null) return;
    this.#job = null;
    if (job.purpose === "shown") this.#lastMs = ms;
    this.#next();
  }

  /** Asks for the next part of a run, after the browser has painted this one: parts never queue up. */
  #askForMore(id: number): void {
    this.#events.afterPaint(() => setTimeout(() => this.#worker.send({ kind: "drawn", id }), PARTS_REST_MS));
  }

  #begin(request: RunRequest): void {
    this.#queued = null;
    this.#hasParts = false;
    this.#failed.clear();
    this.#shown = request;
    this.#send("shown", request);
    this.#events.began();
  }

  #next(): void {
    if (this.#queued !== null) this.#begin(this.#queued);
    else this.#waitForRest();
  }

  #waitForRest(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#beginRestful(), REST_MS);
  }

  /** Begins what is still missing: curves of the pinned run, causes, then worlds. */
  #beginRestful(): void {
    if (this.#job !== null || this.#shown === null || this.#pinned === null) return;
    const failed = this.#failed;
    if (!this.#hasPinned && !failed.has("pinned")) this.#send("pinned", this.#pinned);
    else if (failed.has("shown")) return;
    else if (!this.#hasCauses && !failed.has("causes")) this.#send("causes", this.#shown);
    else if (!this.#hasPinned || failed.has("worlds") || failed.has("pinned-worlds")) return;
    else if (this.#shownWorlds === null) this.#send("worlds", this.#shown);
    else if (this.#pinnedWorlds === null) this.#send("pinned-worlds", this.#pinned);
  }

  #send(purpose: Purpose, request: RunRequest): void {
    const id = this.#worker.newId();
    this.#job = { id, purpose, request };
    if (purpose === "causes") this.#worker.send({ kind: "causes", id, request });
    else if (purpose === "shown" || purpose === "pinned") this.#worker.send({ kind: "run", id, request });
    else this.#worker.send({ kind: "worlds", id, request, worlds: WORLDS });
  }
}
