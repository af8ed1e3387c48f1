/** What is compared and how it is shown: a comparison without the values of its runs, and its text with them. */
import { warn } from "../../../common/cli/output.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { caveatOf } from "../../output/caveats.ts";
import { compareObjective } from "../../tune/comparison.ts";
import { parseAggregate } from "../../tune/goal.ts";
import { objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import { Scoring } from "../../tune/scoring.ts";
import { relationOf, spreadOf } from "../../tune/spread.ts";
import { type Place, placesOf, runOf, worldsFrom } from "../../tune/study/candidates.ts";
import type { TrialRun } from "../../tune/types.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { warnOfSome } from "../warn-of-some.ts";
import {
  type ComparedRates,
  type Comparison,
  type ComparisonConditions,
  comparisonCsv,
  comparisonJson,
  comparisonTable,
  killsOf,
} from "./format-comparison.ts";
import { policiesOf, type RateSet } from "./rate-sets.ts";

/** The description of a comparison without the values of its runs; plain data. */
export interface ComparisonPlan extends ComparisonConditions {
  readonly format: "table" | "csv" | "json";
  /** Sets of one driver are adjacent. */
  readonly sets: readonly RateSet[];
  /** Remarks about the traces, one sentence each, safe to print. */
  readonly remarks: readonly string[];
}

/** Where each set of rates is run. */
export const placesIn = ({ traces, seeds, worlds }: ComparisonPlan): Place[] =>
  placesOf(
    { traces, seeds },
    traces.map((_, i) => i),
    worldsFrom(1, worlds),
  );

/**
 * A comparison in the format of its plan. Prints a line about kills to standard error if the format has no such line.
 * @param values objectives of all runs: those of the first set of rates, then those of the next one
 */
export function comparisonText(plan: ComparisonPlan, values: readonly (readonly number[])[]): string {
  const { kind = "trace", sets, traces, aggregate: written } = plan;
  const objectives = objectivesOf(kind);
  const places = placesIn(plan);
  const all = traces.map((_, i) => i);
  const runs = sets.map((_, set) =>
    places.map((place, i): TrialRun => runOf(place, values[set * places.length + i] as readonly number[])),
  );
  const aggregate = parseAggregate(written);
  const header = { objectives: objectives.map(({ name }) => name), goals: [], requirements: [], aggregate, traces };
  const scoring = new Scoring(header);
  const measured = (own: readonly TrialRun[], indices: readonly number[]) => {
    const byWorld = scoring.valuesByWorld(own, indices);
    return objectives.map((_, i) => byWorld.map((world) => world[i] as number));
  };
  const byTrace = runs.map((own) => all.map((trace) => measured(own, [trace])));
  const overall = runs.map((own) => measured(own, all));
  const rates = sets.map(
    (set, i): ComparedRates => ({
      ...set,
      params: policyNamed(set.driver, "--drivers").params,
      runs: runs[i] as TrialRun[],
      spreads: (overall[i] as Measured).map(spreadOf),
      byTrace: (byTrace[i] as Measured[]).map((world) => world.map(spreadOf)),
      relations: (overall[i] as Measured).map((own, objective) =>
        relationOf(own, overall[0]?.[objective] as readonly number[]),
      ),
      against: i === 0 ? null : against(kind, byTrace[i] as Measured[], byTrace[0] as Measured[]),
    }),
  );
  const { whatIf, whatIfByTrace, seeds, worlds, format } = plan;
  const comparison: Comparison = { kind, traces, whatIf, whatIfByTrace, seeds, worlds, aggregate: written, rates };
  // The table begins with this line.
  const kills = format === "table" ? null : killsOf(comparison);
  if (kills !== null) warn(`balloon-sim: ${kills}`);
  warnOfSome(plan.remarks, "note");
  warnOfCaveats(policiesOf(sets).map(caveatOf));
  return { table: comparisonTable, csv: comparisonCsv, json: comparisonJson }[format](comparison);
}

/** For each world one value per objective. */
type Measured = readonly (readonly number[])[];

/** Compares the measured values of two sets of rates in each objective. */
const against = (kind: SubjectKind, values: readonly Measured[], references: readonly Measured[]) =>
  objectivesOf(kind).map((objective, i) =>
    compareObjective(
      objective,
      values.map((one) => one[i] as readonly number[]),
      references.map((one) => one[i] as readonly number[]),
    ),
  );
