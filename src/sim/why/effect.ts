import { medianOf } from "../../common/statistics.ts";
import { relationOf } from "../tune/spread.ts";

/** What an episode is judged by: less is better. */
export type Measure = "kills" | "waits" | "driver" | "undone" | "deficit";

/** A figure of an episode's time, and of the whole run: a value for each world. */
export interface Values {
  readonly window: readonly number[];
  readonly run: readonly number[];
}

/** What came of a run: the measure of the episode, kills, and the time that workloads waited for anything. */
export interface Outcome {
  readonly values: Values;
  readonly kills: Values;
  readonly waits: Values;
}

/**
 * What a change does to an episode: `prevents`: at most a tenth is left; `helps`: less is left; `moves`: less is left, but not in
 * all, or kills remain at other times than before; `mixed`: less is left, but workloads wait longer in the run, or the other way round; `kills`: it makes the OOM
 * killer kill; `none`: no significant difference; `worse`; `impossible`: there can be no such run.
 */
export type Effect = "prevents" | "helps" | "moves" | "mixed" | "kills" | "none" | "worse" | "impossible";

/** Largest part of a value that is left where it is said to be prevented. */
const LEFT = 0.1;

/** What is outside of the episode's time. */
const outside = ({ window, run }: Values): number[] => run.map((value, i) => value - (window[i] as number));

/** What remains at other times of the run, in the median of the worlds. */
export const remaining = (values: Values): number => medianOf(outside(values));

/**
 * The effect of a change.
 * @param measure of the values: a kill is prevented even where workloads wait longer then
 * @param changed with it, in the same worlds as without
 */
export function effectOf(measure: Measure, changed: Outcome, asItIs: Outcome): Effect {
  const [values, before] = [changed.values, asItIs.values];
  if (relationOf(changed.kills.run, asItIs.kills.run) === ">") return "kills";
  const here = relationOf(values.window, before.window);
  if (here !== "<" && here !== ">") return "none";
  const waits = relationOf(changed.waits.run, asItIs.waits.run);
  if (here === ">") return waits === "<" ? "mixed" : "worse";
  const elsewhere = relationOf(outside(values), outside(before));
  if (elsewhere === ">" && relationOf(values.run, before.run) !== "<") return "moves";
  if (measure !== "kills" && waits === ">") return "mixed";
  if (medianOf(values.window) > LEFT * medianOf(before.window)) return "helps";
  // What remains elsewhere as it was has nothing to do with this episode.
  if (elsewhere === "=" || elsewhere === "~" || remaining(values) <= LEFT * medianOf(before.window)) return "prevents";
  return measure === "kills" ? "moves" : "helps";
}
