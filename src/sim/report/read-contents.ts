import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { distinct } from "../output/run-labels.ts";
import type { StudyContents } from "../tune/study/read-study.ts";
import { checkCount, readRuns } from "./runs/read-runs.ts";
import type { Run } from "./runs/run.ts";

/** A study and the file that it was read from. */
export interface ReportedStudy extends StudyContents {
  readonly file: string;
}

/** The contents of a report: a study, runs, or both. */
export interface ReportContents {
  readonly study: ReportedStudy | null;
  readonly runs: readonly Run[];
}

/** Readers of files other than rows. */
export interface ContentReaders {
  /** Reads a study; `shown` replaces the path in messages. */
  openStudy(path: string, shown: string): StudyContents;
  /** Runs traces; called once, possibly without traces. */
  runTraces(traces: readonly InputFile[]): Promise<readonly Run[]>;
}

/** The format in the first line of a study. */
const STUDY_FORMAT = /^\s*\{[^\n]*"format"\s*:\s*"balloon-sim\/study"/;
/** Matches the format of a trace or a checkpoint near a file's beginning. The reader of traces refuses a checkpoint by name. */
const TRACE_FORMAT = /^\s*\{[\s\S]*"format"\s*:\s*"balloon-sim\/(trace|checkpoint)"/;

/** What a file has, by its first bytes; anything else than a study or a trace counts as rows. */
export function kindOf(file: InputFile): "study" | "trace" | "rows" {
  const head = file.head();
  return STUDY_FORMAT.test(head) ? "study" : TRACE_FORMAT.test(head) ? "trace" : "rows";
}

/**
 * Reads the files of a report, distinguished by their contents: studies, traces, rows of runs.
 * @throws {InputError} if one of them can't be read, or if there are several studies
 */
export async function readContents(files: readonly InputFile[], readers: ContentReaders): Promise<ReportContents> {
  const kinds = files.map(kindOf);
  const of = (kind: string) => files.filter((_, i) => kinds[i] === kind);
  const studies = of("study");
  if (studies.length > 1) {
    const names = studies.map(({ name }) => escapeUnsafe(name)).join(" and ");
    throw new InputError(`report: ${names} are studies, expected one at most: make a report of each`);
  }
  const [study] = studies;
  const contents = study === undefined ? null : readStudy(study, readers);
  const rows = readRuns(of("rows"));
  const runs = [...rows, ...(await readers.runTraces(of("trace")))];
  checkCount(runs.length);
  return { study: contents, runs: withDistinctLabels(inOrder(runs, files)) };
}

/** The runs in the order of their files. */
function inOrder(runs: readonly Run[], files: readonly InputFile[]): Run[] {
  const place = new Map(files.map(({ name }, i) => [name, i]).reverse() as [string, number][]);
  return [...runs].sort((a, b) => (place.get(a.file) as number) - (place.get(b.file) as number));
}

/** Renames rows whose label is the name of a run trace: they get the name of their file. */
function withDistinctLabels(runs: readonly Run[]): Run[] {
  const traces = new Set(runs.filter(({ conditions }) => conditions !== null).map(({ label }) => label));
  const isTaken = ({ conditions, label }: Run) => conditions === null && traces.has(label);
  const labels = distinct(runs.map((run) => (isTaken(run) ? run.file : run.label)));
  return runs.map((run, i) => ({ ...run, label: labels[i] as string }));
}

function readStudy({ name, path }: InputFile, { openStudy }: ContentReaders): ReportedStudy {
  const contents = openStudy(path, name);
  if (contents.trials.length === 0) {
    throw new InputError(`${escapeUnsafe(name)}: has no trials yet; continue the study with the command that began it`);
  }
  return { file: name, ...contents };
}
