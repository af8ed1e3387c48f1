import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { LogFile } from "../import/log-file.ts";
import type { StudyContents } from "../tune/study/read-study.ts";
import { type Run, readRuns } from "./runs/read-runs.ts";

/** A study and the file that it was read from. */
export interface ReportedStudy extends StudyContents {
  readonly file: string;
}

/** What a report is about: a study, runs, or both. */
export interface ReportContents {
  readonly study: ReportedStudy | null;
  readonly runs: readonly Run[];
}

type OpenStudy = (path: string, shown: string) => StudyContents;

/** What the first line of a study says of itself. */
const STUDY_FORMAT = /^\s*\{[^\n]*"format"\s*:\s*"balloon-sim\/study"/;

/**
 * Reads the files of a report, whichever of them are studies.
 * @param openStudy reads a study; `shown` stands for the path in messages
 * @throws {InputError} where one of them can't be read, or where there are several studies
 */
export function readContents(files: readonly LogFile[], openStudy: OpenStudy): ReportContents {
  const isStudy = files.map((file) => STUDY_FORMAT.test(file.head()));
  const studies = files.filter((_, i) => isStudy[i]);
  if (studies.length > 1) {
    const names = studies.map(({ name }) => escapeUnsafe(name)).join(" and ");
    throw new InputError(`report: ${names} are studies, expected one at most: make a report of each`);
  }
  const [study] = studies;
  return {
    study: study === undefined ? null : readStudy(study, openStudy),
    runs: readRuns(files.filter((_, i) => !isStudy[i])),
  };
}

function readStudy({ name, path }: LogFile, openStudy: OpenStudy): ReportedStudy {
  const contents = openStudy(path, name);
  if (contents.trials.length === 0) {
    throw new InputError(`${escapeUnsafe(name)}: has no trials yet; the command that began the study goes on with it`);
  }
  return { file: name, ...contents };
}
