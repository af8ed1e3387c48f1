/** A trace with another host, on another machine, or a window of it: `--target`, `--machine`, `--since`, `--until`. */
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime, type Pages, type Us } from "../../common/units.ts";
import { SeriesQueue } from "./changes.ts";
import { seriesList, withSeries } from "./columns.ts";
import { parseMachine } from "./machines.ts";
import { constant } from "./series.ts";
import { targetRemark } from "./target-remark.ts";
import { describeTarget, type TargetText, targetSeries } from "./target-text.ts";
import {
  type Change,
  type HostRule,
  SERIES_TARGET,
  type Series,
  type SeriesId,
  type Trace,
  type TraceEvent,
  type TraceSource,
} from "./types.ts";

/** The changes to a trace: plain data. */
export interface WhatIf {
  /** Replaces the trace's target, from the beginning of the window on; null: the trace's own. */
  readonly target: TargetText | null;
  /** Window of the trace, in microseconds since it began; time 0 of the run is `sinceUs`. Null: to the trace's end. */
  readonly sinceUs: number;
  readonly untilUs: number | null;
  /** Replaces the trace's machine; absent: the trace's own. */
  readonly machine?: MachineText;
}

/** A machine as the user names it, with its content when it was read: plain data. */
export interface MachineText {
  /** As on the command line: `lab`, or a path. */
  readonly written: string;
  /** The machine, as the text of a machine file. */
  readonly content: string;
}

/** No changes. */
export const AS_IT_IS: WhatIf = { target: null, sinceUs: 0, untilUs: null };

export const isAsItIs = ({ target, sinceUs, untilUs, machine }: WhatIf): boolean =>
  target === null && sinceUs === 0 && untilUs === null && machine === undefined;

/** Whether a value from a file is a `WhatIf`. */
export function isWhatIf(value: unknown): value is WhatIf {
  const { target, sinceUs, untilUs, machine } = (value ?? {}) as Partial<WhatIf>;
  const isTime = (us: unknown): boolean => Number.isSafeInteger(us) && (us as number) >= 0;
  const isTarget = (one: Partial<TargetText> | null | undefined): boolean =>
    one === null || (typeof one?.written === "string" && (one.content === null || typeof one.content === "string"));
  const isMachine = machine === undefined || (typeof machine?.written === "string" && holdsMachine(machine.content));
  return isTarget(target) && isTime(sinceUs) && (untilUs === null || isTime(untilUs)) && isMachine;
}

