import { InputError } from "../../common/errors.ts";
import { GiveWayPhase, type GiveWaySettings, type GuestReadings } from "../../common/give-way.ts";
import type { Action, Actions, Page } from "../../common/server/page-server.ts";
import { formatSize, formatTime, type Us } from "../../common/units.ts";
import { parseCeiling } from "../control/ceiling.ts";
import {
  type Control,
  ceilingText,
  controlOf,
  type Held,
  lowestCeiling,
  NO_ORDERS,
  type Orders,
  ordersText,
} from "../control/orders.ts";
import { Steering } from "../control/steering.ts";
import { GiveWayLog } from "../log/give-way-log.ts";
import type { Log } from "../log/log.ts";
import { type ControlStatus, GIVE_WAY_PHASES, type GiveWayStatus } from "../view/types.ts";
import { type KeptFile, KeptOrders } from "./kept-orders.ts";

/** The parts of an `Operator`. */
export interface OperatorParts {
  /** The balloon's present surroundings. */
  readonly held: () => Held;
  /** The figures by which it gives way, and the rule; null: it does not. */
  readonly readings: () => GuestReadings;
  readonly giveWay: GiveWaySettings | null;
  readonly nowUs: () => Us;
  /** Where orders are kept that hold over restarts. */
  readonly file: KeptFile;
  readonly log: Log;
  /** Why the last GET_TARGET has brought no target; null: it has. */
  readonly noTarget: () => string | null;
  /** New orders are there: the daemon begins a cycle. */
  readonly changed: () => void;
}

/** What new orders lead to. */
interface OrderResult {
  readonly isInForce: boolean;
  /** Whether something other than the host's target holds. */
  readonly isToHold: boolean;
  readonly said: string;
}

const TEXT = "text/plain; charset=utf-8";
const KEPT = "; this holds over restarts";

/**
 * Orders of an operator: takes them at the control socket, keeps those that hold over restarts, steers the balloon by them, and
 * says what is in force.
 */
export class Operator {
  readonly steering: Steering;
  readonly #parts: OperatorParts;
  /** What holds after a restart. */
  readonly #kept: KeptOrders;

