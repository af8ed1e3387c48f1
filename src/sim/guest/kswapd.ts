import type { Archive, Archived } from "../state/archive.ts";
import { type GuestContext, slowdown } from "./context.ts";
import { Activity } from "./pressure.ts";
import { SWAP_CLUSTER_MAX } from "./reclaim.ts";
import { DEF_PRIORITY, Reclaimer } from "./reclaimer.ts";

const State = { Asleep: 0, Running: 1, Napping: 2 } as const;

/** Rounds in a row without a reclaimed page after which kswapd gives up (`MAX_RECLAIM_RETRIES`, mm/vmscan.c). */
const MAX_FAILURES = 16;
/** Work that kswapd does in one event, in nanoseconds: a scheduler's slice. */
const SLICE_NS = 4_000_000;
/** kswapd naps this long and checks the zone once more before it sleeps (HZ/10 in `kswapd_try_to_sleep`). */
const NAP_US = 100_000;

/**
 * The kernel's reclaim thread. Allocations wake it at the low watermark. It makes passes at falling priorities until the
 * zone has reached the high watermark (`balance_pgdat`).
 */
export class Kswapd implements Archived {
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #reclaimer = new Reclaimer(true);
  #state: number = State.Asleep;
  #inPass = false;
  #failures = 0;
  /** The boost at the beginning of this round, in pages. */
  #boost = 0;

  constructor(context: GuestContext, slot: number) {
    this.#context = context;
    this.#slot = slot;
  }

  /** Starts kswapd unless it runs, has given up, or the zone is balanced; returns whether it started. */
  wake(): boolean {
    if (this.#state === State.Running || this.#balanced() || this.#failures >= MAX_FAILURES) return false;
    this.#run();
    return true;
  }

  /** Whether kswapd is running. */
  get runs(): boolean {
    return this.#state === State.Running;
  }

  /** Direct reclaim has reclaimed pages: resets the count of failures, so that kswapd may be woken again. */
  encourage(): void {
    this.#failures = 0;
  }

  /** Handles kswapd's event: a slice of reclaim has ended, or a nap. */
  resume(): void {
    const { reclaim, timeline } = this.#context;
    const r = this.#reclaimer;
    if (this.#state === State.Napping) {
      this.#state = State.Asleep;
      this.wake();
      return;
    }
    let workNs = 0;
    this.#context.settle();
    while (workNs < SLICE_NS) {
      if (!this.#inPass) {
        if (this.#balanced()) break;
        reclaim.beginPass(r);
        this.#inPass = true;
      }
      if (!reclaim.passDone(r)) {
        workNs += reclaim.step(r, slowdown(this.#context));
        continue;
      }
      this.#inPass = false;
      // The priority falls unless the pass scanned as many pages as are wanted and reclaimed at least one.
      if (r.scannedInPass < r.wanted || r.reclaimedInPass === 0) r.priority--;
      if (r.priority < 1 && !this.#again()) return this.#context.noticeLosses();
    }
    this.#context.noticeLosses();
    if (workNs > 0) timeline.after(this.#slot, workNs * slowdown(this.#context));
    else this.#nap();
  }

  archive(a: Archive): void {
    this.#reclaimer.archive(a);
    this.#state = a.number(this.#state);
    this.#inPass = a.boolean(this.#inPass);
    this.#failures = a.number(this.#failures);
    this.#boost = a.number(this.#boost);
  }

  #run(): void {
    const { timeline, pressure } = this.#context;
    this.#state = State.Running;
    pressure.set(this.#slot, Activity.Stalled, timeline.nowUs);
    this.#begin();
    timeline.at(this.#slot, timeline.nowUs);
  }

  #begin(): void {
    const r = this.#reclaimer;
    r.priority = DEF_PRIORITY;
    r.wanted = Math.max(this.#context.memory.watermarks.high, SWAP_CLUSTER_MAX);
    r.reclaimed = 0;
    this.#inPass = false;
    this.#boost = this.#context.memory.watermarks.boost;
  }

  /** Ends the round and removes its boost. */
  #end(): void {
    this.#context.reclaim.end(this.#reclaimer);
    this.#context.memory.watermarks.lower(this.#boost);
  }

  /**
   * The round has used all priorities and the zone is not balanced: begins another round, or gives up (returns false).
   */
  #again(): boolean {
    this.#end();
    this.#failures = this.#reclaimer.reclaimed > 0 ? 0 : this.#failures + 1;
    if (this.#failures >= MAX_FAILURES) {
      this.#rest(State.Asleep);
      return false;
    }
    this.#begin();
    return true;
  }

  #nap(): void {
    const { timeline } = this.#context;
    this.#end();
    this.#rest(State.Napping);
    timeline.at(this.#slot, timeline.nowUs + NAP_US);
  }

  #rest(state: number): void {
    const { timeline, pressure } = this.#context;
    this.#state = state;
    pressure.set(this.#slot, Activity.Idle, timeline.nowUs);
  }

  #balanced(): boolean {
    const { free, watermarks } = this.#context.memory;
    return free >= watermarks.high;
  }
}
