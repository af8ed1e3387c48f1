import { statSync } from "node:fs";
import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { InputFile } from "../../common/files/input-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { DEFAULT_POLICY, POLICIES } from "../../engine/index.ts";
import type { PresetTrace, RatesPreset } from "../explore/model.ts";
import { kindOf } from "../report/read-contents.ts";
import { whatIfArguments } from "../trace/what-if.ts";
import { StudyAnalysis } from "../tune/study/analysis.ts";
import { locateTraces } from "../tune/study/locate-traces.ts";
import { spaceOf } from "../tune/study/study-space.ts";
import { landmarks, notesOf } from "./tune/front-table.ts";
import { openStudy } from "./tune/open-study.ts";

/** Whether a file is a study. */
export function isStudyFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size > 0 && kindOf(new InputFile(path)) === "study";
}

/** What the explorer shows of a study. */
export interface ExploredStudy {
  /** The traces that it was tuned on and judged by, each under the path or name by which it was found. */
  readonly traces: readonly PresetTrace[];
  readonly presets: readonly RatesPreset[];
}

/**
 * Reads a study of `balloon-sim tune`: its traces, and the rates of its best trials, the best in each goal, the default pick and the knee.
 * @throws {InputError} if it is broken, of hosts, or has no trial to show
 */
export function exploredStudy(path: string): ExploredStudy {
  const analysis = new StudyAnalysis(openStudy(path));
  const { header, trials } = analysis;
  const shown = escapeUnsafe(path);
  if (header.host !== undefined) {
    throw new InputError(`${shown}: is a study of hosts, and the explorer shows studies of traces: give it the host`);
  }
  const policy = POLICIES.get(header.driver ?? "") ?? DEFAULT_POLICY;
  const chosen = landmarks(analysis);
  if (chosen.length === 0) {
    throw new InputError(
      `${shown}: no trial keeps all requirements: there are no rates to show (balloon-sim study show)`,
    );
  }
  const space = spaceOf(header);
  const presets = chosen.map((trial): RatesPreset => {
    const rates = trial === 0 ? header.reference : space.ratesOf((trials[trial] as (typeof trials)[number]).point);
    const values = policy.params.flatMap(({ key, name, default: own }) => {
      const value = rates[key];
      return value === undefined || value === own ? [] : [[name, value] as const];
    });
    const notes = notesOf(trial, analysis).join(", ");
    return {
      name: `trial ${trial}${notes === "" ? "" : `: ${notes}`}`,
      driver: policy.name,
      rates: Object.fromEntries(values),
    };
  });
  const changes = whatIfArguments(header.whatIf).map(escapeUnsafe).join(" ");
  if (changes !== "")
    warn(`balloon-sim: ${shown}: the study changed its traces (${changes}): the page has them as they are`);
  const traces = locateTraces(header, path).map(({ place, text }) => ({ name: place, text }));
  return { traces, presets };
}
