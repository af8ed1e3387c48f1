/** Explains the worst times of a run: their causes, and what would have changed them, by trying it. */
import type { Us } from "../../common/units.ts";
import {
  type CauseName,
  causeOf,
  EPISODE_GAP_US,
  type Episode,
  type EpisodeText,
  episodeText,
} from "../causes/index.ts";
import { type Spread, spreadOf } from "../tune/spread.ts";
import { type Effect, effectOf, type Measure, type Outcome, type Values } from "./effect.ts";
import type { Measured, Window } from "./measure.ts";
import { isSuggested, REMEDIES, type Remedy } from "./remedies.ts";
import type { Recorded, Trial, TrialResult } from "./trial.ts";

/** What became of an episode with a change. */
export interface Tried {
  readonly remedy: string;
  readonly title: string;
  /** Whether the cause suggests it; others are tried for comparison. */
  readonly isSuggested: boolean;
  /** Null: there can be no such run; then `failure` says why. */
  readonly values: Values | null;
  readonly failure: string | null;
  readonly effect: Effect;
  /** What workloads waited for anything, in seconds, and kills. Null: there can be no such run. */
  readonly waits: Values | null;
  readonly kills: Values | null;
  /** Mean size of the balloon over the run, in pages, and PSI full of the run, in seconds. */
  readonly balloon: Spread | null;
  readonly full: Spread | null;
}

/** An explained episode. */
export interface Explained {
  readonly episode: Episode;
  readonly text: EpisodeText;
  readonly cause: CauseName;
  readonly measure: Measure;
  /** The run as it is. */
  readonly asItIs: Values;
  /** What workloads waited for anything, in seconds, and kills. */
  readonly waits: Values;
  readonly kills: Values;
  readonly balloon: Spread;
  readonly full: Spread;
  readonly tried: readonly Tried[];
}

/** Changes of what the host wants: what the balloon lacks of that says nothing then. */
const OF_TARGETS: readonly string[] = ["target", "no-balloon", "pace"];

/** What an episode is judged by. */
function measureOf({ kind, kills, workloadUs, main }: Episode): Measure {
  if (kills > 0) return "kills";
  if (kind === "stall") return workloadUs > 0 ? "waits" : "driver";
  if (main.kind === "dirty-limit") return "undone";
  return main.kind === "reread" ? "waits" : "deficit";
}

/** The time of an episode with some of the time around it: in other worlds it comes a little earlier or later. */
const windowOf = ({ sinceUs, untilUs }: Episode, endUs: Us): Window => ({
  fromUs: Math.max(0, sinceUs - EPISODE_GAP_US),
  untilUs: Math.min(endUs, untilUs + EPISODE_GAP_US),
});

const fitting = (episode: Episode, { subject }: Recorded): Remedy[] => {
  const isOfHost = measureOf(episode) === "deficit";
  return REMEDIES.filter((one) => one.fits(episode, subject) && !(isOfHost && OF_TARGETS.includes(one.name)));
};

/**
 * Explains episodes.
 * @param worlds in which each change is tried
 * @param run executes trials, in any order; called once
 */
export async function explain(
  recorded: Recorded,
  episodes: readonly Episode[],
  worlds: number,
  run: (trials: readonly Trial[]) => Promise<readonly TrialResult[]>,
): Promise<Explained[]> {
  const { recording, subject } = recorded;
  const windows = episodes.map((episode) => windowOf(episode, recording.endUs));
  const fits = episodes.map((episode) => fitting(episode, recorded));
  const remedies = REMEDIES.filter((one) => fits.some((fit) => fit.includes(one)));
  const names = [null, ...remedies.map(({ name }) => name)];
  const trials = names.flatMap((remedy) =>
    Array.from({ length: worlds }, (_, i): Trial => ({ remedy, world: i + 1, windows, pace: subject.pace })),
  );
  const results = await run(trials);
  const of = (name: string | null): readonly TrialResult[] => {
    const first = names.indexOf(name) * worlds;
    return results.slice(first, first + worlds);
  };
  return episodes.map((episode, i): Explained => {
    const measure = measureOf(episode);
    const cause = causeOf(episode, recording);
    const base = of(null);
    const asItIs = valuesOf(base, i, measure) as Values;
    const kills = valuesOf(base, i, "kills") as Values;
    const waits = valuesOf(base, i, "waits") as Values;
    const before: Outcome = { values: asItIs, kills, waits };
    const tried = (fits[i] as Remedy[]).map((remedy): Tried => {
      const trial = of(remedy.name);
      const values = valuesOf(trial, i, measure);
      const waited = valuesOf(trial, i, "waits");
      const killed = valuesOf(trial, i, "kills");
      const isPossible = values !== null && killed !== null && waited !== null;
      const failure = trial.find((one) => one.failure !== null)?.failure ?? null;
      return {
        remedy: remedy.name,
        title: remedy.title(subject),
        isSuggested: isSuggested(cause, episode, remedy),
        values,
        failure,
        waits: waited,
        kills: killed,
        effect: isPossible ? effectOf(measure, { values, kills: killed, waits: waited }, before) : "impossible",
        balloon: spreadOfRun(trial, "size", recording.endUs),
        full: spreadOfRun(trial, "full", 1e6),
      };
    });
    return {
      ...{ episode, text: episodeText(episode, recording), cause, measure, asItIs, waits, kills },
      balloon: spreadOfRun(base, "size", recording.endUs) as Spread,
      full: spreadOfRun(base, "full", 1e6) as Spread,
      tried,
    };
  });
}

/** The values of a measure, one for each world; null: a run was not possible. */
function valuesOf(results: readonly TrialResult[], window: number, measure: keyof Measured): Values | null {
  const values: { window: number[]; run: number[] } = { window: [], run: [] };
  for (const result of results) {
    if (result.failure !== null) return null;
    values.window.push((result.windows[window] as Measured)[measure]);
    values.run.push(result.run[measure]);
  }
  return values;
}

/** A figure of whole runs, as a mean over `us` microseconds. */
function spreadOfRun(results: readonly TrialResult[], measure: keyof Measured, us: Us): Spread | null {
  const values = valuesOf(results, 0, measure);
  return values === null ? null : spreadOf(values.run.map((value) => (us === 0 ? 0 : (value * 1e6) / us)));
}
