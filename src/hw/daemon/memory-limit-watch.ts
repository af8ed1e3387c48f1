import type { Us } from "../../common/units.ts";
import type { Log } from "../log/log.ts";
import type { MemoryLimit } from "../machine/memory-limit.ts";

/** Interval of the looks, in microseconds. */
const LOOK_US = 60_000_000;

/** Notices a memory limit that is set for a control group of the daemon after its start. */
export class MemoryLimitWatch {
  readonly #look: () => MemoryLimit | null;
  readonly #log: Log;
  #lookedUs: Us;
  #limit: MemoryLimit | null = null;

  /**
   * @param look reads the present limit; null: none
   * @param nowUs microseconds of CLOCK_MONOTONIC; the first look is an interval later, because the start has checked
   */
  constructor(look: () => MemoryLimit | null, log: Log, nowUs: Us) {
    this.#look = look;
    this.#log = log;
    this.#lookedUs = nowUs;
  }

  /** Looks, if the last look was a minute ago or more; returns the limit at the last look, null if there was none. */
  note(nowUs: Us): MemoryLimit | null {
    if (nowUs - this.#lookedUs < LOOK_US) return this.#limit;
    this.#lookedUs = nowUs;
    const before = this.#limit;
    const limit = this.#look();
    this.#limit = limit;
    if (limit !== null && before === null) {
      this.#log.warn(`${limit.path} is ${limit.value}: a memory limit would end the balloon; set it to max`, {
        event: "memory_limit",
      });
    }
    return limit;
  }
}