  /** @throws {InputError} if the kept orders can't be read */
  constructor(parts: OperatorParts) {
    this.#parts = parts;
    const giveWayLog = new GiveWayLog(parts.log);
    this.steering = new Steering({ ...parts, stepped: (state, readings) => giveWayLog.note(state, readings) });
    this.#kept = new KeptOrders(parts.file, parts.log);
    this.steering.order(this.#kept.now);
    const text = ordersText(this.#kept.now, parts.held());
    if (text === null) return;
    parts.log.warn(`by an order that was kept over the restart the balloon is ${text}`, this.#fields);
  }

  /** The actions of the control socket. */
  get actions(): Actions {
    const action =
      (order: (now: Orders, query: URLSearchParams) => Orders): Action =>
      (query) =>
        this.#answer(() => order(this.steering.orders, query), query);
    return new Map([
      ["/freeze", action((now) => ({ ...now, mode: "freeze", frozenPages: this.#parts.held().size }))],
      ["/drain", action((now) => ({ ...now, mode: "drain", frozenPages: 0 }))],
      ["/thaw", action((now) => ({ ...now, mode: "follow", frozenPages: 0 }))],
      ["/limit", action((now, query) => ({ ...now, limit: limitIn(query) }))],
    ]);
  }

  /** What is in force, for status and metrics. */
  get status(): ControlStatus {
    const { orders, hostTarget, target } = this.steering;
    const lowest = lowestCeiling(orders, this.#parts.held());
    return {
      inForce: this.control,
      ...orders,
      kept: this.#kept.now,
      ceilingPages: lowest?.pages ?? null,
      ceilingBy: lowest?.by ?? null,
      hostTargetPages: hostTarget,
      targetPages: target,
    };
  }

  get control(): Control {
    return controlOf(this.steering.orders);
  }

  /** What the rule by which the balloon gives way does now; null: there is none. */
  get giveWay(): GiveWayStatus | null {
    const state = this.steering.giveWay;
    if (state === null) return null;
    const { phase, episodes, given, holdOffUs, holdUntilUs } = state;
    const leftUs = phase === GiveWayPhase.Holding ? Math.max(0, holdUntilUs - this.#parts.nowUs()) : 0;
    return {
      phase: GIVE_WAY_PHASES[phase] ?? "following",
      episodes,
      givenPages: given,
      holdOffSeconds: holdOffUs / 1e6,
      holdLeftSeconds: leftUs / 1e6,
    };
  }

  /** What holds the balloon, as a clause for the service's status; null: it follows the host. */
  get text(): string | null {
    return this.#ordersText ?? this.#giveWayText ?? this.#maxText;
  }

  /** As `text`, as a sentence for the health text. */
  get sentence(): string | null {
    const orders = this.#ordersText;
    if (orders !== null && this.steering.orders.mode !== "follow")
      return `by an operator's order the balloon is ${orders}`;
    const way = this.#giveWayText;
    if (way !== null) return `the balloon ${way}`;
    if (orders !== null) return `by an operator's order the balloon is ${orders}`;
    const max = this.#maxText;
    return max === null ? null : `the balloon is ${max}`;
  }

  get #ordersText(): string | null {
    return ordersText(this.steering.orders, this.#parts.held());
  }

  /** The setting `max`, while the host asks for more and no order is in force. */
  get #maxText(): string | null {
    const { orders, hostTarget } = this.steering;
    const lowest = lowestCeiling(orders, this.#parts.held());
    return lowest !== null && lowest.pages < hostTarget ? `limited to ${ceilingText(lowest)}` : null;
  }

  get #giveWayText(): string | null {
    const way = this.giveWay;
    if (way === null || way.phase === "following") return null;
    if (way.phase === "giving") return "gives way to memory pressure";
    const left = formatTime(Math.ceil(way.holdLeftSeconds / 60) * 60e6);
    return `does not grow for up to ${left} after memory pressure`;
  }

  /** The order is in force when the call returns; the answer says whether it is kept, too. */
  async #answer(order: () => Orders, query: URLSearchParams): Promise<Page> {
    let orders: Orders;
    try {
      orders = order();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { status: 400, type: TEXT, body: `${error.message}\n` };
    }
    this.steering.order(orders);
    const result = this.#result();
    this.#parts.changed();
    const notKept = await this.#kept.keep(orders, query.has("persist"));
    const said = this.#say(result, orders);
    if (notKept === null) return { ...(result.isInForce ? {} : { status: 503 }), type: TEXT, body: `${said}\n` };
    const line = `${result.isInForce ? "the order is in force" : said}, but ${notKept}`;
    this.#parts.log.warn(line, this.#fields);
    return { status: result.isInForce ? 500 : 503, type: TEXT, body: `${line}\n` };
  }

  /**
   * What new orders lead to. A host that has not answered the last GET_TARGET leaves the balloon as it is: an order that changes it
   * waits for the next answer.
   */
  #result(): OrderResult {
    const text = this.#ordersText;
    const does = text === null ? "the balloon follows the host" : `the balloon is ${text}`;
    const host = formatSize(this.steering.hostTarget);
    const noTarget = this.steering.orderedTarget === this.#parts.held().size ? null : this.#parts.noTarget();
    return {
      isInForce: noTarget === null,
      isToHold: text !== null,
      said:
        noTarget === null
          ? `${does} (${this.#sizeText}, the host asks for ${host})`
          : `accepted, not in force yet: ${noTarget}; from the next answer on ${does} (${this.#sizeText}, the host asked for ${host})`,
    };
  }

  /** Logs what orders have led to, and returns it. */
  #say({ isInForce, isToHold, said }: OrderResult, orders: Orders): string {
    const isKept = isToHold && JSON.stringify(this.#kept.now) === JSON.stringify(orders);
    const line = `${said}${isKept ? KEPT : ""}`;
    if (isInForce) this.#parts.log.info(`by an operator's order ${line}`, this.#fields);
    else this.#parts.log.warn(`an operator's order is ${line}`, this.#fields);
    return line;
  }

  get #sizeText(): string {
    return `it has ${formatSize(this.#parts.held().size)}`;
  }

  get #fields() {
    const { mode, frozenPages } = this.steering.orders;
    return { event: "control", mode, in_force: this.control, frozen_pages: frozenPages, kept: this.#isKept };
  }

  get #isKept(): boolean {
    return JSON.stringify(this.#kept.now) === JSON.stringify(this.steering.orders);
  }
}

function limitIn(query: URLSearchParams): Orders["limit"] {
  const size = query.get("size");
  if (size === null) throw new InputError("/limit: expected ?size=SIZE, such as 2GiB or 25%, or none");
  return size === "none" ? NO_ORDERS.limit : parseCeiling(size);
}
