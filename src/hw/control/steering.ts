import { GiveWay, type GiveWaySettings, type GiveWayState, type GuestReadings } from "../../common/give-way.ts";
import type { Pages, Us } from "../../common/units.ts";
import { ceilingOf, type Held, NO_ORDERS, type Orders, orderedTarget } from "./orders.ts";

/** What the balloon's target depends on, beside the host. */
export interface SteeringParts {
  /** The balloon's present surroundings. */
  readonly held: () => Held;
  /** The figures by which it gives way. */
  readonly readings: () => GuestReadings;
  /** The rule by which it gives way; null: it does not. */
  readonly giveWay: GiveWaySettings | null;
  readonly nowUs: () => Us;
  /** Receives the rule's state after each step, with what it has read. */
  readonly stepped: (state: Readonly<GiveWayState>, readings: GuestReadings) => void;
}

/**
 * The seam between host and policy: of each target that the host names, it makes the target that the policy gets. While nothing
 * holds the balloon back, that is the host's, and the policy does what it would do without this.
 */
export class Steering {
  readonly #parts: SteeringParts;
  #giveWay: GiveWay | null;
  #orders: Orders = NO_ORDERS;
  #hostTarget: Pages = 0;
  #target: Pages = 0;
  #isCut = false;

  constructor(parts: SteeringParts) {
    this.#parts = parts;
    this.#giveWay = parts.giveWay && new GiveWay(parts.giveWay);
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

  /** The target that the orders make of the host's, whether or not the policy has got it yet. */
  get orderedTarget(): Pages {
    return orderedTarget(this.#orders, this.#hostTarget, this.#parts.held());
  }

  /** State of the rule by which the balloon gives way; null: it does not. */
  get giveWay(): Readonly<GiveWayState> | null {
    return this.#giveWay?.state ?? null;
  }

  /** Changes the numbers of the rule by which the balloon gives way, from the next GET_TARGET on; null: there is none. */
  setGiveWay(settings: GiveWaySettings | null): void {
    if (settings === null) this.#giveWay = null;
    else if (this.#giveWay === null) this.#giveWay = new GiveWay(settings);
    else this.#giveWay.settings = settings;
  }

  /** Gives orders. They hold from the next GET_TARGET on; a cycle in progress allocates no more if the balloon must not grow. */
  order(orders: Orders): void {
    this.#orders = orders;
    this.#isCut = this.orderedTarget <= this.#parts.held().size;
  }

  /** The policy's target in place of the host's. Called once for each answer to GET_TARGET. */
  steer(hostTarget: Pages): Pages {
    this.#hostTarget = hostTarget;
    this.#isCut = false;
    const held = this.#parts.held();
    this.#target = orderedTarget(this.#orders, this.#given(hostTarget, held), held);
    return this.#target;
  }

  /** Whether the cycle in progress may allocate further pages. */
  mayGrow(): boolean {
    return !this.#isCut;
  }

  /** The host's target, or less while the balloon gives way. An operator's freeze and drain are stronger than the rule. */
  #given(hostTarget: Pages, held: Held): Pages {
    const rule = this.#giveWay;
    if (rule === null) return hostTarget;
    const wanted = Math.min(hostTarget, ceilingOf(this.#orders, held));
    if (this.#orders.mode !== "follow" || Math.max(held.size, wanted) === 0) {
      rule.rest();
      return hostTarget;
    }
    const readings = this.#parts.readings();
    const given = rule.step(this.#parts.nowUs(), wanted, held.size, readings);
    this.#parts.stepped(rule.state, readings);
    return given;
  }
}
