/** OOM kills in the rows of a run: a row has the number up to its time, not the times of the kills. */
import { countKills, damageLine, millis } from "../../output/damage.ts";
import { KillMarks, type Marks } from "../../output/kill-marks.ts";
import type { Run } from "./run.ts";

/** The kills of a run; null if its rows don't contain them. */
export function killsOf(run: Run): Marks | null {
  const totals = run.column("oom_kills");
  if (totals === undefined) return null;
  const time = run.column("time_s") as Float64Array;
  const marks = new KillMarks();
  totals.forEach((total, i) => {
    const kills = total - (i === 0 ? 0 : (totals[i - 1] as number));
    if (kills > 0) marks.add(Math.round((time[i] as number) * 1e6), kills);
  });
  return marks;
}

export const totalOf = ({ count }: Marks): number => count.reduce((sum, kills) => sum + kills, 0);

/**
 * A line about the kills of a run: `4 OOM kills: web (first at 31.2s); 1m40s down`, of rows alone `4 OOM kills, the
 * first before 1m2.025s; 1m40s down`, or that they are unknown; null if there were none.
 */
export function killsLine(run: Run): string | null {
  if (run.conditions !== null) return damageLine(run.conditions.damage);
  const kills = killsOf(run);
  if (kills === null) return "OOM kills unknown: no column oom_kills";
  const [first] = kills.timeUs;
  if (first === undefined) return null;
  const downUs = run.column("downtime_us")?.at(-1);
  const down = downUs === undefined ? "" : `; ${millis(downUs)} down`;
  return `${countKills(totalOf(kills))}, the first before ${millis(first)}${down}`;
}
