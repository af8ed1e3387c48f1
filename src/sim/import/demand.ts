/**
 * The demand of the trace's workload, computed from the measured values by formulas such as `anon = active, fileSet =
 * granted - active`. A formula has sums and differences of quantities and sizes, with factors; `memory` is the guest's
 * RAM and `balloon` the size of the balloon while the log was taken.
 */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { formatSize, type Pages, parseSize } from "../../common/units.ts";
import type { DemandModel, Format } from "./reader.ts";
import { type ColumnSpec, pagesPerUnit } from "./vocabulary.ts";

/** Results of formulas: series of the trace that are amounts of memory. */
export const DEMAND_FIELDS = ["kernelMemory", "anon", "workingSet", "fileSet"] as const;
export type DemandField = (typeof DEMAND_FIELDS)[number];

/** Names in formulas that are not columns. */
export const RAM = "memory";
export const BALLOON = "balloon";

/** Terms of a formula for anonymous memory that are in swap only. */
export const SWAP_TERMS: ReadonlySet<string | number> = new Set(["swapUsed", "x-swap-cached"]);

/** Tolerated error of a result, as a fraction of memory: figures are rounded, and not all taken at one instant. */
const TOLERANCE = 0.02;

export interface Term {
  /** Factor with its sign. */
  readonly factor: number;
  /** A name, or a size in pages. */
  readonly of: string | number;
}

/** `field = terms`, after parsing. */
export interface Formula {
  readonly field: DemandField;
  readonly terms: readonly Term[];
  /** The formula as written, for the origin of the series. */
  readonly text: string;
}

/** The chosen demand: a model of the format, or formulas. */
export interface DemandChoice {
  /** Name of the model; null for the user's own formulas. */
  readonly model: string | null;
  readonly formulas: readonly Formula[];
}

/** The models that are tried without `--demand`. */
function defaultsOf({ demands }: Format, isOfHost: boolean): readonly DemandModel[] {
  const others = demands.filter(({ isForHosts }) => !isForHosts);
  return isOfHost ? [...demands.filter(({ isForHosts }) => isForHosts), ...others] : others;
}

/**
 * The demand of `--demand`.
 * @param text a model's name or formulas; null: the first model whose quantities the log has
 * @param columns the columns of the machine's log
 * @param isOfHost whether the machine is a VM of an imported host
 * @throws {InputError} if there is no such model or quantity
 */
export function chooseDemand(
  text: string | null,
  format: Format,
  columns: readonly ColumnSpec[],
  isOfHost = false,
): DemandChoice {
  const known = knownNames(columns);
  if (text === null) {
    for (const model of defaultsOf(format, isOfHost)) {
      const choice = choiceOf(model);
      if (missingName(choice.formulas, known) === null) return choice;
    }
    throw new InputError(
      `the log lacks the data for a demand (it has ${[...known].join(", ")}): ${demandHint(format)}`,
    );
  }
  const model = format.demands.find((each) => each.name === text);
  if (model === undefined && !text.includes("=")) {
    const names = format.demands.map((each) => each.name);
    throw new InputError(`--demand ${quote(text)}: ${demandHint(format)}${didYouMean(text, names)}`);
  }
  const choice = model === undefined ? { model: null, formulas: parseFormulas(text) } : choiceOf(model);
  const missing = missingName(choice.formulas, known);
  if (missing !== null) {
    throw new InputError(
      `--demand ${quote(text)}: the log has no ${quote(missing)}${didYouMean(missing, known)} (it has ${[...known].join(", ")})`,
    );
  }
  return choice;
}

/**
 * The demand with the part that the log has in swap: a part of anonymous memory, and not of the working set, which
 * would be in memory. Does not change the user's own formulas, and models with a working set.
 * @param columns the columns of the machine's log
 */
