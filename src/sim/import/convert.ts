import { InputError } from "../../common/errors.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { formatSize, formatTime, type Pages, type Us } from "../../common/units.ts";
import { BALLOON, type Evaluator } from "./demand.ts";
import { Laws } from "./laws.ts";
import { MergedSample } from "./merge.ts";
import { type MachinePlan, measuredColumns } from "./plan.ts";
import { policyGuest } from "./policy-guest.ts";
import { PolicyTarget } from "./policy-target.ts";
import type { Format, Sample } from "./reader.ts";
import type { Report } from "./report.ts";
import type { RowColumn, RowShape, RowSink } from "./rows.ts";
import { evaluatorOf, knownColumns } from "./start.ts";
import { type ColumnSpec, pagesPerUnit, type Quantity } from "./vocabulary.ts";

/** Limit of the target: 32 bits in the protocol. */
const MAX_TARGET = 0xffff_ffff;

/** The size of the balloon that is assumed if no column contains it. */
export const balloonText = ({ balloon }: MachinePlan): string =>
  balloon?.how === "given"
    ? `${formatSize(balloon.pages)} (${balloon.evidence})`
    : "not in the log, taken as 0 (--balloon)";

/** The shape of the rows of a machine's trace. */
export function rowShape(plan: MachinePlan, format: Format): RowShape {
  const { columns } = plan.survey.machine;
  const list: RowColumn[] = [];
  const { hold } = format;
  if (plan.target.kind === "measured") {
    const field = columns.find(({ quantity }) => quantity === "balloonTarget")?.field;
    list.push({ key: "target", hold: "step", how: "measured", from: `${field} of the log` });
  } else if (plan.target.kind === "size") {
    const field = columns.find(({ quantity }) => quantity === "balloonSize")?.field;
    list.push({ key: "target", hold: "step", how: "derived", from: `what the balloon held: ${field} of the log` });
  } else if (plan.target.kind === "policy") {
    const { name, meaning } = plan.target.policy;
    list.push({
      key: "target",
      hold: "step",
      how: "derived",
      from: `scenario: policy:${name} over the log. ${meaning}`,
    });
  }
  for (const { field, text, terms } of plan.demand.formulas) {
    const fields = terms.flatMap(({ of }) => {
      const name = of === BALLOON ? "balloonSize" : of;
      const column = columns.find(({ quantity }, i) => quantity === name && plan.survey.ranges[i] !== null);
      if (column !== undefined) return [`${of} is ${column.field}`];
      return of === BALLOON ? [`balloon is ${balloonText(plan)}`] : [];
    });
    list.push({ key: field, hold, how: "derived", from: [text, ...fields].join("; ") });
  }
  return {
    columns: list,
    measured: measuredColumns(plan.survey).map((index) => columns[index] as (typeof columns)[number]),
  };
}

/**
 * Converts the samples of one machine to rows and events. Across a gap between samples, or a restart of the machine,
 * all series are unknown: no line is drawn from one side to the other.
 */
export class Converter {
  readonly #plan: MachinePlan;
  readonly #sink: RowSink;
  readonly #report: Report;
  readonly #merged: MergedSample;
  readonly #evaluators: readonly Evaluator[];
  readonly #counters: CounterWatch;
  readonly #policy: PolicyTarget | null;
  readonly #isLinear: boolean;
  readonly #targetColumn: number;
  readonly #targetFactor: number;
  readonly #commitColumn: number;
  readonly #commitFactor: number;
  /** Indices of the measured columns in a sample. */
  readonly #measuredAt: Int32Array;
  /** The row that is being written. Demands follow the target, if that is a column. */
  readonly #row: Float64Array;
  readonly #demandAt: number;
  readonly #anonAt: number;
  readonly #setAt: number;
  readonly #measured: Float64Array;
  readonly #laws: Laws;
  /** Samples so far, samples with an impossible value, and the error of the first of these. */
  #samples = 0;
  #broken = 0;
  #wrong: string | null = null;
  #hasSample = false;
  #hasRow = false;
  /** Time of the last written sample, since the trace began; and whether the machine was off. */
  #lastUs = 0;
  #wasOff = false;

