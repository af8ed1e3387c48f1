import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Value } from "../trace/value.ts";
import type { GuestContext } from "./context.ts";
import { Activity } from "./pressure.ts";
import { Progress, SlowPathAllocator } from "./slow-path-allocator.ts";

const RETRY_US = 1_000_000;
const CHUNKS_PER_GUEST = 1024;
const CHUNK_MIN = 64;

/**
 * Allocates and frees the kernel's own memory as the trace says: page tables, slabs, drivers. These pages are
 * unmovable, and reclaim never takes them.
 */
export class KernelThread implements Archived {
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #allocator: SlowPathAllocator;
  readonly #memory: Value;
  readonly #chunk: Pages;

  constructor(context: GuestContext, slot: number, memory: Value) {
    this.#context = context;
    this.#slot = slot;
    this.#allocator = new SlowPathAllocator(context, slot, { unmovable: true });
    this.#memory = memory;
    this.#chunk = Math.max(CHUNK_MIN, Math.floor(context.memory.total / CHUNKS_PER_GUEST));
  }

  /** Microseconds that the kernel has stalled in direct reclaim. */
  get reclaimStallUs(): number {
    return this.#allocator.stalledUs;
  }

  /** Whether the kernel's allocation is in direct reclaim. */
  get isReclaiming(): boolean {
    return this.#allocator.reclaiming;
  }

  /** Pages of the allocation in progress: they are not free any more, and not in `GuestMemory.kernel` yet. */
  get held(): Pages {
    return this.#allocator.held;
  }

  /** Allocates the kernel's memory of time 0, down to the high watermark; takes no virtual time. */
  warmUp(): void {
    const { memory } = this.#context;
    memory.kernel = memory.takeFree(Math.floor(this.#memory.at(0)), memory.watermarks.high);
    this.look();
  }

  /** The series of the kernel's memory has changed. */
  look(): void {
    if (!this.#allocator.reclaiming) this.#decide();
  }

  /** Handles the kernel's event. */
  resume(): void {
    if (this.#allocator.reclaiming) this.#continue(this.#allocator.resume());
    else this.#decide();
  }

  archive(a: Archive): void {
    this.#allocator.archive(a);
  }

  #decide(): void {
    const { memory, timeline } = this.#context;
    const want = Math.floor(this.#memory.at(timeline.nowUs));
    if (want < memory.kernel) {
      memory.giveUnmovable(memory.kernel - want);
      memory.kernel = want;
    }
    if (want > memory.kernel) this.#continue(this.#allocator.ask(Math.min(want - memory.kernel, this.#chunk)));
    else timeline.at(this.#slot, this.#memory.nextStepUs(timeline.nowUs, this.#chunk));
  }

  #continue(progress: number): void {
    if (progress === Progress.Waiting) return;
    const { memory, timeline, pressure } = this.#context;
    memory.kernel += this.#allocator.got;
    const waitNs = this.#context.backing?.touchFree(this.#allocator.got) ?? 0;
    pressure.set(this.#slot, Activity.Idle, timeline.nowUs);
    if (progress === Progress.Failed) {
      memory.allocFails++;
      timeline.at(this.#slot, timeline.nowUs + RETRY_US);
    } else timeline.at(this.#slot, timeline.nowUs + Math.ceil(waitNs / 1000));
  }
}