export function withSwapped(choice: DemandChoice, columns: readonly ColumnSpec[]): DemandChoice {
  const index = choice.formulas.findIndex(({ field }) => field === "anon");
  const anon = choice.formulas[index];
  if (choice.model === null || anon === undefined) return choice;
  if (choice.formulas.some(({ field }) => field === "workingSet")) return choice;
  const known = knownNames(columns);
  const resident = anon.terms.filter(({ of }) => !SWAP_TERMS.has(of));
  const inSwap = anon.terms.filter(({ of }) => SWAP_TERMS.has(of));
  if (inSwap.length === 0) {
    inSwap.push({ factor: 1, of: "swapUsed" });
    if (known.has("x-swap-cached")) inSwap.push({ factor: -1, of: "x-swap-cached" });
  }
  const formulas = [...choice.formulas];
  formulas.splice(index, 1, formulaOf("anon", [...resident, ...inSwap]), formulaOf("workingSet", resident));
  return { model: choice.model, formulas };
}

/** A formula of these terms; the first one is positive. */
function formulaOf(field: DemandField, terms: readonly Term[]): Formula {
  const text = terms
    .map(({ factor, of }, i) => {
      const sign = factor < 0 ? (i === 0 ? "-" : " - ") : i === 0 ? "" : " + ";
      const size = Math.abs(factor);
      return `${sign}${size === 1 ? "" : `${size} * `}${typeof of === "number" ? formatSize(of) : of}`;
    })
    .join("");
  return { field, terms, text: `${field} = ${text}` };
}

function demandHint(format: Format): string {
  const names = format.demands.map((model) => model.name);
  return `expected ${names.length > 0 ? `${names.join(", ")}, or ` : ""}formulas such as "anon = active, fileSet = 512MiB"`;
}

const choiceOf = (model: DemandModel): DemandChoice => ({
  model: model.name,
  formulas: parseFormulas(model.formulas),
});

/** Names that are valid in formulas. */
function knownNames(columns: readonly ColumnSpec[]): Set<string> {
  // Whether a unit counts memory does not depend on the amount.
  const amounts = columns.filter((each) => each.kind === "gauge" && pagesPerUnit(each.unit, 1) !== null);
  return new Set([...amounts.map((each) => each.quantity), RAM, BALLOON]);
}

/** Whether a demand has the balloon's pages, which the figures of its log lack. */
export const addsBalloon = ({ formulas }: DemandChoice): boolean =>
  formulas.some(({ terms }) => terms.some(({ of, factor }) => of === BALLOON && factor > 0));

/** Whether a demand depends on the balloon's size. */
export const usesBalloon = ({ formulas }: DemandChoice): boolean =>
  formulas.some(({ terms }) => terms.some(({ of }) => of === BALLOON));

function missingName(formulas: readonly Formula[], known: ReadonlySet<string>): string | null {
  for (const { terms } of formulas) {
    for (const { of } of terms) if (typeof of === "string" && !known.has(of)) return of;
  }
  return null;
}

/**
 * Parses formulas between commas.
 * @throws {InputError}
 */
export function parseFormulas(text: string): Formula[] {
  const formulas = text.split(",").map((part) => parseFormula(part.trim()));
  formulas.forEach(({ field }, index) => {
    if (formulas.findIndex((other) => other.field === field) !== index) {
      throw new InputError(`--demand: two formulas for ${field}`);
    }
  });
  return formulas;
}

function parseFormula(text: string): Formula {
  const [left, right, ...more] = text.split("=");
  const field = (left ?? "").trim();
  if (right === undefined || more.length > 0) {
    throw new InputError(`--demand: expected a formula such as "anon = active", found ${quote(text)}`);
  }
  if (!(DEMAND_FIELDS as readonly string[]).includes(field)) {
    throw new InputError(
      `--demand: ${quote(field)} is no series that a formula gives: expected ${DEMAND_FIELDS.join(", ")}${didYouMean(field, DEMAND_FIELDS)}`,
    );
  }
  return { field: field as DemandField, terms: parseTerms(right), text: `${field} = ${right.trim()}` };
}

