/**
 * The rule by which a balloon in user space gives way under pressure: one implementation for the daemon and for the simulated
 * daemon. It is pure: readings and the host's target come in, the policy's target comes out (docs/give-way.md).
 */
import type { Pages, Percent, Us } from "./units.ts";

/** Numbers of the rule. */
export interface GiveWaySettings {
  /** PSI full (avg10) above which the balloon gives way while memory is scarce (`plentyPages`), in per cent, above 0. */
  readonly psi: Percent;
  /** Time for which PSI is above that before the balloon gives way. */
  readonly afterUs: Us;
  /** Pages a second that it gives, at least 1; null: `defaultPace`. */
  readonly pace: Pages | null;
  /** Time without pressure after which it follows the host again. */
  readonly holdOffUs: Us;
  /** Longest such time: it doubles with each repetition. Also the time after which a repetition counts as none. */
  readonly holdOffMaxUs: Us;
}

/** The reasons for these numbers are in docs/give-way.md. */
export const DEFAULT_GIVE_WAY: GiveWaySettings = {
  psi: 20,
  afterUs: 5_000_000,
  pace: null,
  holdOffUs: 300_000_000,
  holdOffMaxUs: 3_600_000_000,
};

/** The default pace is this part of memory a second. */
const PACE_DIVISOR = 64;

/** Pages that a balloon gives a second unless its settings say otherwise: 256 MiB of 16 GiB, of which the driver releases 64 MiB with its own rates. */
export const defaultPace = (totalPages: Pages): Pages => Math.max(1, Math.floor(totalPages / PACE_DIVISOR));

/** What the rule reads of the guest. NaN: unknown, which is no pressure. */
export interface GuestReadings {
  /** PSI full (avg10), in per cent. */
  readonly psiFull: Percent;
  /** MemAvailable. */
  readonly available: Pages;
  /** Pages that the balloon leaves available (`--floor`). */
  readonly floor: Pages;
  /** RAM of the guest. */
  readonly total: Pages;
}

/** What the rule does. `Holding`: the pressure is over, and the balloon does not grow yet. */
export const GiveWayPhase = { Following: 0, Giving: 1, Holding: 2 } as const;

/** The rule's state, numbers only: a copy of it is a checkpoint. Times are on the caller's clock; -1: never. */
export interface GiveWayState {
  phase: number;
  /** Time since which PSI has been above its limit while memory is scarce. */
  heavySinceUs: Us;
  /** Time of the last step; has no meaning while it follows. */
  steppedUs: Us;
  /** End of the hold-off, and its present length. */
  holdUntilUs: Us;
  holdOffUs: Us;
  /** Time at which the last hold-off ended. */
  endedUs: Us;
  /** Times that it gave way, and pages that it has asked back for that. */
  episodes: number;
  given: Pages;
}

/** A balloon whose pressure has never been looked at. */
export const newGiveWayState = (): GiveWayState => ({
  phase: GiveWayPhase.Following,
  heavySinceUs: -1,
  steppedUs: -1,
  holdUntilUs: -1,
  holdOffUs: 0,
  endedUs: -1,
  episodes: 0,
  given: 0,
});

/** PSI counts while less is available than the floor and this part of memory: with more, the pressure is not for want of memory. */
const PLENTY_DIVISOR = 16;

/**
 * Available pages from which on PSI does not count. A task that reclaims below its own cgroup's limit, or waits for a slow disk of swap,
 * raises PSI as well, and has nothing from a smaller balloon. A multiple of the floor would be almost nothing for a small floor, and
 * all of memory for a large one.
 */
export const plentyPages = ({ floor, total }: Pick<GuestReadings, "floor" | "total">): Pages =>
  floor + Math.floor(total / PLENTY_DIVISOR);

/** Parts of the floor below which memory is short, and from which on it is no longer. */
const SHORT = 1 / 2;
const NO_LONGER_SHORT = 3 / 4;
/** Part of the limit of PSI at which pressure is over. */
const CALM = 1 / 2;

/** The rule at work. */
export class GiveWay {
  readonly state: GiveWayState;
  settings: GiveWaySettings;

  constructor(settings: GiveWaySettings, state = newGiveWayState()) {
    this.settings = settings;
    this.state = state;
  }

