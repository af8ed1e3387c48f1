import type { Pages, Us } from "../../common/units.ts";
import type { PolicyColumn } from "../../engine/index.ts";
import { ACTOR_NAMES, Slot, workloadOf } from "../time/slots.ts";
import { type CauseSink, Incident, type TargetLine } from "../view/causes.ts";
import type { RunView } from "../view/types.ts";
import { chainsOf } from "./chain.ts";
import { Coalesced, type Entry, join } from "./coalesced.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type CauseKind, KIND_OF_INCIDENT, KIND_OF_WAIT } from "./kinds.ts";
import { Past } from "./past.ts";
import type { CauseRecord, CauseRecording, CauseRole } from "./record.ts";

/** Most records of a run, unless it has more combinations of a kind and a workload. */
export const MAX_RECORDS = 4096;
/** Swap is full when it has no room for a batch of reclaim of the multi-generational LRU; until a hundredth of it is free. */
const FULL_PAGES = 64;
const ROOM_PART = 0.01;

/** An actor of a record. */
type Name = Pick<CauseRecord, "role" | "who">;
const HOST: Name = { role: "host", who: "host" };
/** Actors that wait or fail themselves; all others are the host's. */
const ROLES: Readonly<Record<number, CauseRole>> = {
  [Slot.Balloon]: "driver",
  [Slot.Kswapd]: "kswapd",
  [Slot.Kernel]: "kernel",
};

/** A wait that has begun: when, and the state then. */
interface Open {
  readonly kind: CauseKind;
  /** Its number: the two threads of a workload have one name. */
  readonly actor: number;
  readonly sinceUs: Us;
  readonly first: Figures;
  readonly before: Figures;
}

/**
 * Records why a run stalls, in bounded memory (`Coalesced`). Give it to a run as `SimulationOptions.causes`; after the run,
 * `recording` has the result. It changes nothing of the run.
 */
export class CauseRecorder implements CauseSink {
  readonly #list: Coalesced;
  readonly #past = new Past();
  readonly #open = new Map<string, Open>();
  #view: RunView | null = null;
  #slow: PolicyColumn | null = null;
  #guest: CauseRecording["guest"] = { memory: 0, swap: 0, min: 0, low: 0, high: 0 };
  /** Who called the OOM killer last, and the state then. */
  #caller = "";
  #atKill: Figures | null = null;
  /** Resets that the driver has carried out. */
  #resets = 0;
  /** The initial target, what it is more than the initial balloon, and its line; null: nothing of that is left to record. */
  #initial: { readonly target: Pages; readonly pages: Pages; readonly line: TargetLine | null } | null = null;
  /** What the trace changes the target from, and its new line; null: the host changes it by itself. */
  #change: { readonly before: Pages; readonly line: TargetLine | null } | null = null;
  #recording: CauseRecording | null = null;

  /** @param most records of the run, at least 16 */
  constructor(most = MAX_RECORDS) {
    this.#list = new Coalesced(most);
  }

  /** What was recorded. @throws {RangeError} before the run is over */
  get recording(): CauseRecording {
    if (this.#recording === null) throw new RangeError("the run is not over");
    return this.#recording;
  }

  /** What has been recorded until now, of a run that is not over. Waits in progress are in it, up to now. */
  soFar(): CauseRecording {
    return this.#recording ?? this.#made(this.#view?.timeUs ?? 0);
  }

  attach(view: RunView): void {
    this.#view = view;
    const { guest, policy } = view;
    this.#slow = policy.columns.find(({ unit, kind }) => unit === "cycles" && kind === "level") ?? null;
    this.#guest = {
      memory: guest.total,
      swap: guest.swapTotal,
      min: guest.watermarkMin,
      low: guest.watermarkLow,
      high: guest.watermarkHigh,
    };
  }

  begins(actor: number, wait: number): void {
    this.#begin(KIND_OF_WAIT[wait] as CauseKind, actor);
  }

  ends(actor: number, wait: number): void {
    this.#end(KIND_OF_WAIT[wait] as CauseKind, actor);
  }

  waits(actor: number, wait: number, fromUs: Us, us: Us, pages: Pages): void {
    this.#add(KIND_OF_WAIT[wait] as CauseKind, this.#nameOf(actor), { fromUs, us, pages });
  }

  happened(actor: number, incident: number, pages: Pages): void {
    const name = this.#nameOf(actor);
    if (incident === Incident.OutOfMemory) {
      this.#caller = name.who;
      this.#atKill = figuresOf(this.#viewed);
      return;
    }
    const isDriver = actor === Slot.Balloon && incident === Incident.AllocationFailed;
    const kind = isDriver ? "sleep-failed" : (KIND_OF_INCIDENT[incident] as CauseKind);
    this.#add(kind, name, { fromUs: this.#viewed.timeUs, us: 0, pages });
  }

  retargets(before: Pages, line: TargetLine | null): void {
    this.#change = { before, line };
  }

  target(view: RunView): void {
    const { before, line = null } = this.#change ?? {};
    this.#change = null;
    if (view.timeUs === 0) {
      const { target } = view.host;
      // The state of time 0 is not set up yet.
      this.#past.beginTarget(target);
      this.#initial = { target, pages: target - view.trace.guest.balloon, line };
      return;
    }
    this.#addInitialTarget();
    const pages = this.#past.retarget(view, before);
    this.#add("target", HOST, { fromUs: view.timeUs, us: 0, pages, line });
  }

