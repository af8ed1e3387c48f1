import type { HostPolicy, PolicyGuest } from "../host/policies/host-policy.ts";

/** The target that a policy sets over time, from what it is shown of the guest. */
export class PolicyTarget {
  /** In pages. */
  target = 0;
  readonly #policy: HostPolicy;
  readonly #guest: PolicyGuest;
  #committed = Number.NaN;
  #nextUs = 0;

  constructor(policy: HostPolicy, guest: PolicyGuest) {
    this.#policy = policy;
    this.#guest = guest;
  }

  /** Takes the decisions that are due before `us`; `changed` learns of each new target. */
  decideBefore(us: number, changed: (atUs: number, target: number) => void): void {
    while (this.#nextUs < us) {
      const atUs = this.#nextUs;
      if (this.#decide()) changed(atUs, this.target);
    }
  }

  /**
   * Shows what is committed from `atUs` on, in pages, NaN for unknown, and takes the decision that is due at that very
   * instant, if one is.
   */
  see(atUs: number, committed: number): void {
    this.#committed = committed;
    if (this.#nextUs === atUs) this.#decide();
  }

  /** Whether the target is another one now. Of a guest that nothing is known of nothing new is wanted. */
  #decide(): boolean {
    this.#nextUs += this.#policy.intervalUs;
    if (Number.isNaN(this.#committed)) return false;
    const before = this.target;
    this.target = this.#policy.decide(before, this.#committed, this.#guest);
    return this.target !== before;
  }
}
