import { GiveWay, type GiveWaySettings, type GiveWayState, type GuestReadings } from "../../common/give-way.ts";
import type { Pages, Us } from "../../common/units.ts";
import type { Archive } from "../state/archive.ts";

/** The rule by which a simulated daemon's balloon gives way (docs/give-way.md), on the guest's figures. */
export class GivingWay {
  readonly #rule: GiveWay;
  readonly #readings: () => GuestReadings;

  /** @param readings the guest's present figures */
  constructor(settings: GiveWaySettings, readings: () => GuestReadings) {
    this.#rule = new GiveWay(settings);
    this.#readings = readings;
  }

  get state(): Readonly<GiveWayState> {
    return this.#rule.state;
  }

  /** The driver's target, by that of the host; called for each GET_TARGET. */
  steer(nowUs: Us, hostTarget: Pages, size: Pages): Pages {
    return this.#rule.step(nowUs, hostTarget, size, this.#readings());
  }

  /** Whether further cycles do not change it while the guest's figures get no worse. */
  get isAtRest(): boolean {
    return this.#rule.isAtRest(this.#readings());
  }

  archive(a: Archive): void {
    const { state } = this.#rule;
    for (const key of Object.keys(state) as (keyof GiveWayState)[]) state[key] = a.number(state[key]);
  }
}