/** A sign; an optional factor; then a size, a quantity of the vocabulary, or one of the format's own. */
const TERM =
  /\s*([+-]?)\s*(?:(\d+(?:\.\d+)?)\s*\*\s*)?(\d+(?:\.\d+)?[KMGTP]iB|0|x(?:-[A-Za-z0-9]+)+|[A-Za-z][A-Za-z0-9]*)\s*/y;

function parseTerms(text: string): Term[] {
  const terms: Term[] = [];
  for (let at = 0; at < text.length; at = TERM.lastIndex) {
    TERM.lastIndex = at;
    const match = TERM.exec(text);
    const [, sign, factor, of] = match ?? [];
    // Only the first term may have no sign.
    if (of === undefined || (sign === "" && terms.length > 0)) throw badTerm(text, at);
    terms.push({ factor: Number(factor ?? 1) * (sign === "-" ? -1 : 1), of: /^\d/.test(of) ? sizeOf(of) : of });
  }
  if (terms.length === 0) throw badTerm(text, 0);
  return terms;
}

const sizeOf = (text: string): Pages => (text === "0" ? 0 : parseSize(text));

const badTerm = (text: string, at: number): InputError =>
  new InputError(
    `--demand: ${quote(text.slice(at).trim())}: expected quantities and sizes with + and - between them, such as "memory - free - 0.5 * cached - 64MiB"`,
  );

/** Evaluates a formula for the values of one machine's samples. */
export class Evaluator {
  readonly field: DemandField;
  /** Constant part of each result, in pages. */
  readonly #constant: Pages;
  /** Columns in the formula, and pages per unit of each. */
  readonly #columns: Int32Array;
  readonly #factors: Float64Array;
  readonly #most: Pages;
  /** Samples with a result a little below 0, or a little above the limit: it is replaced by the limit. */
  below = 0;
  above = 0;
  /** Samples with a result far outside the limits: the log, or an option, is wrong, and the result is unknown. */
  impossible = 0;

  /**
   * @param columns of a sample's values; null for a column without known values
   * @param memory RAM of the guest in pages
   * @param balloon size of the balloon in pages, if no column contains it
   * @param most upper limit of the result, in pages
   */
  constructor(
    formula: Formula,
    columns: readonly (ColumnSpec | null)[],
    memory: Pages,
    balloon: Pages,
    most: Pages = memory,
  ) {
    this.field = formula.field;
    this.#most = most;
    let constant = 0;
    const parts: { column: number; factor: number }[] = [];
    for (const { factor, of } of formula.terms) {
      const name = of === BALLOON ? "balloonSize" : of;
      const column = columns.findIndex((each) => each?.quantity === name);
      if (typeof of === "number") constant += factor * of;
      else if (of === RAM) constant += factor * memory;
      else if (column !== -1) {
        const perUnit = pagesPerUnit((columns[column] as ColumnSpec).unit, memory);
        parts.push({ column, factor: factor * (perUnit as number) });
      } else constant += factor * balloon;
    }
    this.#constant = constant;
    this.#columns = Int32Array.from(parts, (part) => part.column);
    this.#factors = Float64Array.from(parts, (part) => part.factor);
  }

  /** The result in whole pages, within the limits; NaN if a column is unknown, or the result is impossible. */
  evaluate(values: Float64Array): Pages {
    let sum = this.#constant;
    for (let i = 0; i < this.#columns.length; i++) {
      sum += (values[this.#columns[i] as number] as number) * (this.#factors[i] as number);
    }
    const tolerance = TOLERANCE * this.#most;
    if (sum < -tolerance || sum > this.#most + tolerance) {
      this.impossible++;
      return Number.NaN;
    }
    if (sum < 0) {
      this.below++;
      return 0;
    }
    if (sum > this.#most) {
      this.above++;
      return this.#most;
    }
    return Math.round(sum);
  }
}
