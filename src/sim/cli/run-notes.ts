import { warn } from "../../common/cli/output.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { DEFAULT_POLICY } from "../../engine/index.ts";
import { type UnusedRules, unusedInAll, unusedRulesRemark } from "../host/unused-rules.ts";
import { caveatOf } from "../output/caveats.ts";
import { damageLine, KillCount } from "../output/damage.ts";
import { warnOfCaveats } from "./driver-caveats.ts";
import { noteReplacedDrivers } from "./driver-of-traces.ts";
import type { NotedRun } from "./jobs/noted-run.ts";
import type { RunRequest } from "./jobs/request.ts";
import { rowsHint } from "./rows-hint.ts";
import { warnOfSome } from "./warn-of-some.ts";

/** What is worth a warning about `--target` and `--until`. */
export function warnOfWhatIf(runs: readonly NotedRun[]): void {
  warnOfSome(runs.flatMap(({ result }) => result.warnings));
}

/**
 * Prints the messages about runs to standard error. To be called when their results are written.
 * @param isDrawn whether the terminal shows curves, which mark kills, instead of rows
 */
export function sayAbout(
  runs: readonly NotedRun[],
  summaryFormat: RunRequest["summaryFormat"],
  isDrawn: boolean,
): void {
  noteReplacedDriversOf(runs);
  if (summaryFormat === null) warnOfCaveats(runs.map(({ job }) => caveatOf(policyNamed(job.driver, "--driver"))));
  if (summaryFormat === null && !isDrawn) warnOfKills(runs);
  if (summaryFormat === null || summaryFormat === "csv" || summaryFormat === "parquet") {
    warnOfTargets(runs);
    noteUnusedRules(runs);
  }
  const hint = rowsHint(runs);
  if (hint !== null) warn(`balloon-sim: ${hint}`);
}

/** Prints a line about OOM kills, if there were any: rows and pictures in files show them only at their times. */
function warnOfKills(made: readonly NotedRun[]): void {
  const [only] = made;
  const count = new KillCount();
  for (const { job, result } of made) count.note(job.traceColumn, result.damage.oomKills);
  const line = count.line();
  if (line === null || only === undefined) return;
  const one = `${escapeUnsafe(only.job.traceColumn)}: ${damageLine(only.result.damage)}`;
  warn(`balloon-sim: ${made.length === 1 ? one : line}`);
}

/** Prints a line for each trace whose target no balloon can reach. */
function warnOfTargets(made: readonly NotedRun[]): void {
  const lines = made.flatMap(({ job, result: { targetRemark } }) =>
    targetRemark === null ? [] : [`${escapeUnsafe(job.traceColumn)}: ${targetRemark}`],
  );
  warnOfSome(lines);
}

/** Prints a line for each trace with rules of the host that changed nothing in any of its runs. */
function noteUnusedRules(made: readonly NotedRun[]): void {
  const byTrace = new Map<string, [UnusedRules, ...UnusedRules[]]>();
  for (const { job, result } of made) {
    const runs = byTrace.get(job.traceColumn);
    if (runs === undefined) byTrace.set(job.traceColumn, [result.unusedRules]);
    else runs.push(result.unusedRules);
  }
  const lines = [...byTrace].flatMap(([trace, runs]) => {
    const remark = unusedRulesRemark(unusedInAll(runs));
    return remark === null ? [] : [`${escapeUnsafe(trace)}: ${remark}`];
  });
  warnOfSome(lines, "note");
}

/**
 * Prints a line about the traces whose driver the command replaces, or, as rows do not name it, about a driver that a rates
 * file names.
 */
export function noteReplacedDriversOf(made: readonly NotedRun[]): void {
  const [first] = made;
  if (first === undefined) return;
  const named = made.map(({ job, result }) => ({ trace: job.traceColumn, driver: result.traceDriver }));
  const { driver, driverBy } = first.job;
  noteReplacedDrivers(driverBy ?? "--driver", [driver], named);
  const isSaid = named.some((one) => one.driver !== null);
  if (driverBy === "--rates" && !isSaid && driver !== DEFAULT_POLICY.name) {
    warn(`balloon-sim: note: the runs have ${driver}, the driver that the file of --rates names`);
  }
}
