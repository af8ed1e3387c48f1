/** The worker of the page of hosts, without the browser: answers the page's messages. */
import { changedValue, scenarioOf } from "../../../hosts/scenario/document.ts";
import { messageOf } from "../../worker/message-of.ts";
import type { Slices, Work } from "../../worker/slices.ts";
import {
  type FromHostWorker,
  type HostExport,
  type HostFacts,
  type HostRequest,
  type HostWorlds,
  MOST_WORLDS_MS,
  type Stage,
  type ToHostWorker,
  WORLDS,
} from "../protocol.ts";
import { HostBook } from "./host-book.ts";
import { isHost } from "./opened-files.ts";
import { PageRun, rowsOf } from "./page-run.ts";
import { picturesOf } from "./pictures.ts";

/** Time between two parts of a run that are drawn, in milliseconds. */
const PARTS_MS = 400;
/** Time between two messages about the progress, in milliseconds. */
const PROGRESS_MS = 100;
/** Runs that are kept: the shown and the pinned one in all worlds, and some before. */
const KEPT_RUNS = 4 * WORLDS;
/** Width of pictures before the page says its own. */
const FIRST_WIDTH = 800;

type Message<K extends ToHostWorker["kind"]> = Extract<ToHostWorker, { readonly kind: K }>;

/** The hosts and the work of one page. */
export class HostSession {
  readonly #slices: Slices;
  readonly #post: (message: FromHostWorker) => void;
  readonly #hosts = new HostBook();
  /** Runs that are over, by request and world, the last used one last. */
  readonly #runs = new Map<string, PageRun>();
  #width = FIRST_WIDTH;
  /** The run that was shown last, for pictures in another width. */
  #shown: { readonly id: number; readonly run: PageRun } | null = null;

  /** @param post sends a message to the page */
  constructor(slices: Slices, post: (message: FromHostWorker) => void) {
    this.#slices = slices;
    this.#post = post;
  }

  /** Answers a message. */
  take(message: ToHostWorker): void {
    switch (message.kind) {
      case "host":
        return this.#keep(message.host.key, () => this.#hosts.add(message.host));
      case "files":
        return this.#open(message);
      case "show":
        return this.#slices.begin(this.#show(message));
      case "width":
        return this.#resize(message.width);
      case "export":
        return this.#slices.add(this.#export(message));
    }
  }

  /** Reads the hosts among files; without one, the message is that about the first file as a host. */
  #open({ files }: Message<"files">): void {
    const hosts = files.filter(({ text }) => isHost(text));
    for (const host of hosts.length > 0 ? hosts : files.slice(0, 1)) {
      // Runs of a file with that name that was opened before.
      for (const key of this.#runs.keys()) if (hostOfRun(key) === host.key) this.#runs.delete(key);
      this.#keep(host.key, () => this.#hosts.open(host, files));
    }
  }

  #keep(key: string, add: () => HostFacts): void {
    try {
      this.#post({ kind: "facts", key, facts: add() });
    } catch (error) {
      this.#post({ kind: "refused", key, message: messageOf(error) });
    }
  }

  #resize(width: number): void {
    if (Math.round(width) === Math.round(this.#width)) return;
    this.#width = width;
    if (this.#shown === null) return;
    const { id, run } = this.#shown;
    this.#post({ kind: "pictures", id, pictures: picturesOf(run, width) });
  }

  /** Runs what is shown, then what it is compared with, then both in more worlds. */
  *#show({ id, shown, pinned }: Message<"show">): Work {
    let stage: Stage = "shown";
    try {
      const { ran } = yield* this.#run({ id, stage, request: shown, world: 1 });
      stage = "pinned";
      const other = (yield* this.#run({ id, stage, request: pinned, world: 1 })).ran;
      if (ran === null || other === null) return;
      this.#post({ kind: "pinned", id, run: other });
      stage = "worlds";
      const isShort = Math.max(ran.ms, other.ms) <= MOST_WORLDS_MS;
      this.#post({ kind: "worlds", id, worlds: isShort ? yield* this.#inWorlds(id, shown, pinned) : null });
    } catch (error) {
      this.#post({ kind: "failed", id, stage, message: messageOf(error) });
    }
  }

  *#inWorlds(id: number, shown: HostRequest, pinned: HostRequest): Generator<void, HostWorlds, void> {
    const results: { shown: HostWorlds["shown"][number][]; pinned: HostWorlds["shown"][number][] } = {
      shown: [],
      pinned: [],
    };
    for (let world = 1; world <= WORLDS; world++) {
      for (const [name, request] of [["shown", shown] as const, ["pinned", pinned] as const]) {
        const { ran } = yield* this.#run({ id, stage: "worlds", request, world });
        if (ran !== null) results[name].push(ran.result);
      }
    }
    return results;
  }

  /** A run to its end, or one that was made before; tells the page of the shown one. */
  *#run({ id, stage, request, world }: Wanted): Generator<void, PageRun, void> {
    const key = JSON.stringify([request, world]);
    const known = this.#runs.get(key);
    const run = known ?? new PageRun(scenarioOf(this.#hosts.documentOf(request), world));
    const isShown = stage === "shown";
    if (isShown) this.#shown = { id, run };
    if (known === undefined) yield* this.#advance(run, { id, stage, world });
    this.#keepRun(key, run);
    if (isShown && run.ran !== null) {
      this.#post({ kind: "shown", id, run: run.ran, pictures: picturesOf(run, this.#width) });
    }
    return run;
  }

  *#advance(run: PageRun, { id, stage, world }: Omit<Wanted, "request">): Work {
    const beganMs = this.#slices.spentMs;
    let [drawnMs, toldMs] = [beganMs, beganMs];
    for (const progress of run.slices()) {
      yield;
      const { spentMs } = this.#slices;
      if (spentMs - toldMs >= PROGRESS_MS) {
        toldMs = spentMs;
        const of = stage === "worlds" ? WORLDS : 1;
        this.#post({ kind: "progress", id, stage, progress: (world - 1 + progress) / of });
      }
      if (stage !== "shown" || spentMs - drawnMs < PARTS_MS) continue;
      drawnMs = spentMs;
      this.#post({ kind: "pictures", id, pictures: picturesOf(run, this.#width) });
    }
    run.end(this.#slices.spentMs - beganMs);
  }

  #keepRun(key: string, run: PageRun): void {
    this.#runs.delete(key);
    this.#runs.set(key, run);
    for (const [first] of this.#runs) if (this.#runs.size > KEPT_RUNS) this.#runs.delete(first);
  }

  *#export({ id, request, what }: Message<"export">): Work {
    try {
      this.#post({ kind: "exported", id, what, text: yield* this.#textOf(request, what) });
    } catch (error) {
      this.#post({ kind: "failed", id, stage: "export", message: messageOf(error) });
    }
  }

  *#textOf(request: HostRequest, what: HostExport): Generator<void, string, void> {
    const document = this.#hosts.documentOf(request);
    if (what === "file") return `${JSON.stringify(changedValue(document), null, 2)}\n`;
    return yield* rowsOf(scenarioOf(document));
  }
}

/** The host of a run that is kept. */
const hostOfRun = (key: string): string => (JSON.parse(key) as [HostRequest, number])[0].host;

/** A run that is wanted. */
interface Wanted {
  readonly id: number;
  readonly stage: Stage;
  readonly request: HostRequest;
  readonly world: number;
}
