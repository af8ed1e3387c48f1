/** `balloon-sim report` of many traces: a page of its own, or the summary of many runs. */
import { STDOUT } from "../../common/cli/output.ts";
import { writeAll } from "../../common/cli/text-sink.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { fileArgument, shellLine } from "../../common/shell-line.ts";
import { runLabels } from "../output/run-labels.ts";
import type { Strips } from "../output/strips.ts";
import type { Summary } from "../output/summary.ts";
import { parseTriage, type TriageChoice } from "../output/triage/triage.ts";
import type { Fleet } from "../report/fleet/fleet-model.ts";
import type { FleetPageInfo } from "../report/fleet/page.ts";
import { constantsText } from "../report/runs/conditions.ts";
import { MAX_RUNS } from "../report/runs/read-runs.ts";
import { badTraces, traceLine, warnOfTrace } from "./bad-traces.ts";
import { executeRuns, type RunOutcome } from "./jobs/execute.ts";
import { createRequest, type RunRequest } from "./jobs/request.ts";
import { conditionArguments, type ReportOptions } from "./run-for-report.ts";
import { noteReplacedDriversOf, warnOfWhatIf } from "./run-notes.ts";
import { withOutput } from "./with-output.ts";

/**
 * Runs the traces, and writes their page, or without `--output` the summary of many runs.
 * @param names of the files, as given
 * @throws {InputError | RunError} after the page is written, if some traces could not be run; before, if none could
 */
export async function reportFleet(
  traces: readonly InputFile[],
  names: readonly string[],
  options: ReportOptions,
  version: string,
): Promise<void> {
  const choice = parseTriage(options.sort, options.warn);
  const { sort: _, warn: __, ...conditions } = options;
  const { output: ___, ...runOptions } = conditions;
  const request = createRequest(
    traces.map(({ name }) => name),
    { ...runOptions, every: "change", columns: "default", summary: true },
    traces.map(({ path }) => path),
  );
  const worlds = request.worlds ?? 1;
  const jobs = request.jobs.map((job, run) => {
    const { path, name } = traces[Math.floor(run / worlds)] as InputFile;
    const strips = job.world === 1 ? ({ wantsStrips: true } as const) : {};
    return { ...job, trace: path, shown: name, wantsChanges: false, ...strips };
  });
  const outcome = await executeRuns({ ...request, jobs });
  for (const trace of outcome.failed) warnOfTrace(trace);
  warnOfWhatIf(outcome.runs);
  noteReplacedDriversOf(outcome.runs);
  const { output } = options;
  if (outcome.runs.length > 0) {
    if (output === undefined) await printSummary(outcome, worlds, choice);
    else await writePage(outcome, request, choice, { names, options, output, version });
  }
  if (outcome.failed.length > 0) {
    const rest =
      outcome.runs.length === 0 ? "nothing is left to report" : "they are missing in the report of the others";
    throw badTraces(outcome.failed, traces.length, rest);
  }
}

async function printSummary({ runs, failed }: RunOutcome, worlds: number, choice: TriageChoice): Promise<void> {
  const { triageText } = await import("./triage/triage-text.ts");
  const summaries = runs.map(({ result }) => result.summary as Summary);
  const text = triageText({ summaries, worlds, failed: failed.length, wantsAll: false }, choice);
  await writeAll(STDOUT, Buffer.from(text));
}

interface PagePlace {
  readonly names: readonly string[];
  readonly options: ReportOptions;
  readonly output: string;
  readonly version: string;
}

async function writePage(
  { runs, failed }: RunOutcome,
  { worlds: given }: RunRequest,
  choice: TriageChoice,
  { names, options, output, version }: PagePlace,
): Promise<void> {
  const worlds = given ?? 1;
  const first = runs.filter((_, run) => run % worlds === 0);
  const summaries = runs.map(({ result }) => result.summary as Summary);
  const labels = runLabels(first.map(({ result }) => result.summary as Summary));
  const shared = conditionArguments({ ...options, worlds: undefined });
  const fleet: Fleet = {
    cases: first.map(({ job, result }, i) => ({
      label: escapeUnsafe(labels[i] as string),
      file: job.traceColumn,
      summaries: summaries.slice(i * worlds, (i + 1) * worlds),
      strips: result.strips as Strips,
    })),
    choice,
    options: shared.length === 0 ? "" : ` ${shellLine(shared)}`,
  };
  const { job } = first[0] as (typeof first)[number];
  const whatIfs = [...new Set(summaries.map(({ whatIf }) => whatIf))];
  const info: FleetPageInfo = {
    title: `${first.length} ${first.length === 1 ? "guest" : "guests"}`,
    facts: [
      ["Traces", fileNames(names)],
      ["Driver", job.driver],
      ["Constants", constantsText(policyNamed(job.driver, "--driver"), job.rates)],
      ...(whatIfs.length === 1 && whatIfs[0] !== "" ? ([["What if", whatIfs[0] as string]] as const) : []),
      ["Seed", options.seed ?? "that of each trace"],
      ["Worlds", worlds === 1 ? "1, the traces as they are written" : `${worlds} of each trace`],
      ["Run by", `balloon-sim ${version}`],
    ],
    failed: failed.map(traceLine),
    notes: notesOf(summaries, worlds, first.length),
    worlds,
  };
  const { fleetPage } = await import("../report/fleet/page.ts");
  const triage = [
    ...(options.sort === undefined ? [] : ["--sort", options.sort]),
    ...(options.warn ?? []).flatMap((warning) => ["--warn", warning]),
  ];
  const rest = [...conditionArguments(options), ...triage, "-o", fileArgument(output)];
  const command = `balloon-sim report ${commandFiles(names)} ${shellLine(rest)}`;
  await withOutput(output, async (sink) => sink.write(fleetPage(fleet, info, { command, version })));
}

/** Maximum number of files that a line names. */
const MOST_NAMED = 3;

const fileNames = (names: readonly string[]): string =>
  names.length <= MOST_NAMED
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMED - 1).join(", ")}, … ${names.at(-1)} (${names.length} files)`;

/** The files as arguments of a command; of many only the first ones, and how many more there are. */
const commandFiles = (names: readonly string[]): string =>
  names.length <= MAX_RUNS
    ? shellLine(names.map(fileArgument))
    : `${shellLine(names.slice(0, MOST_NAMED).map(fileArgument))} … (and ${names.length - MOST_NAMED} more traces)`;

/** Maximum number of different notes of runs that the page has. */
const MOST_NOTES = 8;

/** The notes of the runs, each once with the number of its runs, those of most runs first. */
function notesOf(summaries: readonly Summary[], worlds: number, guests: number): string[] {
  const counts = new Map<string, Set<number>>();
  summaries.forEach(({ notes }, run) => {
    for (const note of notes) {
      const whose = counts.get(note) ?? new Set();
      counts.set(note, whose.add(Math.floor(run / worlds)));
    }
  });
  const ranked = [...counts].sort(([, a], [, b]) => b.size - a.size);
  const lines = ranked
    .slice(0, MOST_NOTES)
    .map(([note, whose]) => (whose.size === guests ? note : `Of ${whose.size} of ${guests} guests: ${note}`));
  const more = ranked.length - lines.length;
  return more > 0 ? [...lines, `${more} further notes: a run of the trace alone has them.`] : lines;
}
