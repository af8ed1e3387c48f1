import { escapeUnsafe, safeJson } from "../../../common/quote.ts";
import { ratesByName } from "../../../common/rates.ts";
import type { ParamSpec, Params } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { csvLines } from "../../output/csv.ts";
import { KillCount } from "../../output/damage.ts";
import { runLabels } from "../../output/run-labels.ts";
import type { Difference, ObjectiveComparison } from "../../tune/comparison.ts";
import { markOf, type Relation, type Spread, signOf, WITHIN_SPREAD_LEGEND } from "../../tune/spread.ts";
import type { StudyTrace, TrialRun } from "../../tune/types.ts";
import { formatTable } from "../table.ts";
import { formatNumber, formatSpread, listOf } from "./format-text.ts";

/** Rates that are compared. */
export interface ComparedRates {
  /** File, or `default`. */
  readonly name: string;
  readonly rates: Params;
  /** The parameters of the driver that they are of. */
  readonly params: readonly ParamSpec[];
  readonly runs: readonly TrialRun[];
  /** What each objective is over all traces, from world to world. */
  readonly spreads: readonly Spread[];
  /** For each trace, what each objective is there. */
  readonly byTrace: readonly (readonly Spread[])[];
  /** For each objective, how it stands to that of the first rates, over all traces. */
  readonly relations: readonly Relation[];
  /** Against the first rates, one an objective; null: they are the first. */
  readonly against: readonly ObjectiveComparison[] | null;
}

/** Rates side by side. */
export interface Comparison {
  readonly traces: readonly StudyTrace[];
  /** What was changed about the traces, in words; empty: nothing. */
  readonly whatIf: string;
  /** For each trace, what was changed about it, in words. */
  readonly whatIfByTrace: readonly string[];
  readonly seeds: readonly string[];
  readonly worlds: number;
  readonly aggregate: string;
  /** The first are those that the others are compared with. */
  readonly rates: readonly ComparedRates[];
}

/** A comparison for people: all objectives side by side, then for each set of rates where it wins and loses. */
export function comparisonTable(comparison: Comparison): string {
  const { traces, rates, aggregate, worlds, whatIf } = comparison;
  const differing = OBJECTIVES.flatMap((_, i) => (rates.some((one) => differs(one, rates[0], i)) ? [i] : []));
  const equal = OBJECTIVES.filter((_, i) => !differing.includes(i)).map(({ name }) => name);
  const over = listOf(runLabels(traces).map(escapeUnsafe));
  const inWorlds = worlds === 1 ? "" : `; median of ${worlds} worlds [lowest .. highest]`;
  const changed = whatIf === "" ? "" : `; ${escapeUnsafe(whatIf)}`;
  const kills = killsOf(comparison);
  const parts = [
    `${kills === null ? "" : `${kills}\n`}${traces.length === 1 ? "on" : `${aggregate} over`} ${over}${changed}${inWorlds}\n`,
  ];
  if (differing.length > 0) parts.push(sideBySide(comparison, differing));
  if (differing.some((i) => rates.some(({ relations }) => relations[i] === "~")))
    parts.push(`${WITHIN_SPREAD_LEGEND}\n`);
  if (equal.length > 0) parts.push(`The same with all rates: ${equal.join(", ")}\n`);
  if (traces.length > 1 && differing.length > 0) {
    for (const one of rates.slice(1)) parts.push(winsTable(one, comparison, differing));
  }
  return parts.join("\n");
}

/** A line about the kills of all runs, by the rates; null where there were none. */
export function killsOf({ rates }: Comparison): string | null {
  const count = new KillCount();
  for (const { name, runs } of rates) for (const { values } of runs) count.note(name, values[OOM_KILLS] as number);
  return count.line();
}

const OOM_KILLS = OBJECTIVES.findIndex(({ name }) => name === "oom_kills");

/** Whether rates come to anything else than others in an objective. */
function differs({ runs }: ComparedRates, reference: ComparedRates | undefined, objective: number): boolean {
  return runs.some(({ values }, i) => values[objective] !== reference?.runs[i]?.values[objective]);
}

