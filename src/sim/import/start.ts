/** The state at the beginning of a machine's trace: the balloon's size, and the pages in swap. */
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { formatSize, type Pages } from "../../common/units.ts";
import { watermarks } from "../guest/watermarks.ts";
import { PROFILES, type Profile } from "../trace/profile.ts";
import { type DemandChoice, Evaluator, type Formula, SWAP_TERMS } from "./demand.ts";
import type { MachineSurvey } from "./survey.ts";
import { type ColumnSpec, pagesPerUnit, type Quantity } from "./vocabulary.ts";

/** The state at the beginning of a trace, in pages. */
export interface StartState {
  readonly balloon: Pages;
  /** The part of the workload's anonymous memory in swap. */
  readonly swapped: Pages;
  /** Sentences for the origin of the trace. */
  readonly notes: readonly string[];
}

interface Known {
  readonly pages: number;
}

/** The inputs of `startState`. */
interface Facts {
  readonly survey: MachineSurvey;
  readonly memory: Known;
  readonly swap: Known;
  /** The balloon's size by the user. */
  readonly balloon: Known | null;
  readonly demand: DemandChoice;
  readonly profile: string;
  /** The log's name in messages. */
  readonly shown: string;
}

/**
 * Largest distance from the target, in pages or as a fraction, at which a balloon counts as being at its target: in
 * ESX, balloons at rest differ from their targets by a large page or two.
 */
const AT_TARGET_PAGES = 1024;
const AT_TARGET_SHARE = 0.01;

/**
 * Computes the state at the beginning of the trace.
 * @throws {InputError} if the guest has no room for it
 */
export function startState(facts: Facts): StartState {
  const balloon = balloonOf(facts);
  const swapped = swappedOf(facts);
  const notes: string[] = [];
  if (balloon > 0) notes.push(`At time 0 the balloon holds ${formatSize(balloon)}.`);
  if (swapped > 0) notes.push(`At time 0 ${formatSize(swapped)} of the workload are in swap.`);
  const hostSwapped = amountOf(facts, "hostSwapped");
  if (hostSwapped > 0) {
    notes.push(
      `At time 0 the host has ${formatSize(hostSwapped)} of the guest swapped out, of which the guest of the trace knows nothing: it has them in memory.`,
    );
  }
  return { balloon, swapped, notes };
}

function balloonOf(facts: Facts): Pages {
  const { balloon, memory, profile, survey, shown } = facts;
  const size = balloon?.pages ?? amountOf(facts, "balloonSize");
  if (size === 0) return 0;
  const target = amountOf(facts, "balloonTarget");
  const atTarget = target > 0 && Math.abs(size - target) <= Math.max(AT_TARGET_PAGES, AT_TARGET_SHARE * target);
  const pages = atTarget ? target : size;
  const kernel = demandOf(facts, "kernelMemory");
  const { kernel: rules } = PROFILES.get(profile) as Profile;
  const { min } = watermarks(memory.pages, rules, null, rules.watermarkScaleFactor);
  if (pages + kernel + min > memory.pages) {
    const beside = kernel > 0 ? ` beside ${formatSize(kernel)} of the kernel` : "";
    throw new InputError(
      `${shown}: the balloon of ${quote(survey.machine.id)} holds ${formatSize(pages)} at the beginning, which does not fit into ${formatSize(memory.pages)} of memory${beside}: --memory or --unit is likely wrong`,
    );
  }
  return pages;
}

/** The part of the anonymous memory in swap: the terms of its formula that are in swap. */
function swappedOf(facts: Facts): Pages {
  const anon = facts.demand.formulas.find(({ field }) => field === "anon");
  const terms = anon?.terms.filter(({ of }) => SWAP_TERMS.has(of)) ?? [];
  if (anon === undefined || terms.length === 0) return 0;
  const swapped = evaluate({ ...anon, terms }, facts);
  return Math.min(swapped, demandOf(facts, "anon"), facts.swap.pages);
}

/** An amount of the first sample in whole pages; 0 if it is unknown. */
function amountOf({ survey, memory }: Facts, quantity: Quantity): Pages {
  const index = knownColumns(survey).findIndex((column) => column?.quantity === quantity);
  const column = survey.machine.columns[index];
  if (column === undefined) return 0;
  const pages = (survey.first[index] as number) * (pagesPerUnit(column.unit, memory.pages) ?? Number.NaN);
  return pages > 0 ? Math.round(pages) : 0;
}

/** The demand at the first sample, in pages; 0 if it is unknown. */
function demandOf(facts: Facts, field: Formula["field"]): Pages {
  const formula = facts.demand.formulas.find((each) => each.field === field);
  return formula === undefined ? 0 : evaluate(formula, facts);
}

const evaluate = (formula: Formula, facts: Facts): number =>
  evaluatorOf(formula, facts, knownColumns(facts.survey)).evaluate(facts.survey.first) || 0;

/** Columns of a machine; null for a column without known values: its substitute is used. */
export const knownColumns = ({ machine, ranges }: MachineSurvey): (ColumnSpec | null)[] =>
  machine.columns.map((column, index) => (ranges[index] === null ? null : column));

/** An evaluator of one of a machine's formulas. Anonymous memory may be in swap, all other memory is resident. */
export function evaluatorOf(
  formula: Formula,
  { memory, swap, balloon }: Pick<Facts, "memory" | "swap" | "balloon">,
  columns: readonly (ColumnSpec | null)[],
): Evaluator {
  const most = memory.pages + (formula.field === "anon" ? swap.pages : 0);
  return new Evaluator(formula, columns, memory.pages, balloon?.pages ?? 0, most);
}
