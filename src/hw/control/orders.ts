/** What an operator has ordered: a pure function of orders, host's target and size. */
import { formatSize, type Pages } from "../../common/units.ts";
import { type Ceiling, ceilingPages, formatCeiling } from "./ceiling.ts";

/** `follow`: the balloon follows the host. */
export type OrderedMode = "follow" | "freeze" | "drain";

/** Orders of an operator. */
export interface Orders {
  readonly mode: OrderedMode;
  /** The balloon's size when it was frozen; 0 in other modes. */
  readonly frozenPages: Pages;
  /** The ceiling that an operator has set; null: none. It holds while the balloon is frozen, too. */
  readonly limit: Ceiling | null;
}

/** Nothing is ordered: the balloon follows the host. */
export const NO_ORDERS: Orders = { mode: "follow", frozenPages: 0, limit: null };

/** Names of what is in force, for metrics and log: `limit` is following the host below a limit. */
export const CONTROLS = ["follow", "limit", "freeze", "drain"] as const;
export type Control = (typeof CONTROLS)[number];

/** What is in force. */
export const controlOf = ({ mode, limit }: Orders): Control => (mode === "follow" && limit !== null ? "limit" : mode);

/** The balloon's surroundings, by which orders give a target. */
export interface Held {
  /** The setting `max`; null: none. */
  readonly max: Ceiling | null;
  readonly machinePages: Pages;
  /** Pages in the balloon. */
  readonly size: Pages;
}

/** The ceiling that holds: the lower one of an operator's limit and the setting `max`. */
export interface LowestCeiling {
  readonly by: "limit" | "max";
  readonly ceiling: Ceiling;
  readonly pages: Pages;
}

/** The lower one of an operator's limit and the setting `max`, the limit if they are equal; null: neither is set. */
export function lowestCeiling(
  { limit }: Orders,
  { max, machinePages }: Pick<Held, "max" | "machinePages">,
): LowestCeiling | null {
  const of = (by: LowestCeiling["by"], ceiling: Ceiling | null): LowestCeiling | null =>
    ceiling && { by, ceiling, pages: ceilingPages(ceiling, machinePages) };
  const [ordered, set] = [of("limit", limit), of("max", max)];
  if (ordered === null || set === null) return ordered ?? set;
  return set.pages < ordered.pages ? set : ordered;
}

/** The most that the balloon may have. Infinity: neither a limit nor `max` is set. */
export const ceilingOf = (orders: Orders, held: Pick<Held, "max" | "machinePages">): Pages =>
  lowestCeiling(orders, held)?.pages ?? Number.POSITIVE_INFINITY;

/**
 * The target that the policy gets.
 *
 * A frozen balloon keeps its size, as far as limit and `max` permit it. If the host has emptied it since, by a reset, or the daemon
 * was restarted, it grows again up to the lowest of these three, but only as far as the host asks for it: freezing takes no memory
 * that the host has not asked for.
 *
 * @param wanted the host's target, or less
 */
export function orderedTarget(orders: Orders, wanted: Pages, held: Held): Pages {
  if (orders.mode === "drain") return 0;
  const ceiling = ceilingOf(orders, held);
  if (orders.mode === "follow") return Math.min(wanted, ceiling);
  const most = Math.min(orders.frozenPages, ceiling);
  return held.size >= most ? most : Math.max(held.size, Math.min(most, wanted));
}

/**
 * The orders as a clause, such as `frozen at 512MiB`, with the ceiling that holds if it is lower than what was ordered; null if
 * there are none.
 */
export function ordersText(orders: Orders, held: Pick<Held, "max" | "machinePages">): string | null {
  const { mode, frozenPages, limit } = orders;
  if (mode === "drain") return "drained";
  const lowest = lowestCeiling(orders, held);
  if (mode === "freeze") {
    const frozen = `frozen at ${formatSize(frozenPages)}`;
    return lowest === null || lowest.pages >= frozenPages ? frozen : `${frozen}, and limited to ${ceilingText(lowest)}`;
  }
  if (limit === null) return null;
  const limited = `limited to ${formatCeiling(limit)}`;
  return lowest?.by === "max" ? `${limited}, and to ${ceilingText(lowest)}` : limited;
}

/** A ceiling as `parseCeiling` reads it, and the setting that it comes from. */
export const ceilingText = ({ by, ceiling }: LowestCeiling): string =>
  `${formatCeiling(ceiling)}${by === "max" ? " by max" : ""}`;
