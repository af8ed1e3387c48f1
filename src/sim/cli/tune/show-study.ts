import { print } from "../../../common/cli/output.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { runLabels } from "../../output/run-labels.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { formatAggregate, requirementsText } from "../../tune/goal.ts";
import { importanceOfStudy } from "../../tune/importance.ts";
import { subjectKindOf } from "../../tune/objectives.ts";
import { StudyAnalysis, type StudyState } from "../../tune/study/analysis.ts";
import { policyOf } from "../../tune/study/study-space.ts";
import type { StudyHeader } from "../../tune/types.ts";
import { warningsOf } from "../../tune/warnings.ts";
import { constantsTable } from "./constants-table.ts";
import { listOf } from "./format-text.ts";
import { frontLine, frontTable } from "./front-table.ts";
import { openStudy } from "./open-study.ts";

/** How to show a study. */
export interface ShowOptions {
  /** Its file; null: the study has no file. */
  readonly name: string | null;
  /** Whether to list all trials of the front. */
  readonly all?: boolean;
}

/** Executes `balloon-sim study show`. */
export function showStudy(path: string, options: { readonly all?: true }): void {
  printStudy(openStudy(path), { name: path, all: options.all === true });
}

/** Prints the result of a study as text. */
export function printStudy(state: StudyState, options: ShowOptions): void {
  const analysis = new StudyAnalysis(state);
  const importance = importanceOfStudy(analysis);
  const parts = [
    about(analysis, options),
    frontTable(analysis, options.all === true),
    constantsTable(analysis, importance),
    [...unfinished(analysis), ...warningsOf(analysis, importance)].map((note) => `Note: ${note}\n`).join(""),
  ];
  print(parts.filter((part) => part !== "").join("\n"));
}

/** Describes the study. */
function about(analysis: StudyAnalysis, { name }: ShowOptions): string {
  const { header, trials } = analysis;
  const count = (state: string) => trials.filter(({ trial, state: own }) => trial > 0 && own === state).length;
  const parts = [`${trials.length - 1} trials`];
  if (count("dropped") > 0) parts.push(`${count("dropped")} dropped early`);
  if (count("failed") > 0) parts.push(`${count("failed")} failed`);
  if (trials[0]?.state === "failed") parts.push("trial 0 failed");
  parts.push(`sampler ${header.sampler}`, `seed ${escapeUnsafe(header.seed)}`);
  const labels = runLabels(header.traces);
  const names = (of: string) =>
    listOf(
      header.traces.flatMap(({ role, weight }, i) =>
        role === of ? escapeUnsafe(labels[i] as string) + (weight === 1 ? "" : ` (weight ${weight})`) : [],
      ),
    );
  const rows = [
    ["study", `${name === null ? "" : `${escapeUnsafe(name)}: `}${parts.join(", ")}`],
    ...tunedRows(header),
    ["goals", header.goals.map(({ direction, objective }) => `${direction} ${objective}`).join(", ")],
    ["required", requirementsText(header)],
    ["tuned on", `${names("tune")}${header.traces.length > 1 ? ` (${formatAggregate(header.aggregate)})` : ""}`],
    ["judged on", names("holdout")],
    ["what if", escapeUnsafe(whatIfText(header.whatIf))],
    ["worlds", worldsText(header)],
    ["front", frontLine(analysis)],
  ] as const;
  return rows.map(([label, text]) => (text === "" ? "" : `${label.padEnd(11)}${text}\n`)).join("");
}

/** What the study tunes: a driver; of hosts the driver of their VMs, and their policy. */
function tunedRows(header: StudyHeader): (readonly [string, string])[] {
  const { host } = header;
  if (host === undefined) return [["driver", policyOf(header).name]];
  const policy = host.policy?.name ?? host.replaced;
  return [
    ["driver", host.driver ?? ""],
    ["policy", policy === undefined ? "" : escapeUnsafe(policy)],
  ];
}

/** Describes the number of worlds; empty if all runs have the traces as written. */
function worldsText({ worlds, judgedWorlds }: StudyHeader): string {
  if (worlds === 1 && judgedWorlds === 1) return "";
  const searched = `${worlds} in the search`;
  return judgedWorlds === 1 ? searched : `${searched}, ${judgedWorlds} others to judge the result [lowest .. highest]`;
}

/** A note about trials that a study has not judged, because it ended early. */
function unfinished({ header, isJudged, isJudgedInWorlds }: StudyAnalysis): string[] {
  if (isJudged) return [];
  const what = isJudgedInWorlds ? "The next best trials, which the front dominates," : "The trials of the front";
  const where = [
    ...(header.traces.some(({ role }) => role === "holdout") ? [`on the held-out ${subjectKindOf(header)}s`] : []),
    ...(header.judgedWorlds > 1 ? ["in other worlds"] : []),
  ];
  return [`${what} are not judged yet ${where.join(" and ")}: the study ended before; its command continues it.`];
}
