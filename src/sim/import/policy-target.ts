import type { Pages } from "../../common/units.ts";
import type { HostPolicy, PolicyGuest } from "../host/policies/host-policy.ts";

/** The target that a host policy sets over time, from the observed figures of the guest. */
export class PolicyTarget {
  target: Pages = 0;
  readonly #policy: HostPolicy;
  readonly #guest: PolicyGuest;
  #committed = Number.NaN;
  #nextUs = 0;

  constructor(policy: HostPolicy, guest: PolicyGuest) {
    this.#policy = policy;
    this.#guest = guest;
  }

  /** Takes the decisions that are due before `us`; calls `changed` for each new target. */
  decideBefore(us: number, changed: (atUs: number, target: Pages) => void): void {
    while (this.#nextUs < us) {
      const atUs = this.#nextUs;
      if (this.#decide()) changed(atUs, this.target);
    }
  }

  /**
   * Sets the committed memory from `atUs` on, in pages, NaN for unknown, and takes the decision that is due at the same
   * time, if there is one.
   */
  see(atUs: number, committed: Pages): void {
    this.#committed = committed;
    if (this.#nextUs === atUs) this.#decide();
  }

  /** Decides; returns whether the target has changed. It does not change while the committed memory is unknown. */
  #decide(): boolean {
    this.#nextUs += this.#policy.intervalUs;
    if (Number.isNaN(this.#committed)) return false;
    const before = this.target;
    this.target = this.#policy.decide(before, this.#committed, this.#guest);
    return this.target !== before;
  }
}
