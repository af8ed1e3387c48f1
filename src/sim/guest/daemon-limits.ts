import { DEFAULT_PSI_LIMIT, defaultFloor } from "../../common/balloon-limits.ts";
import type { GuestReadings } from "../../common/give-way.ts";
import type { Pages, Percent } from "../../common/units.ts";
import type { Timeline } from "../time/timeline.ts";
import type { GuestSpec } from "../trace/types.ts";
import type { GuestMemory } from "./memory.ts";
import type { Pressure } from "./pressure.ts";

/**
 * A no-sleep allocation leaves MARGIN free pages above the low watermark, and one more per PAGES_PER_MARGIN allocated
 * pages.
 */
const MARGIN = 64;
const PAGES_PER_MARGIN = 128;
/** Pages after which a sleeping allocation checks its limits again. */
const SLEEPING_STEP = 512;

/**
 * Limits on the allocations of a balloon in user space: the rules of the daemon `balloon-hw` (docs/balloon-hw.md). The
 * policy sees pages that the limits forbid as a failed allocation.
 */
export class DaemonLimits {
  readonly #memory: GuestMemory;
  readonly #pressure: Pressure;
  readonly #timeline: Timeline;
  readonly #floor: Pages;
  readonly #psiLimit: Percent;

  /** @param spec the trace's limits; null means the daemon's default */
  constructor(
    memory: GuestMemory,
    pressure: Pressure,
    timeline: Timeline,
    spec: Pick<GuestSpec, "floor" | "psiLimit">,
  ) {
    this.#memory = memory;
    this.#pressure = pressure;
    this.#timeline = timeline;
    this.#floor = spec.floor ?? defaultFloor(memory.total);
    this.#psiLimit = spec.psiLimit ?? DEFAULT_PSI_LIMIT;
  }

  /** The figures by which the balloon gives way. */
  get readings(): GuestReadings {
    return {
      psiFull: this.#pressure.fullPercent(this.#timeline.nowUs),
      available: this.#available,
      floor: this.#floor,
      total: this.#memory.total,
    };
  }

  /** How many of `wanted` pages the daemon may allocate now. A sleeping allocation calls again when it has them. */
  permitted(wanted: Pages, canSleep: boolean): Pages {
    const { free, watermarks } = this.#memory;
    const aboveFloor = Math.max(0, this.#available - this.#floor);
    if (canSleep) {
      return this.#pressure.fullPercent(this.#timeline.nowUs) > this.#psiLimit
        ? 0
        : Math.min(wanted, aboveFloor, SLEEPING_STEP);
    }
    const aboveLow = Math.max(0, free - watermarks.low);
    const kept = MARGIN + Math.floor(Math.min(wanted, aboveLow) / PAGES_PER_MARGIN);
    return Math.min(wanted, aboveFloor, Math.max(0, aboveLow - kept));
  }

  /** MemAvailable (`si_mem_available`): free pages above the high watermark, and the easily reclaimed page cache. */
  get #available(): Pages {
    const { free, file, watermarks } = this.#memory;
    return Math.max(0, free - watermarks.high + file - Math.floor(Math.min(file / 2, watermarks.low)));
  }
}
