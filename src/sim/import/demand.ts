/**
 * What the workload of the trace wants, computed from what was measured: formulas such as
 * `anon = active, fileSet = granted - active`. Sums and differences of quantities and sizes, a factor before any of
 * them; `memory` is the guest's RAM and `balloon` what the balloon held while the log was taken.
 */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { formatSize, parseSize } from "../../common/units.ts";
import type { DemandModel, Format } from "./reader.ts";
import { type ColumnSpec, pagesPerUnit } from "./vocabulary.ts";

/** What a formula may give: series of the trace that are amounts of memory. */
export const DEMAND_FIELDS = ["kernelMemory", "anon", "workingSet", "fileSet"] as const;
export type DemandField = (typeof DEMAND_FIELDS)[number];

/** Names in formulas that are no columns. */
export const RAM = "memory";
export const BALLOON = "balloon";

/** What of the anonymous memory of a formula is in swap, and nowhere else. */
export const SWAP_TERMS: ReadonlySet<string | number> = new Set(["swapUsed", "x-swap-cached"]);

/**
 * What a formula gives may be off by rounding, and by figures that were not taken at one instant: parts of all memory.
 */
const TOLERANCE = 0.02;

export interface Term {
  /** With its sign. */
  readonly factor: number;
  /** A name, or a size in pages. */
  readonly of: string | number;
}

/** `field = terms`, as parsed. */
export interface Formula {
  readonly field: DemandField;
  readonly terms: readonly Term[];
  /** As it was written, for the origin of the series. */
  readonly text: string;
}

/** A demand that the user chose: a model of the format, or formulas. */
export interface DemandChoice {
  /** Name of the model; null for formulas of one's own. */
  readonly model: string | null;
  readonly formulas: readonly Formula[];
}

/**
 * The demand that `--demand` asks for.
 * @param text a model's name or formulas; null: the first model whose quantities are all there
 * @param columns what the log of the machine carries
 * @throws {InputError} where there is no such model or quantity
 */
export function chooseDemand(text: string | null, format: Format, columns: readonly ColumnSpec[]): DemandChoice {
  const known = knownNames(columns);
  if (text === null) {
    for (const model of format.demands) {
      const choice = choiceOf(model);
      if (missingName(choice.formulas, known) === null) return choice;
    }
    throw new InputError(
      `the log does not have what a demand could be computed from (it has ${[...known].join(", ")}): ${demandHint(format)}`,
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
 * The demand with what the log has in swap: a part of anonymous memory, and none of the working set, or it would be in
 * memory. Formulas of the user's own, and a working set that a model has, stay as they are.
 * @param columns what the log of the machine carries
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

/** A formula of these terms, of which the first has no minus. */
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

/** Names that formulas may use. */
function knownNames(columns: readonly ColumnSpec[]): Set<string> {
  // Whether a unit counts memory does not depend on how much of it there is.
  const amounts = columns.filter((each) => each.kind === "gauge" && pagesPerUnit(each.unit, 1) !== null);
  return new Set([...amounts.map((each) => each.quantity), RAM, BALLOON]);
}

/** Whether a demand depends on what the balloon held. */
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

/** A sign; then a factor, maybe; then a size, a quantity of the vocabulary, or one of a format's own. */
const TERM =
  /\s*([+-]?)\s*(?:(\d+(?:\.\d+)?)\s*\*\s*)?(\d+(?:\.\d+)?[KMGTP]iB|0|x(?:-[A-Za-z0-9]+)+|[A-Za-z][A-Za-z0-9]*)\s*/y;

function parseTerms(text: string): Term[] {
  const terms: Term[] = [];
  for (let at = 0; at < text.length; at = TERM.lastIndex) {
    TERM.lastIndex = at;
    const match = TERM.exec(text);
    const [, sign, factor, of] = match ?? [];
    // Only the first term may do without a sign.
    if (of === undefined || (sign === "" && terms.length > 0)) throw badTerm(text, at);
    terms.push({ factor: Number(factor ?? 1) * (sign === "-" ? -1 : 1), of: /^\d/.test(of) ? sizeOf(of) : of });
  }
  if (terms.length === 0) throw badTerm(text, 0);
  return terms;
}

const sizeOf = (text: string): number => (text === "0" ? 0 : parseSize(text));

const badTerm = (text: string, at: number): InputError =>
  new InputError(
    `--demand: ${quote(text.slice(at).trim())}: expected quantities and sizes with + and - between them, such as "memory - free - 0.5 * cached - 64MiB"`,
  );

/** A formula over the values of one machine's samples. */
export class Evaluator {
  readonly field: DemandField;
  /** A constant that is added to each sample, in pages. */
  readonly #constant: number;
  /** Columns that take part, and pages for one of their unit. */
  readonly #columns: Int32Array;
  readonly #factors: Float64Array;
  readonly #most: number;
  /**
   * Samples in which the formula gave a little less than nothing, or more than there is: the nearest that can be is
   * taken.
   */
  below = 0;
  above = 0;
  /**
   * Samples in which it gave so much less or more that the log, or what was said of it, is wrong: what it gives is
   * unknown.
   */
  impossible = 0;

  /**
   * @param columns of a sample's values; null for one that is never known
   * @param memory RAM of the guest in pages
   * @param balloon pages that the balloon held where no column says it
   * @param most the most that there is of what it gives, in pages
   */
  constructor(
    formula: Formula,
    columns: readonly (ColumnSpec | null)[],
    memory: number,
    balloon: number,
    most: number = memory,
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

  /** Whole pages, 0 to the most that there is; NaN where a column is unknown, or the result can't be. */
  evaluate(values: Float64Array): number {
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
