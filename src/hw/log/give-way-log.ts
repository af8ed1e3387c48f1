import { GiveWayPhase, type GiveWayState, type GuestReadings } from "../../common/give-way.ts";
import { formatSize, formatTime } from "../../common/units.ts";
import type { Log } from "./log.ts";

/** Logs when the balloon begins to give way, when the pressure is over, and when it follows the host again. */
export class GiveWayLog {
  readonly #log: Log;
  #phase: number = GiveWayPhase.Following;
  /** Pages that it had been asked for before this episode. */
  #givenBefore = 0;
  #givenLast = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Notes the rule's state after a step with these readings. */
  note(state: Readonly<GiveWayState>, { psiFull, available, floor }: GuestReadings): void {
    const givenLast = this.#givenLast;
    this.#givenLast = state.given;
    if (state.phase === this.#phase) return;
    const before = this.#phase;
    this.#phase = state.phase;
    const fields = {
      event: "give_way",
      episodes: state.episodes,
      psi_full: known(psiFull),
      available_pages: known(available),
    };
    if (state.phase === GiveWayPhase.Giving) {
      if (before === GiveWayPhase.Following) this.#givenBefore = givenLast;
      const psi = Number.isNaN(psiFull) ? "" : `, PSI full is ${psiFull} %`;
      const short = Number.isNaN(available) ? "" : `${formatSize(available)} of ${formatSize(floor)} are available`;
      this.#log.warn(`memory is short (${short}${psi}): the balloon gives way`, { ...fields, phase: "begins" });
    } else if (state.phase === GiveWayPhase.Holding) {
      const given = formatSize(state.given - this.#givenBefore);
      const holdOff = formatTime(state.holdOffUs);
      this.#log.info(
        `memory is no longer short: the balloon was asked for ${given}, and does not grow for ${holdOff} without pressure`,
        { ...fields, phase: "holds" },
      );
    } else {
      this.#log.info("the balloon follows the host again", { ...fields, phase: "ends" });
    }
  }
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
