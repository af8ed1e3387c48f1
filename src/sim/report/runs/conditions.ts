/** The conditions of a run, which a file of rows does not contain. */
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { RunName } from "../../output/run-labels.ts";
import type { Run } from "./run.ts";

/** One condition of a run, known or not, and its name. */
export type Fact = readonly [name: string, text: string];

const NOT_SAID = "not in the file (balloon-sim report TRACE runs a trace and states them)";

/** The conditions of a run for a report; a note if its file has only rows. */
export function factsOf({ conditions, file, said }: Run): Fact[] {
  if (conditions === null) {
    const { name, world } = said;
    return [
      ["Rows", file],
      ...(name === null ? [] : ([["Trace", traceText(name)]] as const)),
      ...(world === null ? [] : ([["World", worldText(Number(world))]] as const)),
      [name === null ? "Trace, guest, driver, constants, seed" : "Guest, driver, constants, seed", NOT_SAID],
    ];
  }
  const { guest, policy, rates, whatIf, seed, world, version } = conditions;
  return [
    ["Trace", traceText(conditions)],
    ["Guest", guest],
    ["Driver", policy.name],
    ["Constants", constantsText(policy, rates)],
    ...(whatIf === "" ? [] : ([["What if", whatIf]] as const)),
    ["Seed", seed],
    ["World", worldText(world)],
    ["Run by", `balloon-sim ${version}`],
  ];
}

/** The trace's own name, and its file if that has another name. */
const traceText = ({ trace, name }: RunName): string => (trace === name ? name : `${name} (${trace})`);

/** Constants that differ from the driver's: `alloc-max 8192 (the driver's: 16384)`. */
export function constantsText({ params }: BalloonPolicy, rates: Params): string {
  const changed = params.filter((param) => rates[param.key] !== param.default);
  if (changed.length === 0) return "the driver's own";
  return changed.map((param) => `${param.name} ${rates[param.key]} (the driver's: ${param.default})`).join(", ");
}

const worldText = (world: number): string =>
  world === 1 ? "1, the trace as it is written" : `${world}: phases, paces and costs a little off those of the trace`;

/** The notes on runs, each once: a note that does not apply to all runs begins with their labels. */
export function runNotes(runs: readonly Run[]): string[] {
  const labels = new Map<string, string[]>();
  for (const { label, conditions } of runs) {
    for (const note of conditions?.notes ?? []) labels.set(note, [...(labels.get(note) ?? []), label]);
  }
  return [...labels].map(([note, whose]) => (whose.length === runs.length ? note : `${whose.join(", ")}: ${note}`));
}