function holdsMachine(content: unknown): boolean {
  try {
    return typeof content === "string" && parseMachine(content, "machine") !== null;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/**
 * In words: `target 30% throughout; since 2h; until 4h (the trace ends before, at 3h)`; empty without changes.
 * @param windows the traces to which it was applied; if absent, the text does not mention their ends
 */
export function whatIfText(whatIf: WhatIf, windows?: readonly Pick<TraceSource, "endUs">[]): string {
  const { target, sinceUs, untilUs, machine } = whatIf;
  return [
    ...(machine === undefined ? [] : [machineWords(machine)]),
    ...(target === null ? [] : [`target ${describeTarget(target)}`]),
    ...(sinceUs === 0 ? [] : [`since ${formatTime(sinceUs)}`]),
    ...(untilUs === null ? [] : [`until ${formatTime(untilUs)}${untilNote(whatIf, windows)}`]),
  ].join("; ");
}

/** `machine lab`, or `machine nvme-box of box.json` if the file has another name. */
function machineWords({ written, content }: MachineText): string {
  const { name } = parseMachine(content, written);
  return written === name ? `machine ${name}` : `machine ${name} of ${written}`;
}

/** A note about traces that end before the end of the window. */
function untilNote(whatIf: WhatIf, windows: readonly Pick<TraceSource, "endUs">[] | undefined): string {
  if (windows === undefined) return " or the trace's end";
  const ends = windows.flatMap((window) => endBeforeUntil(window, whatIf) ?? []);
  const [endUs] = ends;
  if (endUs === undefined) return "";
  if (windows.length === 1) return ` (${endsBefore(endUs)})`;
  return ends.length === windows.length
    ? ` (all ${windows.length} traces end before)`
    : ` (${ends.length} of ${windows.length} traces ${ends.length === 1 ? "ends" : "end"} before)`;
}

const endsBefore = (endUs: number): string => `the trace ends before, at ${formatTime(endUs)}`;

/** The end of a trace, in its own time, if it is before `untilUs`; null if it is not, or is not known yet. */
function endBeforeUntil({ endUs }: Pick<TraceSource, "endUs">, { sinceUs, untilUs }: WhatIf): Us | null {
  return untilUs !== null && endUs + sinceUs < untilUs ? endUs + sinceUs : null;
}

/** The options with the same meaning. */
export const whatIfArguments = ({ target, sinceUs, untilUs, machine }: WhatIf): string[] => [
  ...(machine === undefined ? [] : ["--machine", machine.written]),
  ...(target === null ? [] : ["--target", target.written]),
  ...(sinceUs === 0 ? [] : ["--since", formatTime(sinceUs)]),
  ...(untilUs === null ? [] : ["--until", formatTime(untilUs)]),
];

/**
 * Applies a what-if to a trace. Its window begins with the values of the series at `sinceUs`; a line continues from its
 * value there. Rules of the host that answer a limited number of commands and begin before `sinceUs` count as used up.
 * The trace keeps its name.
 * @param shown name of the trace in messages
 * @throws {InputError} if the trace ends before the window begins, or the target is invalid for its guest
 */
export function applyWhatIf(source: TraceSource, whatIf: WhatIf, shown: string): TraceSource {
  if (isAsItIs(whatIf)) return source;
  try {
    return new WhatIfSource(source, whatIf, escapeUnsafe(shown));
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * Warnings about a what-if on a trace, one line each. A trace that ends before `--until` causes none.
 * @param window the trace to which it was applied
 */
export function whatIfWarnings(
  { trace: { guest, host } }: Pick<TraceSource, "trace">,
  whatIf: WhatIf,
  shown: string,
): string[] {
  const { target } = whatIf;
  const most = host.target.value.reduce((a, b) => (Number.isNaN(b) ? a : Math.max(a, b)), 0);
  const remark = target === null ? null : targetRemark(guest.memory, most);
  return remark === null ? [] : [`--target ${escapeUnsafe(target?.written ?? "")}: ${escapeUnsafe(shown)}: ${remark}`];
}

class WhatIfSource implements TraceSource {
  readonly trace: Trace;
  readonly #source: TraceSource;
  readonly #whatIf: WhatIf;
  /** The values at the beginning of the window, in reverse order. */
  readonly #begin: Change[];
  /** The target that replaces the trace's. */
  readonly #target: SeriesQueue | null;
  /** The trace's next change after the beginning of the window. */
  readonly #ahead = newChange();
  #hasAhead: boolean;
  /** The trace's own target at the beginning of the window, in pages. */
  #ownTarget = 0;

  constructor(source: TraceSource, whatIf: WhatIf, shown: string) {
    const { sinceUs, untilUs, target } = whatIf;
    this.#source = source;
    this.#whatIf = whatIf;
    const { trace } = source;
    const durationUs = Math.min(untilUs ?? Number.POSITIVE_INFINITY, trace.durationUs) - sinceUs;
    const replaced = target === null ? null : targetSeries(target, trace.guest.memory, Number.POSITIVE_INFINITY);

    const begin = new Map<SeriesId, Change[]>();
    let hasAhead = this.#read(replaced !== null);
    for (; hasAhead && this.#ahead.atUs <= sinceUs; hasAhead = this.#read(replaced !== null)) {
      begin.set(this.#ahead.series, atBeginning(this.#ahead, sinceUs, begin.get(this.#ahead.series)));
    }
    this.#hasAhead = hasAhead;
    const endUs = hasAhead ? trace.durationUs : source.endUs;
    if (sinceUs > 0 && sinceUs >= endUs) {
      throw new InputError(`${shown}: --since ${formatTime(sinceUs)}: the trace is over at ${formatTime(endUs)}`);
    }
    this.#begin = [...begin.keys()]
      .sort((a, b) => a - b)
      .flatMap((series) => begin.get(series) ?? [])
      .reverse();
    this.#target = replaced === null ? null : new SeriesQueue([replaced], durationUs);
    this.trace = onMachine(windowOf(trace, whatIf, durationUs, this.#begin, replaced, this.#ownTarget), whatIf);
  }

  get events(): readonly TraceEvent[] {
    const { sinceUs } = this.#whatIf;
    return this.#source.events
      .filter(({ atUs, untilUs }) => (untilUs ?? atUs) >= sinceUs)
      .map((event) => ({
        ...event,
        atUs: Math.max(0, event.atUs - sinceUs),
        untilUs: event.untilUs === null ? null : event.untilUs - sinceUs,
      }));
  }

  get endUs(): number {
    const { sinceUs, untilUs } = this.#whatIf;
    return Math.min(untilUs ?? Number.POSITIVE_INFINITY, this.#source.endUs) - sinceUs;
  }

  next(change: Change): boolean {
    const { endUs } = this;
    // A target that repeats is endless, the trace is not.
    const dueUs = this.#target?.atUs ?? Number.POSITIVE_INFINITY;
    const targetUs = dueUs > endUs ? Number.POSITIVE_INFINITY : dueUs;
    const first = this.#begin.at(-1);
    // At equal times the target comes first: its series is the first one.
    const behindUs = this.#hasAhead ? this.#ahead.atUs - this.#whatIf.sinceUs : Number.POSITIVE_INFINITY;
    if (targetUs !== Number.POSITIVE_INFINITY && targetUs <= (first === undefined ? behindUs : 0)) {
      this.#target?.take(change);
      change.series = SERIES_TARGET;
      return true;
    }
    if (first !== undefined) {
      Object.assign(change, this.#begin.pop());
      return true;
    }
    if (!this.#hasAhead) return false;
    Object.assign(change, shifted(this.#ahead, this.#whatIf.sinceUs));
    this.#hasAhead = this.#read(this.#target !== null);
    return true;
  }

  close(): void {
    this.#source.close();
  }

  /** Reads the trace's next change into `#ahead`, without changes of the target if it is replaced. */
  #read(isReplaced: boolean): boolean {
    const { sinceUs } = this.#whatIf;
    while (this.#source.next(this.#ahead)) {
      if (this.#ahead.series !== SERIES_TARGET) return true;
      const known = this.#ahead.atUs <= sinceUs ? atBeginning(this.#ahead, sinceUs)[0]?.value : undefined;
      if (known !== undefined && !Number.isNaN(known)) this.#ownTarget = Math.floor(known);
      if (!isReplaced) return true;
    }
    return false;
  }
}

const newChange = (): Change => ({ atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 });

const shifted = (change: Change, us: Us): Change => ({
  ...change,
  atUs: change.atUs - us,
  untilUs: change.untilUs - us,
});

/**
 * Converts a change before the window to changes at its beginning, at time 0. If the value is unknown there, the last
 * known one precedes it, as in the trace.
 */
function atBeginning(change: Change, sinceUs: number, before: readonly Change[] = []): Change[] {
  const { series, atUs, value, untilUs, untilValue } = change;
  const held = (known: number): Change => ({ series, atUs: 0, value: known, untilUs: 0, untilValue: known });
  if (Number.isNaN(value)) {
    const known = before.find((one) => !Number.isNaN(one.value));
    return [...(known === undefined ? [] : [held(known.value)]), held(Number.NaN)];
  }
  if (untilUs <= sinceUs) return [held(untilValue)];
  const reached = value + ((untilValue - value) * (sinceUs - atUs)) / (untilUs - atUs);
  return [{ series, atUs: 0, value: reached, untilUs: untilUs - sinceUs, untilValue }];
}

/** The header of a window: its series have the values of the first changes. */
function windowOf(
  trace: Trace,
  { sinceUs }: WhatIf,
  durationUs: number,
  begin: readonly Change[],
  target: Series | null,
  ownTarget: Pages,
): Trace {
  const series = seriesList(trace);
  if (sinceUs > 0) {
    for (const { series: id, value } of begin) {
      const { hold, how, from } = series[id] as Series;
      series[id] = { ...constant(value), hold, how, from };
    }
  }
  if (target !== null) series[SERIES_TARGET] = target;
  const windowed = withSeries({ ...trace, ...startOf(trace, sinceUs, ownTarget), durationUs }, series);
  return { ...windowed, host: { ...windowed.host, rules: rulesOf(trace.host.rules, sinceUs) } };
}

/** The header with the machine of the what-if; the trace's own settings remain. */
const onMachine = (trace: Trace, { machine }: WhatIf): Trace =>
  machine === undefined
    ? trace
    : { ...trace, guest: { ...trace.guest, machine: parseMachine(machine.content, escapeUnsafe(machine.written)) } };

/**
 * The state at the beginning of a window. The trace's initial state is of its own time 0; an initial balloon is assumed
 * to have followed the target down since then, and nothing is in swap.
 */
function startOf(trace: Trace, sinceUs: number, target: Pages): Pick<Trace, "guest" | "workloads"> {
  if (sinceUs === 0) return trace;
  return {
    guest: { ...trace.guest, balloon: Math.min(trace.guest.balloon, target) },
    workloads: trace.workloads.map((workload) => ({ ...workload, swapped: 0 })),
  };
}

function rulesOf(rules: readonly HostRule[], sinceUs: number): HostRule[] {
  return rules
    .filter(
      ({ fromUs, untilUs, count }) => fromUs >= sinceUs || (untilUs > sinceUs && count === Number.POSITIVE_INFINITY),
    )
    .map((rule) => ({ ...rule, fromUs: Math.max(0, rule.fromUs - sinceUs), untilUs: rule.untilUs - sinceUs }));
}
