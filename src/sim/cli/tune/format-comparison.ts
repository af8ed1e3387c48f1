import { escapeUnsafe, safeJson } from "../../../common/quote.ts";
import { RATE_FIELDS, type Rates } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../objectives/index.ts";
import { csvLines } from "../../output/csv.ts";
import { runLabels } from "../../output/run-labels.ts";
import type { Difference, ObjectiveComparison } from "../../tune/comparison.ts";
import type { StudyTrace, TrialRun } from "../../tune/types.ts";
import { formatTable } from "../table.ts";
import { formatNumber, listOf } from "./format-text.ts";

/** Rates that are compared. */
export interface ComparedRates {
  /** File, or `default`. */
  readonly name: string;
  readonly rates: Rates;
  readonly runs: readonly TrialRun[];
  /** One value an objective, over all traces. */
  readonly values: readonly number[];
  /** For each trace, one value an objective, over its seeds. */
  readonly byTrace: readonly (readonly number[])[];
  /** Against the first rates, one an objective; null: they are the first. */
  readonly against: readonly ObjectiveComparison[] | null;
}

/** Rates side by side. */
export interface Comparison {
  readonly traces: readonly StudyTrace[];
  readonly seeds: readonly string[];
  readonly aggregate: string;
  /** The first are those that the others are compared with. */
  readonly rates: readonly ComparedRates[];
}

/** A comparison for people: all objectives side by side, then for each set of rates where it wins and loses. */
export function comparisonTable(comparison: Comparison): string {
  const { traces, rates, aggregate } = comparison;
  const differing = OBJECTIVES.flatMap((_, i) =>
    rates.some((one) => one.byTrace.some((values, trace) => values[i] !== rates[0]?.byTrace[trace]?.[i])) ? [i] : [],
  );
  const equal = OBJECTIVES.filter((_, i) => !differing.includes(i)).map(({ name }) => name);
  const over = listOf(runLabels(traces).map(escapeUnsafe));
  const parts = [`${traces.length === 1 ? "on" : `${aggregate} over`} ${over}\n`];
  if (differing.length > 0) parts.push(sideBySide(comparison, differing));
  if (equal.length > 0) parts.push(`The same with all rates: ${equal.join(", ")}\n`);
  if (traces.length > 1 && differing.length > 0) {
    for (const one of rates.slice(1)) parts.push(winsTable(one, comparison, differing));
  }
  return parts.join("\n");
}

function sideBySide({ rates }: Comparison, objectives: readonly number[]): string {
  const [first] = rates as [ComparedRates];
  const head = ["objective", "unit", "better", ...rates.map(({ name }) => escapeUnsafe(name))];
  const rows = objectives.map((i) => {
    const { name, unit, better } = OBJECTIVES[i] as (typeof OBJECTIVES)[number];
    const cells = rates.map(({ values, against }) => {
      const text = formatNumber(values[i] as number);
      return against === null ? text : `${text} (${changeOf(values[i] as number, first.values[i] as number)})`;
    });
    return [name, unit, better, ...cells];
  });
  return formatTable({ head, align: head.map((_, i) => (i < 3 ? "left" : "right")) }, rows);
}

/** By how much a value has changed: in per cent, or as a difference where there was nothing. */
function changeOf(value: number, reference: number): string {
  if (value === reference) return "=";
  const sign = value > reference ? "+" : "";
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

/** A line a run. */
export const comparisonCsv = ({ rates, traces, seeds }: Comparison): string =>
  csvLines([
    ["rates", "trace", "name", "seed", ...OBJECTIVES.map((objective) => objective.name)],
    ...rates.flatMap(({ name, runs }) =>
      runs.map(({ trace, seed, values }) => [name, traces[trace]?.trace, traces[trace]?.name, seeds[seed], ...values]),
    ),
  ]);

/** Everything, as one object. */
export function comparisonJson({ traces, seeds, aggregate, rates }: Comparison): string {
  const named = <Value>(list: readonly Value[]) => Object.fromEntries(OBJECTIVES.map(({ name }, i) => [name, list[i]]));
  const place = (difference: Difference | null) =>
    difference === null ? null : { ...difference, trace: traces[difference.trace]?.trace };
  const object = {
    aggregate,
    traces: traces.map(({ trace, name, sha256 }) => ({ trace, name, sha256 })),
    seeds,
    rates: rates.map((one) => ({
      name: one.name,
      constants: Object.fromEntries(RATE_FIELDS.map(({ key, flag }) => [flag, one.rates[key]])),
      objectives: named(one.values),
      traces: Object.fromEntries(traces.map(({ trace }, i) => [trace, named(one.byTrace[i] as readonly number[])])),
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
