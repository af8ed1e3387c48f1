import { medianOf } from "../../common/statistics.ts";
import { relationOf } from "../tune/spread.ts";

/** A figure of an episode's time, and of the whole run: a value for each world. */
export interface Values {
  readonly window: readonly number[];
  readonly run: readonly number[];
}

/**
 * What a change does to an episode: `prevents`: at most a tenth is left; `helps`: less is left; `moves`: less is left, but more
 * comes at other times; `kills`: it makes the OOM killer kill; `none`: no significant difference; `worse`; `impossible`: there can be
 * no such run.
 */
export type Effect = "prevents" | "helps" | "moves" | "kills" | "none" | "worse" | "impossible";

/** Largest part of a value that is left where it is said to be prevented. */
const LEFT = 0.1;

/** What is outside of the episode's time. */
const outside = ({ window, run }: Values): number[] => run.map((value, i) => value - (window[i] as number));

/**
 * The effect of a change.
 * @param values with it, in the same worlds as those without
 * @param kills kills with it, and as it is
 */
export function effectOf(values: Values, asItIs: Values, kills: Values, killsBefore: Values): Effect {
  if (relationOf(kills.run, killsBefore.run) === ">") return "kills";
  const here = relationOf(values.window, asItIs.window);
  if (here === ">") return "worse";
  if (here !== "<") return "none";
  const elsewhere = relationOf(outside(values), outside(asItIs));
  if (elsewhere === ">" && relationOf(values.run, asItIs.run) !== "<") return "moves";
  return medianOf(values.window) <= LEFT * medianOf(asItIs.window) ? "prevents" : "helps";
}
