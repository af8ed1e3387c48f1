import { print } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { ratesOf } from "../../../common/rates.ts";
import { formatTime, type Us } from "../../../common/units.ts";
import { distanceOf, type Episode, episodeAt, episodesOf } from "../../causes/index.ts";
import { at as timeText } from "../../causes/words.ts";
import { caveatOf } from "../../output/caveats.ts";
import { checkTraceFits } from "../../run/policy-fits.ts";
import { openTrace } from "../../trace/open.ts";
import { applyWhatIf, whatIfText } from "../../trace/what-if.ts";
import { type Explained, explain } from "../../why/explain.ts";
import { whyPool } from "../../why/pool.ts";
import { otherDriver } from "../../why/remedies.ts";
import { type Recorded, record, runTrial, type Trial, type TrialResult, type WhySetup } from "../../why/trial.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { driverOf, driversIn, noteReplacedDrivers } from "../driver-of-traces.ts";
import { givenDriver } from "../given-driver.ts";
import { processors } from "../jobs/processors.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { readOnceAmong } from "../read-once.ts";
import { terminalWidth } from "../table.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { valuesText } from "./values-text.ts";
import { whyJson } from "./why-json.ts";
import { whyText } from "./why-text.ts";

/** The options of `balloon-sim why` as the command line gives them. */
export interface WhyOptions extends WhatIfOptions {
  readonly driver?: string;
  readonly rates?: string;
  readonly set?: string[];
  readonly seed?: string;
  readonly worlds: number;
  /** Time of the run, in microseconds. */
  readonly at?: Us;
  readonly worst?: number;
  readonly format: "text" | "json";
  readonly workers?: number;
  readonly quiet?: true;
}

const DEFAULT_WORST = 3;

/** Executes `balloon-sim why`. */
export async function explainTrace(trace: string, options: WhyOptions): Promise<void> {
  const { at, worst, worlds, format } = options;
  if (at !== undefined && worst !== undefined) throw new InputError("--at: can't be combined with --worst");
  const once = readOnceAmong([trace]);
  if (once !== null)
    throw new InputError(`why: runs the trace several times; ${once} can be read only once: use a file`);
  const setup = setupOf(trace, options);
  const runs = new Runs(setup, options);
  try {
    const recorded = await record(setup, () => runs.pace());
    const { endUs } = recorded.recording;
    if (at !== undefined && at > endUs) {
      throw new InputError(`--at ${formatTime(at)}: the run ends at ${formatTime(endUs)}: give a time until then`);
    }
    const all = episodesOf(recorded.recording);
    const chosen =
      at === undefined ? all.slice(0, worst ?? DEFAULT_WORST) : [episodeAt(all, at)].filter((one) => one !== null);
    const explained = chosen.length === 0 ? [] : await explain(recorded, chosen, worlds, (trials) => runs.all(trials));
    if (format === "json")
      print(
        whyJson({ ...headerOf(setup, recorded, worlds), ...atFields(at, chosen) }, recorded, explained, all.length),
      );
    else if (explained.length > 0) {
      const note = at === undefined ? null : awayText(at, chosen);
      print(whyText({ run: runText(setup), note, episodes: all.length, explained, worlds }, terminalWidth()));
    } else print(await nothingText(setup, recorded, all, options, runs));
    warnOfDrivers(recorded, explained);
  } finally {
    await runs.stop();
  }
}

const atFields = (at: Us | undefined, [episode]: readonly Episode[]) =>
  at === undefined
    ? {}
    : { at_s: at / 1e6, at_distance_s: episode === undefined ? null : distanceOf(episode, at) / 1e6 };

/** Says how far the episode is from the time that was asked for; null: it contains that. */
function awayText(at: Us, [episode]: readonly Episode[]): string | null {
  const away = episode === undefined ? 0 : distanceOf(episode, at);
  if (away === 0 || episode === undefined) return null;
  const where = episode.sinceUs > at ? "later" : "earlier";
  return `Nothing happened at ${formatTime(at)}: this is the nearest time of trouble, ${timeText(away)} ${where}.`;
}

/** Says what is known of the figures of the drivers that ran. */
function warnOfDrivers({ subject }: Recorded, explained: readonly Explained[]): void {
  const isTried = explained.some(({ tried }) => tried.some(({ remedy }) => remedy === "driver"));
  const other = isTried ? otherDriver(subject) : null;
  warnOfCaveats([subject.policy, other].map((policy) => (policy === null ? null : caveatOf(policy))));
}

