import { objectivesOf } from "../tune/objectives.ts";

/** A number that says how good a run was. */
export interface ObjectiveInfo {
  /** Its name, such as `time_to_target`. */
  readonly name: string;
  /** Its unit: `s`, `pages`, `pages·s`, `times`, `share` (0 to 1) or `ratio`. */
  readonly unit: string;
  /** Which of two values is better, other things being equal. */
  readonly better: "less" | "more";
  /** What it counts, in a sentence without a full stop. */
  readonly meaning: string;
}

/** The objectives of traces, or of hosts, which `tune` takes and summaries contain (docs/objectives.md). */
export const objectives = (of: "trace" | "host" = "trace"): ObjectiveInfo[] =>
  objectivesOf(of).map(({ name, unit, better, meaning }) => ({ name, unit, better, meaning }));