  kill(view: RunView, workload: number): void {
    const now = figuresOf(view);
    const then = this.#atKill ?? now;
    const pages = then.anon + then.swap - now.anon - now.swap;
    this.#add("oom-kill", this.#workload(workload), {
      fromUs: view.timeUs,
      us: 0,
      pages,
      first: then,
      by: this.#caller,
    });
    this.#past.restart(view);
  }

  cycle(view: RunView): void {
    this.#addInitialTarget();
    if (view.balloon.resets > this.#resets) this.#past.restart(view);
    else this.#past.note(view);
    this.#resets = view.balloon.resets;
    const isSlow = this.#slow !== null && this.#slow.read(view.balloon.state) > 0;
    if (isSlow) this.#begin("slow-cycles", Slot.Balloon);
    else this.#end("slow-cycles", Slot.Balloon);
  }

  end(view: RunView): void {
    this.#addInitialTarget();
    for (const { kind, actor } of [...this.#open.values()]) this.#end(kind, actor);
    this.#recording = this.#made(view.timeUs);
  }

  get #viewed(): RunView {
    if (this.#view === null) throw new RangeError("the recorder is not attached to a run");
    return this.#view;
  }

  #nameOf(actor: number): Name {
    const workload = workloadOf(actor);
    if (workload !== null) return this.#workload(workload);
    const role = ROLES[actor];
    return role === undefined ? HOST : { role, who: ACTOR_NAMES[actor] as string };
  }

  #workload(index: number): Name {
    return { role: "workload", who: this.#viewed.trace.workloads[index]?.name ?? "" };
  }

  #begin(kind: CauseKind, actor: number): void {
    const key = keyOf(kind, actor);
    if (this.#open.has(key)) return;
    this.#addInitialTarget();
    const view = this.#viewed;
    this.#open.set(key, { kind, actor, sinceUs: view.timeUs, first: figuresOf(view), before: this.#past.before(view) });
    this.#noteSwap(view);
  }

  #end(kind: CauseKind, actor: number): void {
    const key = keyOf(kind, actor);
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const { sinceUs, first, before } = open;
    this.#add(kind, this.#nameOf(actor), {
      fromUs: sinceUs,
      us: this.#viewed.timeUs - sinceUs,
      pages: 0,
      first,
      before,
    });
  }

  #addInitialTarget(): void {
    const initial = this.#initial;
    this.#initial = null;
    if (initial === null || (initial.pages === 0 && initial.line === null)) return;
    const { target, pages, line } = initial;
    this.#add("target", HOST, { fromUs: 0, us: 0, pages, line, first: figuresOf(this.#viewed, target) });
  }

  #noteSwap({ guest: { swap, swapTotal } }: RunView): void {
    if (swapTotal === 0) return;
    const room = swapTotal - swap;
    const isFull = this.#open.has(FULL_KEY);
    if (!isFull && room < FULL_PAGES) this.#begin("swap-full", Slot.Kernel);
    else if (isFull && room > Math.max(FULL_PAGES, swapTotal * ROOM_PART)) this.#end("swap-full", Slot.Kernel);
  }

  #add(
    kind: CauseKind,
    { role, who }: Name,
    cause: {
      fromUs: Us;
      us: Us;
      pages: Pages;
      first?: Figures;
      before?: Figures;
      by?: string;
      line?: TargetLine | null;
    },
  ): void {
    const view = this.#viewed;
    const { fromUs, us, pages, by = null, line = null } = cause;
    if (kind !== "swap-full") this.#noteSwap(view);
    const last = this.#list.find(kind, role, who, by, fromUs);
    const times = { untilUs: fromUs + us, count: 1, totalUs: us, longestUs: us, longestAtUs: fromUs, line };
    if (last !== null && us <= last.longestUs && kind !== "target")
      return join(last, { ...times, pages, worst: last.worst });
    const first = cause.first ?? figuresOf(view);
    const one = { ...times, pages, worst: first };
    if (last !== null) return join(last, one);
    const before = cause.before ?? this.#past.before(view);
    this.#list.add({ kind, role, who, by, sinceUs: fromUs, ...one, before, first });
  }

  /** The recording up to a time; waits that are not over end then. */
  #made(endUs: Us): CauseRecording {
    const open = [...this.#open.values()].map(({ kind, actor, sinceUs, first, before }): Entry => {
      const name = this.#nameOf(actor);
      const us = endUs - sinceUs;
      const times = { sinceUs, untilUs: endUs, totalUs: us, longestUs: us, longestAtUs: sinceUs };
      return { kind, ...name, by: null, ...times, count: 1, pages: 0, line: null, before, first, worst: first };
    });
    const entries = [...this.#list.entries, ...open].sort((a, b) => a.sinceUs - b.sinceUs);
    const chains = chainsOf(entries);
    const records = entries.map((entry, i): CauseRecord => {
      return { id: i + 1, ...entry, untilUs: Math.min(entry.untilUs, endUs), chain: chains[i] as number[] };
    });
    return { records, gapUs: this.#list.gapUs, endUs, guest: this.#guest };
  }
}

const keyOf = (kind: CauseKind, actor: number): string => `${kind} ${actor}`;
const FULL_KEY = keyOf("swap-full", Slot.Kernel);
