import type { Pages } from "../../common/units.ts";
import { type Held, NO_ORDERS, type Orders, orderedTarget } from "./orders.ts";

/**
 * The seam between host and policy: of each target that the host names, it makes the target that the policy gets. While nothing
 * holds the balloon back, that is the host's, and the policy does what it would do without this.
 */
export class Steering {
  readonly #held: () => Held;
  #orders: Orders = NO_ORDERS;
  #hostTarget: Pages = 0;
  #target: Pages = 0;
  #isCut = false;

  /** @param held the balloon's present surroundings */
  constructor(held: () => Held) {
    this.#held = held;
  }

  /** The host's target, from the last GET_TARGET that it has answered. */
  get hostTarget(): Pages {
    return this.#hostTarget;
  }

  /** The target that the policy got last. */
  get target(): Pages {
    return this.#target;
  }

  get orders(): Orders {
    return this.#orders;
  }

  /** Gives orders. They hold from the next GET_TARGET on; a cycle in progress allocates no more if the balloon must not grow. */
  order(orders: Orders): void {
    this.#orders = orders;
    const held = this.#held();
    this.#isCut = orderedTarget(orders, this.#hostTarget, held) <= held.size;
  }

  /** The policy's target in place of the host's. Called once for each answer to GET_TARGET. */
  steer(hostTarget: Pages): Pages {
    this.#hostTarget = hostTarget;
    this.#isCut = false;
    this.#target = orderedTarget(this.#orders, hostTarget, this.#held());
    return this.#target;
  }

  /** Whether the cycle in progress may allocate further pages. */
  mayGrow(): boolean {
    return !this.#isCut;
  }
}