function sideBySide({ rates }: Comparison, objectives: readonly number[]): string {
  const [first] = rates as [ComparedRates];
  const head = ["objective", "unit", "better", ...rates.map(({ name }) => escapeUnsafe(name))];
  const rows = objectives.map((i) => {
    const { name, unit, better } = OBJECTIVES[i] as (typeof OBJECTIVES)[number];
    const cells = rates.map((one) => {
      const [own, reference] = [one.spreads[i], first.spreads[i]] as [Spread, Spread];
      const text = formatSpread(own);
      if (one.against === null) return text;
      return `${text} (${changeOf(one.relations[i] as Relation, own.median, reference.median)})`;
    });
    return [name, unit, better, ...cells];
  });
  return formatTable({ head, align: head.map((_, i) => (i < 3 ? "left" : "right")) }, rows);
}

/**
 * By how much a value has really changed: in per cent, or as a difference where there was nothing; else the mark of the relation.
 * @param value the median over worlds
 * @param reference the same of what it is compared with
 */
export function changeOf(relation: Relation, value: number, reference: number): string {
  const mark = markOf(relation);
  if (mark !== null) return mark;
  // Medians of values that really differ may be equal.
  const sign = value > reference || (value === reference && relation === ">") ? "+" : value < reference ? "" : "-";
  if (reference === 0) return `${sign}${formatNumber(value)}`;
  const percent = ((value - reference) / Math.abs(reference)) * 100;
  // What rounds to nothing, or to all, is neither.
  const isExtreme = Math.abs(percent) < 1 || (percent < -99 && percent > -100);
  return `${sign}${isExtreme ? percent.toFixed(2) : Math.round(percent)} %`;
}

function winsTable(
  { name, against }: ComparedRates,
  { traces, rates }: Comparison,
  objectives: readonly number[],
): string {
  const labels = runLabels(traces);
  const where = (difference: Difference | null): string => {
    if (difference === null) return "";
    const { trace, value, reference } = difference;
    return `${labels[trace]}: ${formatNumber(value)} for ${formatNumber(reference)}`;
  };
  const head = [
    `${escapeUnsafe(name)} against ${escapeUnsafe(rates[0]?.name ?? "")}`,
    "wins",
    "losses",
    "wins most on",
    "loses most on",
  ];
  const rows = objectives.flatMap((i) => {
    const one = against?.[i];
    if (one === undefined || one.wins + one.losses === 0) return [];
    const label = OBJECTIVES[i]?.name ?? "";
    return [[label, String(one.wins), String(one.losses), where(one.best), where(one.worst)]];
  });
  const align = ["left", "right", "right", "left", "left"] as const;
  return formatTable({ head, align }, rows);
}

/** A line a run; of several worlds it says which. */
export const comparisonCsv = ({ rates, traces, whatIfByTrace, seeds, worlds }: Comparison): string =>
  csvLines([
    [
      ...["rates", "trace", "name", "what_if", "seed"],
      ...(worlds === 1 ? [] : ["world"]),
      ...OBJECTIVES.map((objective) => objective.name),
    ],
    ...rates.flatMap(({ name, runs }) =>
      runs.map(({ trace, seed, world = 1, values }) => [
        ...[name, traces[trace]?.trace, traces[trace]?.name, whatIfByTrace[trace], seeds[seed]],
        ...(worlds === 1 ? [] : [world]),
        ...values,
      ]),
    ),
  ]);

/** Everything, as one object. */
export function comparisonJson({ traces, whatIf, seeds, worlds, aggregate, rates }: Comparison): string {
  const named = <Value>(list: readonly Value[]) => Object.fromEntries(OBJECTIVES.map(({ name }, i) => [name, list[i]]));
  const place = (difference: Difference | null) =>
    difference === null ? null : { ...difference, trace: traces[difference.trace]?.trace };
  const medians = (spreads: readonly Spread[]) => named(spreads.map(({ median }) => median));
  const object = {
    aggregate,
    traces: traces.map(({ trace, name, sha256 }) => ({ trace, name, sha256 })),
    what_if: whatIf === "" ? null : whatIf,
    seeds,
    worlds,
    rates: rates.map((one) => ({
      name: one.name,
      constants: ratesByName(one.params, one.rates),
      objectives: medians(one.spreads),
      traces: Object.fromEntries(traces.map(({ trace }, i) => [trace, medians(one.byTrace[i] as readonly Spread[])])),
      ...(worlds === 1 ? {} : { spread: named(one.spreads), differences: named(one.relations.map(signOf)) }),
      against:
        one.against === null
          ? null
          : named(
              one.against.map(({ wins, losses, best, worst }) => ({
                wins,
                losses,
                best: place(best),
                worst: place(worst),
              })),
            ),
    })),
  };
  return `${safeJson(object, 2)}\n`;
}
