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

/** The most that the balloon may have, by the setting `max` and by an operator's limit. Infinity: neither is set. */
export function ceilingOf({ limit }: Orders, { max, machinePages }: Pick<Held, "max" | "machinePages">): Pages {
  const pagesOf = (ceiling: Ceiling | null) =>
    ceiling === null ? Number.POSITIVE_INFINITY : ceilingPages(ceiling, machinePages);
  return Math.min(pagesOf(limit), pagesOf(max));
}

/**
 * The target that the policy gets.
 *
 * A frozen balloon keeps its size, as far as limit and `max` permit it. If the host has emptied it since, by a reset, or the daemon was restarted, it grows again up to
 * the lower one of these, but only as far as the host asks for it: freezing takes no memory that the host has not asked for.
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

/** The orders as a clause, such as `frozen at 512MiB`; null if there are none. */
export function ordersText({ mode, frozenPages, limit }: Orders): string | null {
  if (mode === "drain") return "drained";
  if (mode === "freeze") return `frozen at ${formatSize(frozenPages)}`;
  return limit === null ? null : `limited to ${formatCeiling(limit)}`;
}
