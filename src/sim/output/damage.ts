import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime, type Us } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";

/** The OOM kills of one workload; `WorkloadView` defines the figures. */
export interface KilledWorkload {
  readonly name: string;
  readonly kills: number;
  readonly firstUs: number;
  readonly downtimeUs: number;
  readonly lostPages: number;
}

/** The OOM kills of a run. */
export interface Damage {
  readonly oomKills: number;
  readonly downtimeUs: number;
  readonly lostPages: number;
  /** The killed workloads, in the order of the trace. */
  readonly killed: readonly KilledWorkload[];
}

/** Maximum number of workloads that a line names. */
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
 * The damage in one line that is safe to print, such as `4 OOM kills: web 3 (first at 31.2s), db (first at 33s); 1m2s
 * down`; null without kills.
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

/**
 * The damage of one trace in several worlds, in one line that is safe to print, such as `OOM kills in 3 of 5 worlds, 1
 * to 4 in each of them: web, db in 1; 1.2s to 1m2s down`; null without kills.
 * @param worlds the damage in each
 */
export function damageInWorldsLine(worlds: readonly Damage[]): string | null {
  const hit = worlds.filter(({ oomKills }) => oomKills > 0);
  if (hit.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { killed } of hit) {
    for (const name of new Set(killed.map((one) => one.name))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([, a], [, b]) => b - a);
  const list = ranked.slice(0, MAX_NAMED).map(([name, count]) => {
    return count === hit.length ? escapeUnsafe(name) : `${escapeUnsafe(name)} in ${count}`;
  });
  const more = ranked.length - list.length;
  if (more > 0) list.push(`${more} more ${more === 1 ? "workload" : "workloads"}`);
  const range = (values: readonly number[], format: (value: number) => string): string => {
    const [lowest, highest] = [Math.min(...values), Math.max(...values)].map(format);
    return lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
  };
  const where = hit.length === worlds.length ? `all ${worlds.length}` : `${hit.length} of ${worlds.length}`;
  const kills = range(
    hit.map(({ oomKills }) => oomKills),
    String,
  );
  const down = range(
    hit.map(({ downtimeUs }) => downtimeUs),
    millis,
  );
  return `OOM kills in ${where} worlds, ${kills} in each of them: ${list.join(", ")}; ${down} down`;
}

/** `1 OOM kill`, `4 OOM kills`. */
export const countKills = (kills: number): string => `${kills} OOM ${kills === 1 ? "kill" : "kills"}`;

/** A time, rounded to milliseconds. */
export const millis = (us: Us): string => formatTime(Math.round(us / 1000) * 1000);

/** Maximum number of names in a line about many runs. */
const MAX_NAMED_RUNS = 3;

/** Counts the kills of many runs by name: of the trace or of the constants, by which the runs differ. */
export class KillCount {
  readonly #byName = new Map<string, number>();
  #runs = 0;
  #hit = 0;

  /**
   * Adds a run that is over.
   * @param name of its trace or of its constants
   * @param kills number of OOM kills in it
   */
  note(name: string, kills: number): void {
    this.#runs++;
    if (kills === 0) return;
    this.#hit++;
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + kills);
  }

  /** `13 OOM kills in 4 of 6 runs: web.json 9, db.json 4`, safe to print, in descending order; null without kills. */
  line(): string | null {
    if (this.#hit === 0) return null;
    const counts = [...this.#byName].sort(([, a], [, b]) => b - a);
    const named = counts.slice(0, MAX_NAMED_RUNS).map(([name, kills]) => `${escapeUnsafe(name)} ${kills}`);
    const more = counts.length > named.length ? ", …" : "";
    const sum = counts.reduce((total, [, kills]) => total + kills, 0);
    return `${countKills(sum)} in ${this.#hit} of ${this.#runs} runs: ${named.join(", ")}${more}`;
  }
}