  constructor(plan: MachinePlan, format: Format, sink: RowSink, report: Report) {
    const { machine } = plan.survey;
    const { columns } = machine;
    const memory = plan.memory.pages;
    this.#plan = plan;
    this.#sink = sink;
    this.#report = report;
    this.#merged = new MergedSample(machine, plan.duplicates);
    const known = knownColumns(plan.survey);
    this.#evaluators = plan.demand.formulas.map((formula) => evaluatorOf(formula, plan, known));
    this.#laws = new Laws(columns, memory);
    this.#counters = new CounterWatch(columns);
    this.#policy =
      plan.target.kind === "policy" ? new PolicyTarget(plan.target.policy, policyGuest(memory, plan.profile)) : null;
    this.#isLinear = format.hold === "linear";
    [this.#targetColumn, this.#targetFactor] = amountColumn(
      known,
      plan.target.kind === "size" ? "balloonSize" : "balloonTarget",
      memory,
    );
    [this.#commitColumn, this.#commitFactor] = amountColumn(known, "commit", memory);
    this.#measuredAt = Int32Array.from(measuredColumns(plan.survey));
    this.#measured = new Float64Array(this.#measuredAt.length);
    const keys = rowShape(plan, format).columns.map(({ key }) => key);
    this.#row = new Float64Array(keys.length);
    this.#demandAt = keys.length - this.#evaluators.length;
    this.#anonAt = keys.indexOf("anon");
    this.#setAt = keys.indexOf("workingSet");
  }

  /** Adds the machine's next sample. */
  push(sample: Sample): void {
    if (!sample.isOff) this.#plan.survey.movingRam?.settle(sample.values);
    this.#judge(sample);
    if (this.#hasSample && sample.atUs === this.#merged.atUs) {
      this.#merged.add(sample);
      return;
    }
    if (this.#hasSample) this.#write();
    this.#merged.take(sample);
    this.#hasSample = true;
  }

  /** Writes the last row, and remarks about all samples. */
  end(): void {
    if (this.#hasSample) this.#write();
    this.#hasSample = false;
    this.#decideBefore(this.#plan.durationUs);
    const { id } = this.#plan.survey.machine;
    this.#refuseNonsense();
    for (const { field, below, above, impossible } of this.#evaluators) {
      if (impossible > 0) this.#report.warn(`${id}: ${field} is impossible in ${samples(impossible)}: set to unknown`);
      if (below > 0) this.#report.warn(`${id}: ${field} is below 0 in ${samples(below)}: set to 0`);
      if (above > 0) this.#report.warn(`${id}: ${field} is above the RAM in ${samples(above)}: set to the RAM`);
    }
  }

  /** Removes impossible values from a sample, with a remark. */
  #judge(sample: Sample): void {
    this.#samples++;
    if (sample.isOff) return;
    const wrong = this.#laws.check(sample.values);
    if (wrong === null) return;
    this.#report.warn(`${wrong}, which is impossible: omitted`, { ...sample.place });
    this.#broken++;
    this.#wrong ??= wrong;
  }

  /** Refuses a log with mostly impossible values: the size or unit is wrong. */
  #refuseNonsense(): void {
    const { survey, memory } = this.#plan;
    const most = this.#samples / 2;
    const shown = escapeUnsafe(survey.files[0] ?? survey.machine.id);
    const refuse = (what: string, count: number): never => {
      throw new InputError(
        `${shown}: ${what} in ${count} of ${this.#samples} samples of ${quote(survey.machine.id)}, with a RAM of ${formatSize(memory.pages)} (${memory.evidence}): --memory or --unit is likely wrong`,
      );
    };
    if (this.#broken > most) refuse(this.#wrong ?? "", this.#broken);
    for (const { field, impossible } of this.#evaluators) {
      if (impossible > most) refuse(`${field} is below 0 or above the RAM`, impossible);
    }
  }

  /** Writes the row of the merged sample, and the events since the previous row. */
  #write(): void {
    const { survey, gapUs, holdUs } = this.#plan;
    const { isOff, events } = this.#merged;
    const atUs = this.#merged.atUs - survey.firstUs;
    const sinceUs = atUs - this.#lastUs;
    const isGap = this.#hasRow && sinceUs > gapUs;
    const fallen = this.#counters.fallen(this.#merged.values);
    const isRestart = fallen !== null || events.some(({ type }) => type === "restart");
    let knownUs = this.#lastUs;
    const restartUs = this.#restartUs(atUs);
    if (isGap) {
      knownUs = Math.min(knownUs + holdUs, restartUs ?? Number.POSITIVE_INFINITY);
      this.#unknownFrom(knownUs, atUs);
    } else if (isRestart && this.#isLinear && this.#hasRow) {
      // No line may lead across a restart; without a time of the restart in the log, it is assumed half way.
      knownUs = restartUs ?? knownUs + Math.floor(sinceUs / 2);
      this.#unknownFrom(knownUs, null);
    }
    for (const { type, text, atUs: stampUs } of events) {
      const us = Math.min(Math.max(stampUs - survey.firstUs, knownUs), atUs);
      this.#decideBefore(us);
      this.#sink.event(us, type, stampUs < survey.firstUs ? withLead(text, survey.firstUs - stampUs) : text);
      knownUs = us;
    }
    this.#decideBefore(atUs);
    if (fallen !== null) this.#sink.event(atUs, "restart", fallen);
    if (this.#merged.atUs === survey.firstDuplicateUs) this.#writeDuplicates(atUs);
    if (isOff !== this.#wasOff) this.#sink.event(atUs, isOff ? "power-off" : "power-on", "");
    // A machine that stays off needs no further rows.
    if (!(isOff && this.#wasOff && !isGap)) this.#writeRow(atUs);
    this.#wasOff = isOff;
    this.#hasRow = true;
    this.#lastUs = atUs;
  }

  /** Time of a restart between the last sample and this one, according to the log; null if unknown. */
  #restartUs(atUs: number): number | null {
    const { firstUs } = this.#plan.survey;
    const restart = this.#merged.events.find(({ type }) => type === "restart");
    const us = restart === undefined ? Number.NaN : restart.atUs - firstUs;
    return us > this.#lastUs && us < atUs ? us : null;
  }

  /** Writes one event for all duplicates, at the first one: a log may have as many as it has samples. */
  #writeDuplicates(atUs: number): void {
    const { survey, duplicates } = this.#plan;
    const decided = duplicates === "mean" ? "their mean is taken" : `the ${duplicates} is taken`;
    const text = `${survey.duplicates} samples have the time of the one before: ${decided}`;
    this.#sink.event(atUs, "duplicate", text, survey.lastDuplicateUs - survey.firstUs);
  }

  #writeRow(atUs: number): void {
    const { isOff, values } = this.#merged;
    const row = this.#row;
    for (let i = 0; i < this.#evaluators.length; i++) {
      // A machine that is off has no demand: that is known, not missing.
      row[this.#demandAt + i] = isOff ? 0 : (this.#evaluators[i] as Evaluator).evaluate(values);
    }
    this.#keepSetInside();
    if (this.#policy !== null) {
      this.#policy.see(atUs, isOff ? Number.NaN : this.#committed());
      row[0] = this.#policy.target;
    } else if (this.#demandAt === 1) {
      const target = isOff ? Number.NaN : (values[this.#targetColumn] as number) * this.#targetFactor;
      row[0] = Math.min(Math.round(target), MAX_TARGET);
    }
    for (let i = 0; i < this.#measured.length; i++) {
      this.#measured[i] = isOff ? Number.NaN : (values[this.#measuredAt[i] as number] as number);
    }
    this.#sink.row(atUs, row, this.#measured);
  }

  /** Marks everything as unknown from here on; `untilUs` is the end of a gap, null without a gap. */
  #unknownFrom(atUs: number, untilUs: number | null): void {
    this.#decideBefore(atUs);
    if (untilUs !== null) this.#sink.event(atUs, "gap", "no samples", untilUs);
    this.#row.fill(Number.NaN);
    if (this.#policy !== null) {
      this.#policy.see(atUs, Number.NaN);
      this.#row[0] = this.#policy.target;
    }
    this.#measured.fill(Number.NaN);
    this.#sink.row(atUs, this.#row, this.#measured);
  }

  /** Writes the policy's decisions that are due before `us`. */
  #decideBefore(us: Us): void {
    this.#policy?.decideBefore(us, (atUs, target) => this.#sink.target(atUs, target));
  }

  /**
   * Committed memory for a policy, in pages: the kernel's figure, else the part of the demand that can't be reclaimed.
   */
  #committed(): Pages {
    if (this.#commitColumn !== -1) return (this.#merged.values[this.#commitColumn] as number) * this.#commitFactor;
    let sum = 0;
    this.#evaluators.forEach(({ field }, i) => {
      if (field === "anon" || field === "kernelMemory") sum += this.#row[this.#demandAt + i] as number;
    });
    return sum;
  }

  /** Limits the working set to the anonymous memory, in case two estimates disagree. */
  #keepSetInside(): void {
    if (this.#anonAt === -1 || this.#setAt === -1) return;
    const anon = this.#row[this.#anonAt] as number;
    if ((this.#row[this.#setAt] as number) > anon) this.#row[this.#setAt] = anon;
  }
}

/** The text of an event that was before the first sample, at which the trace begins. */
const withLead = (text: string, us: Us): string =>
  `${text}${text === "" ? "" : ", "}${formatTime(us)} before the first sample`;

const samples = (count: number): string => (count === 1 ? "one sample" : `${count} samples`);

/** The column of an amount of memory, and pages per unit; -1 without such a column. */
function amountColumn(columns: readonly (ColumnSpec | null)[], quantity: Quantity, memory: Pages): [number, number] {
  const index = columns.findIndex((column) => column?.quantity === quantity);
  const column = columns[index] ?? null;
  return [index, column === null ? Number.NaN : (pagesPerUnit(column.unit, memory) ?? Number.NaN)];
}

/** Detects that a counter begins again, as all do when a machine starts. */
class CounterWatch {
  readonly #columns: readonly ColumnSpec[];
  readonly #indices: Int32Array;
  readonly #last: Float64Array;

  constructor(columns: readonly ColumnSpec[]) {
    this.#columns = columns;
    this.#indices = Int32Array.from(columns.flatMap(({ kind }, index) => (kind === "counter" ? [index] : [])));
    this.#last = new Float64Array(this.#indices.length).fill(Number.NaN);
  }

  /** A description of the first counter that has decreased; null for none. */
  fallen(values: Float64Array): string | null {
    let text: string | null = null;
    for (let i = 0; i < this.#indices.length; i++) {
      const index = this.#indices[i] as number;
      const count = values[index] as number;
      if (Number.isNaN(count)) continue;
      const last = this.#last[i] as number;
      if (count < last) text ??= `${this.#columns[index]?.field} falls from ${last} to ${count}`;
      this.#last[i] = count;
    }
    return text;
  }
}