function setupOf(trace: string, options: WhyOptions): WhySetup {
  const given = givenDriver(options);
  const { named, failed } = driversIn(given.name, [trace]);
  const [bad] = failed;
  if (bad !== undefined) throw bad.error;
  const policy = driverOf(given.name, named);
  const rates = ratesOf(policy, given.rates, options.set);
  const whatIf = parseWhatIf(options);
  const source = applyWhatIf(openTrace(trace), whatIf, trace);
  source.close();
  const { driver } = source.trace.guest;
  checkTraceFits(policy, source.trace, escapeUnsafe(trace));
  noteReplacedDrivers(given.by ?? "--driver", [policy.name], [{ trace, driver }]);
  return { trace, driver: policy.name, rates, seed: options.seed ?? null, whatIf };
}

const runText = ({ trace, driver, whatIf }: WhySetup): string => {
  const change = whatIfText(whatIf);
  return `${escapeUnsafe(trace)} with ${driver}${change === "" ? "" : ` (${escapeUnsafe(change)})`}`;
};

const headerOf = ({ trace, driver, whatIf, seed }: WhySetup, { subject }: Recorded, worlds: number) => ({
  ...{ format: "balloon-sim/why", version: 1, trace, name: subject.trace.name, driver },
  ...{ what_if: whatIfText(whatIf) || null, seed: seed ?? subject.trace.seed, worlds },
});

/** Says that there is nothing to explain, and how sure that is. */
async function nothingText(
  setup: WhySetup,
  { subject }: Recorded,
  episodes: readonly Episode[],
  { at, worlds }: WhyOptions,
  runs: Runs,
): Promise<string> {
  if (at !== undefined && episodes.length > 0) {
    const times = episodes.slice(0, 5).map(({ sinceUs, untilUs }) => `${timeText(sinceUs)} to ${timeText(untilUs)}`);
    const where = `${episodes.length > 5 ? "the worst of " : ""}the times of trouble: ${times.join("; ")}`;
    return `${runText(setup)}: nothing to explain within a minute of ${formatTime(at)}. These are ${where}.\n`;
  }
  const nothing = `${runText(setup)}: nothing to explain: no task waited for memory, nothing failed or was refused, and nothing was killed. This is exact for world 1.`;
  if (worlds === 1) return `${nothing}\n`;
  const trials = Array.from({ length: worlds }, (_, i): Trial => {
    return { remedy: null, world: i + 1, windows: [], pace: subject.pace };
  });
  const results = await runs.all(trials);
  const runsOf = results.flatMap((result) => (result.failure === null ? [result.run] : []));
  const waits = valuesText(
    "waits",
    runsOf.map((run) => run.waits + run.driver),
  );
  const kills = valuesText(
    "kills",
    runsOf.map((run) => run.kills),
  );
  return `${nothing} In ${worlds} worlds, this one included, tasks waited ${waits}; ${kills} kills.\n`;
}

/** Executes trials, on threads if there are several, with a progress bar on a terminal. */
class Runs {
  readonly #setup: WhySetup;
  readonly #threads: number;
  readonly #quiet: boolean;
  #progress: Progress | null = null;

  constructor(setup: WhySetup, { workers = processors(), quiet }: WhyOptions) {
    this.#setup = setup;
    this.#threads = workers;
    this.#quiet = quiet === true;
  }

  /** Lets the event loop run during the first run. */
  async pace(): Promise<void> {
    this.#progress ??= this.#begin(1);
    await this.#progress.pace(0, 0);
  }

  async all(trials: readonly Trial[]): Promise<readonly TrialResult[]> {
    this.stop();
    const progress = this.#begin(trials.length);
    this.#progress = progress;
    const done = (i: number, result: TrialResult): TrialResult => {
      progress.note(i, 1);
      return result;
    };
    if (this.#threads === 1) {
      const results: TrialResult[] = [];
      for (const [i, trial] of trials.entries()) {
        results.push(done(i, await runTrial(this.#setup, trial, () => progress.pace(i, 0))));
      }
      return results;
    }
    const pool = whyPool(this.#setup, Math.min(this.#threads, trials.length));
    const unfollow = progress.follow();
    try {
      return await Promise.all(trials.map(async (trial, i) => done(i, await pool.run(trial))));
    } finally {
      unfollow();
      await pool.stop();
    }
  }

  stop(): void {
    this.#progress?.stop();
    this.#progress = null;
  }

  #begin(runs: number): Progress {
    return new Progress(runs, () => barTerminal(this.#quiet));
  }
}
