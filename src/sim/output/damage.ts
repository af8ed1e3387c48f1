import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime } from "../../common/units.ts";
import type { RunView } from "../run/types.ts";

/** What the OOM killer did to one workload; `WorkloadView` says how the figures are defined. */
export interface KilledWorkload {
  readonly name: string;
  readonly kills: number;
  readonly firstUs: number;
  readonly downtimeUs: number;
  readonly lostPages: number;
}

/** What the OOM killer did in a run. */
export interface Damage {
  readonly oomKills: number;
  readonly downtimeUs: number;
  readonly lostPages: number;
  /** The workloads that were killed, in the order of the trace. */
  readonly killed: readonly KilledWorkload[];
}

/** Workloads that a line names. */
const MAX_NAMED = 3;

/** The damage of a run so far. */
export function damageOf({ trace, guest, workloads }: RunView): Damage {
  const killed = workloads.flatMap(({ oomKills, firstKillUs, downtimeUs, lostPages }, i) =>
    firstKillUs === null
      ? []
      : [{ name: trace.workloads[i]?.name ?? "", kills: oomKills, firstUs: firstKillUs, downtimeUs, lostPages }],
  );
  return { oomKills: guest.oomKills, downtimeUs: guest.downtimeUs, lostPages: guest.lostPages, killed };
}

/**
 * The damage in a line that is safe to print, such as `4 OOM kills: web 3 (first at 31.2s), db (first at 33s); 1m2s down`;
 * null where there were no kills.
 */
export function damageLine({ oomKills, downtimeUs, killed }: Damage): string | null {
  if (oomKills === 0) return null;
  const named = [...killed].sort((a, b) => a.firstUs - b.firstUs).slice(0, MAX_NAMED);
  const counted = killed.length > 1;
  const list = named.map(
    ({ name, kills, firstUs }) =>
      `${escapeUnsafe(name)}${counted && kills > 1 ? ` ${kills}` : ""} (first at ${millis(firstUs)})`,
  );
  const more = killed.length - named.length;
  if (more > 0) list.push(`${more} more ${more === 1 ? "workload" : "workloads"}`);
  return `${countKills(oomKills)}: ${list.join(", ")}; ${millis(downtimeUs)} down`;
}

/** `1 OOM kill`, `4 OOM kills`. */
export const countKills = (kills: number): string => `${kills} OOM ${kills === 1 ? "kill" : "kills"}`;

/** A time to the millisecond. */
export const millis = (us: number): string => formatTime(Math.round(us / 1000) * 1000);
