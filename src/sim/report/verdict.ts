/** Describes on which traces rates win against others, and on which they lose; for the page and its code. */
import { gainOf } from "../tune/comparison.ts";

/** One objective on several traces. */
export interface Contest {
  readonly objective: string;
  readonly better: "less" | "more";
  readonly traces: readonly string[];
  /** One per trace; NaN if it was not run. */
  readonly values: readonly number[];
  readonly references: readonly number[];
}

/** `stall_full: better on 3 traces, worse on 1 trace, not run on 2 traces; most gained on spike, most lost on ramp`. */
export function verdictLine({ objective, better, traces, values, references }: Contest): string {
  let [wins, losses, unknown] = [0, 0, 0];
  let best = { gain: 0, name: "" };
  let worst = { gain: 0, name: "" };
  traces.forEach((name, i) => {
    const gain = gainOf(better, values[i] as number, references[i] as number);
    if (Number.isNaN(gain)) unknown++;
    if (gain > 0) wins++;
    if (gain < 0) losses++;
    if (gain > best.gain) best = { gain, name };
    if (gain < worst.gain) worst = { gain, name };
  });
  const count = (n: number) => `${n} ${n === 1 ? "trace" : "traces"}`;
  const most = [
    ...(wins > 0 ? [`most gained on ${best.name}`] : []),
    ...(losses > 0 ? [`most lost on ${worst.name}`] : []),
  ];
  const notRun = unknown > 0 ? `, not run on ${count(unknown)}` : "";
  const counts = `${objective}: better on ${count(wins)}, worse on ${count(losses)}${notRun}`;
  return most.length === 0 ? counts : `${counts}; ${most.join(", ")}`;
}
