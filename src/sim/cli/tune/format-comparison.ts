import { escapeUnsafe, safeJson } from "../../../common/quote.ts";
import { ratesByName } from "../../../common/rates.ts";
import { DEFAULT_POLICY, type ParamSpec, type Params } from "../../../engine/index.ts";
import { csvLines } from "../../output/csv.ts";
import { KillCount } from "../../output/damage.ts";
import { isLowerBound } from "../../output/lower-bounds.ts";
import { runLabels } from "../../output/run-labels.ts";
import { LOWER_BOUND_LEGEND, withBound } from "../../output/spread-words.ts";
import type { Difference, ObjectiveComparison } from "../../tune/comparison.ts";
import { KILLS, type MeasuredObjective, objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import { markOf, type Relation, type Spread, signOf, WITHIN_SPREAD_LEGEND } from "../../tune/spread.ts";
import type { StudyTrace, TrialRun } from "../../tune/types.ts";
import { formatTable } from "../table.ts";
import { formatNumber, formatSpread, listOf } from "./format-text.ts";

/** One set of rates in a comparison. */
export interface ComparedRates {
  /** File, or `default`. */
  readonly name: string;
  /** Name of its driver. */
  readonly driver: string;
  readonly rates: Params;
  /** The parameters of its driver. */
  readonly params: readonly ParamSpec[];
  readonly runs: readonly TrialRun[];
  /** Of each objective the spread over worlds, for all traces together. */
  readonly spreads: readonly Spread[];
  /** Of each trace, and each objective, the spread over worlds. */
  readonly byTrace: readonly (readonly Spread[])[];
  /** For each objective the relation to the first rates, for all traces together. */
  readonly relations: readonly Relation[];
  /** Comparison with the first rates, one per objective; null for the first rates. */
  readonly against: readonly ObjectiveComparison[] | null;
}

/** The runs that sets of rates are compared on; plain data. */
export interface ComparisonConditions {
  /** What the runs are runs of; absent: traces. */
  readonly kind?: SubjectKind;
  readonly traces: readonly StudyTrace[];
  /** The changes to the traces, in words; empty: none. */
  readonly whatIf: string;
  /** For each trace its changes, in words. */
  readonly whatIfByTrace: readonly string[];
  readonly seeds: readonly string[];
  readonly worlds: number;
  /** As given on the command line. */
  readonly aggregate: string;
}

/** Several sets of rates side by side. */
export interface Comparison extends ComparisonConditions {
  /** The first one is the reference of the others. */
  readonly rates: readonly ComparedRates[];
}

/** A comparison as text: all objectives side by side, then for each set of rates where it wins and loses. */
export function comparisonTable(comparison: Comparison): string {
  const { traces, rates, aggregate, worlds, whatIf } = comparison;
  const objectives = objectivesIn(comparison);
  const differing = objectives.flatMap((_, i) => (rates.some((one) => differs(one, rates[0], i)) ? [i] : []));
  const equal = objectives.flatMap((one, i) =>
    differing.includes(i) ? [] : [withValue(rates[0] as ComparedRates, one, i)],
  );
  const over = listOf(runLabels(traces).map(escapeUnsafe));
  const inWorlds = worlds === 1 ? "" : `; median of ${worlds} worlds [lowest .. highest]`;
  const changed = whatIf === "" ? "" : `; ${escapeUnsafe(whatIf)}`;
  const kills = killsOf(comparison);
  const drivers = [...new Set(rates.map(({ driver }) => driver))];
  // Several drivers are the names of the columns.
  const of = drivers.length > 1 || drivers[0] === DEFAULT_POLICY.name ? "" : `; driver ${drivers[0]}`;
  const parts = [
    `${kills === null ? "" : `${kills}\n`}${traces.length === 1 ? "on" : `${aggregate} over`} ${over}${of}${changed}${inWorlds}\n`,
  ];
  if (differing.length > 0) parts.push(sideBySide(comparison, differing));
  if (differing.some((i) => rates.some(({ relations }) => relations[i] === "~")))
    parts.push(`${WITHIN_SPREAD_LEGEND}\n`);
  if (objectives.some(({ name }) => rates.some((one) => hasBound(one, name)))) {
    parts.push(`${LOWER_BOUND_LEGEND}\n`);
  }
  if (equal.length > 0)
    parts.push(`The same with all ${drivers.length > 1 ? "drivers" : "rates"}: ${equal.join(", ")}\n`);
  if (traces.length > 1 && differing.length > 0) {
    for (const one of rates.slice(1)) parts.push(winsTable(one, comparison, differing));
  }
  return parts.join("\n");
}

/** A line about the kills of all runs, by rates; null if there were none. */
export function killsOf(comparison: Comparison): string | null {
  const count = new KillCount();
  const [kills] = KILLS[comparison.kind ?? "trace"];
  const index = objectivesIn(comparison).findIndex(({ name }) => name === kills);
  for (const { name, runs } of comparison.rates)
    for (const { values } of runs) count.note(name, values[index] as number);
  return count.line();
}

const objectivesIn = ({ kind = "trace" }: Comparison): readonly MeasuredObjective[] => objectivesOf(kind);

/** Whether an objective differs from the reference in any run. */
function differs({ runs }: ComparedRates, reference: ComparedRates | undefined, objective: number): boolean {
  return runs.some(({ values }, i) => values[objective] !== reference?.runs[i]?.values[objective]);
}

/** Whether the values of an objective are lower bounds in any run. */
const hasBound = ({ runs }: ComparedRates, name: string): boolean =>
  runs.some(({ values }) => isLowerBound(name, values));

/** An objective with its value: `oom_kills 0`, `driver_cpu 1.73 [1.71 .. 1.75] s`. */
function withValue(one: ComparedRates, { name, unit }: MeasuredObjective, objective: number): string {
  const value = withBound(formatSpread(one.spreads[objective] as Spread), hasBound(one, name));
  return `${name} ${value}${value === "0" ? "" : ` ${unit}`}`;
}

/** The name of a set of rates, with its driver if the sets have different ones that are not their names. */
function labelOf({ name, driver }: ComparedRates, all: readonly ComparedRates[]): string {
  const isOneDriver = all.every((one) => one.driver === driver);
  return escapeUnsafe(isOneDriver || name === driver ? name : `${name} (${driver})`);
}

function sideBySide(comparison: Comparison, objectives: readonly number[]): string {
  const { rates } = comparison;
  const [first] = rates as [ComparedRates];
  const head = ["objective", "unit", "better", ...rates.map((one) => labelOf(one, rates))];
  const rows = objectives.map((i) => {
    const { name, unit, better } = objectivesIn(comparison)[i] as MeasuredObjective;
    const cells = rates.map((one) => {
      const [own, reference] = [one.spreads[i], first.spreads[i]] as [Spread, Spread];
      const text = withBound(formatSpread(own), hasBound(one, name));
      if (one.against === null) return text;
      return `${text} (${changeOf(one.relations[i] as Relation, own.median, reference.median)})`;
    });
    return [name, unit, better, ...cells];
  });
  return formatTable({ head, align: head.map((_, i) => (i < 3 ? "left" : "right")) }, rows);
}

/**
 * The change of a value: in per cent, or as a difference if the reference is 0; the mark of the relation if the values
 * do not really differ.
 * @param value the median over worlds
 * @param reference the median of the reference
 */
export function changeOf(relation: Relation, value: number, reference: number): string {
  const mark = markOf(relation);
  if (mark !== null) return mark;
  // Values may really differ although their medians are equal.
  const sign = value > reference || (value === reference && relation === ">") ? "+" : value < reference ? "" : "-";
  if (reference === 0) return `${sign}${formatNumber(value)}`;
  const percent = ((value - reference) / Math.abs(reference)) * 100;
  // A change that would be rounded to 0 or to -100 % keeps two decimals.
  const isExtreme = Math.abs(percent) < 1 || (percent < -99 && percent > -100);
  return `${sign}${isExtreme ? percent.toFixed(2) : Math.round(percent)} %`;
}

function winsTable(one: ComparedRates, comparison: Comparison, objectives: readonly number[]): string {
  const { traces, rates } = comparison;
  const labels = runLabels(traces);
  const where = (difference: Difference | null): string => {
    if (difference === null) return "";
    const { trace, value, reference } = difference;
    return `${labels[trace]}: ${formatNumber(value)} for ${formatNumber(reference)}`;
  };
  const head = [
    `${labelOf(one, rates)} against ${labelOf(rates[0] as ComparedRates, rates)}`,
    "wins",
    "losses",
    "wins most on",
    "loses most on",
  ];
  const rows = objectives.flatMap((i) => {
    const against = one.against?.[i];
    if (against === undefined || against.wins + against.losses === 0) return [];
    const label = objectivesIn(comparison)[i]?.name ?? "";
    return [[label, String(against.wins), String(against.losses), where(against.best), where(against.worst)]];
  });
  const align = ["left", "right", "right", "left", "left"] as const;
  return formatTable({ head, align }, rows);
}

/** A line per run, with the world if there are several. */
export const comparisonCsv = ({ kind = "trace", rates, traces, whatIfByTrace, seeds, worlds }: Comparison): string =>
  csvLines([
    [
      ...["rates", kind, "name", "driver", "what_if", "seed"],
      ...(worlds === 1 ? [] : ["world"]),
      ...objectivesOf(kind).map((objective) => objective.name),
    ],
    ...rates.flatMap(({ name, driver, runs }) =>
      runs.map(({ trace, seed, world = 1, values }) => [
        ...[name, traces[trace]?.trace, traces[trace]?.name, driver, whatIfByTrace[trace], seeds[seed]],
        ...(worlds === 1 ? [] : [world]),
        ...values,
      ]),
    ),
  ]);

/** Everything, as one object. */
export function comparisonJson(comparison: Comparison): string {
  const { traces, whatIf, seeds, worlds, aggregate, rates } = comparison;
  const named = <Value>(list: readonly Value[]) =>
    Object.fromEntries(objectivesIn(comparison).map(({ name }, i) => [name, list[i]]));
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
      driver: one.driver,
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