  /** Lets it follow the host from now on: something else holds the balloon. */
  rest(): void {
    this.state.phase = GiveWayPhase.Following;
    this.state.heavySinceUs = -1;
  }

  /** Whether it follows the host, and readings that do not get worse keep it so. */
  isAtRest(readings: GuestReadings): boolean {
    const { phase, heavySinceUs } = this.state;
    const { available, floor } = readings;
    const isShort = available < floor * SHORT || this.#hasPressure(readings, this.settings.psi);
    return phase === GiveWayPhase.Following && heavySinceUs < 0 && !isShort;
  }

  /**
   * The policy's target: that of the host while there is no pressure. Called once for each answer to GET_TARGET.
   *
   * While it gives way the target is below the size by the pace, and after that not above the size until the hold-off is over.
   * Pressure is over at lower figures than those at which it begins, so it does not begin and end all the time.
   *
   * @param size pages in the balloon
   */
  step(nowUs: Us, hostTarget: Pages, size: Pages, readings: GuestReadings): Pages {
    const s = this.state;
    const isPressed = this.#look(nowUs, readings);
    // A first step gives a second's worth, whenever the step before it was.
    const elapsedUs = s.phase === GiveWayPhase.Following ? 1e6 : Math.max(0, nowUs - s.steppedUs);
    s.steppedUs = nowUs;
    if (s.phase === GiveWayPhase.Following) {
      if (!isPressed || Math.max(size, hostTarget) === 0) return hostTarget;
      this.#begin(nowUs);
    } else if (s.phase === GiveWayPhase.Holding) {
      if (isPressed) s.phase = GiveWayPhase.Giving;
      else if (nowUs >= s.holdUntilUs) {
        s.phase = GiveWayPhase.Following;
        s.endedUs = nowUs;
        return hostTarget;
      }
    } else if (this.#isCalm(readings)) {
      s.phase = GiveWayPhase.Holding;
      s.holdUntilUs = nowUs + s.holdOffUs;
    }
    const wanted = Math.min(hostTarget, size);
    if (s.phase === GiveWayPhase.Holding || !this.#isStillPressed(readings)) return wanted;
    return Math.min(wanted, this.#give(elapsedUs, size, readings.total));
  }

  /** Whether PSI is above this limit, and memory is scarce enough for that to count. */
  #hasPressure(readings: GuestReadings, limit: Percent): boolean {
    return readings.psiFull > limit && readings.available < plentyPages(readings);
  }

  /** Notes since when PSI has been high; returns whether the balloon has to give way. */
  #look(nowUs: Us, readings: GuestReadings): boolean {
    const s = this.state;
    const { available, floor } = readings;
    if (!this.#hasPressure(readings, this.settings.psi)) s.heavySinceUs = -1;
    else if (s.heavySinceUs < 0) s.heavySinceUs = nowUs;
    return available < floor * SHORT || (s.heavySinceUs >= 0 && nowUs - s.heavySinceUs >= this.settings.afterUs);
  }

  #begin(nowUs: Us): void {
    const s = this.state;
    const { holdOffUs, holdOffMaxUs } = this.settings;
    const isRepeated = s.endedUs >= 0 && nowUs - s.endedUs < holdOffMaxUs;
    s.holdOffUs = isRepeated ? Math.min(2 * s.holdOffUs, Math.max(holdOffMaxUs, holdOffUs)) : holdOffUs;
    s.phase = GiveWayPhase.Giving;
    s.episodes++;
  }

  /** Whether the balloon goes on to deflate: between this and calm it keeps its size. */
  #isStillPressed(readings: GuestReadings): boolean {
    return this.#hasPressure(readings, this.settings.psi) || readings.available < readings.floor * NO_LONGER_SHORT;
  }

  #isCalm(readings: GuestReadings): boolean {
    const isShort = readings.available < readings.floor * NO_LONGER_SHORT;
    return !isShort && !this.#hasPressure(readings, this.settings.psi * CALM);
  }

  /** The size less what the pace gives in the time since the last step, a second's worth at most. */
  #give(elapsedUs: Us, size: Pages, total: Pages): Pages {
    const pace = this.settings.pace ?? defaultPace(total);
    const pages = Math.min(size, Math.floor((pace * Math.min(elapsedUs, 1e6)) / 1e6));
    this.state.given += pages;
    return size - pages;
  }
}
