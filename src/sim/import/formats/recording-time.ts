import { formatTime, type Seconds } from "../../../common/units.ts";
import type { SourceEvent } from "../reader.ts";

/** Tolerated difference between clocks: they are read one after the other, and the uptime has two decimals. */
const TOLERANCE_US = 250_000;

/** The time of a sample, and changes of the clocks before it. */
export interface RecordedTime {
  readonly atUs: number;
  readonly events: readonly SourceEvent[];
}

/**
 * The time line of a recording, from its three clocks: the wall clock, which may be set; a monotonic clock, which stops
 * while the machine sleeps; and the machine's uptime, which does not stop. It begins at the wall clock's time and
 * advances by the other clocks, so that setting a clock has no effect on it.
 */
export class RecordingTime {
  #wallUs = Number.NaN;
  #monotonicUs = Number.NaN;
  #uptimeUs = Number.NaN;
  #atUs = Number.NaN;
  #isContinued = false;

  /** A new header: the recording was ended, and continued. */
  continue(): void {
    this.#isContinued = !Number.isNaN(this.#atUs);
  }

  /**
   * The time of the next sample.
   * @param wall seconds since 1970
   * @param monotonic seconds since an arbitrary beginning
   * @param uptime seconds since the machine started, sleep included; null: not recorded
   */
  at(wall: Seconds, monotonic: Seconds, uptime: Seconds | null): RecordedTime {
    const wallUs = Math.round(wall * 1e6);
    const monotonicUs = Math.round(monotonic * 1e6);
    const uptimeUs = uptime === null ? Number.NaN : Math.round(uptime * 1e6);
    const notes: Omit<SourceEvent, "atUs">[] = [];
    const say = (type: SourceEvent["type"], text: string): void => void notes.push({ type, text });
    const before = this.#atUs;
    if (Number.isNaN(before)) this.#atUs = wallUs;
    else if (monotonicUs < this.#monotonicUs || uptimeUs < this.#uptimeUs) {
      this.#atUs = wallUs;
      say("restart", "the machine started anew");
    } else {
      const awakeUs = monotonicUs - this.#monotonicUs;
      const elapsedUs = uptimeUs - this.#uptimeUs;
      const wallGainUs = wallUs - this.#wallUs - awakeUs;
      // Without an uptime, a clock that was put forward and a machine that slept look the same.
      const sleptUs = Number.isNaN(elapsedUs) ? wallGainUs : elapsedUs - awakeUs;
      const isAsleep = sleptUs > TOLERANCE_US;
      this.#atUs = before + awakeUs + (isAsleep ? sleptUs : 0);
      if (isAsleep) {
        const doubt = Number.isNaN(elapsedUs) ? ", or its clock was put forward" : "";
        say("comment", `the machine slept for ${spanText(sleptUs)}${doubt}`);
      }
      const setUs = wallGainUs - (isAsleep ? sleptUs : 0);
      if (Math.abs(setUs) > TOLERANCE_US) {
        const way = setUs > 0 ? "forward" : "back";
        say("comment", `the clock was put ${way} by ${spanText(Math.abs(setUs))}: times go on as before`);
      }
      if (this.#isContinued) say("comment", "the recording was ended and continued");
    }
    this.#isContinued = false;
    this.#wallUs = wallUs;
    this.#monotonicUs = monotonicUs;
    this.#uptimeUs = uptimeUs;
    const atUs = this.#atUs;
    return { atUs, events: notes.map((note) => ({ atUs, ...note })) };
  }
}

/** A span of time, in the precision of the uptime. */
const spanText = (us: number): string => formatTime(Math.round(us / 10_000) * 10_000);
