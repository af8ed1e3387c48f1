/** A trace with another host, on another machine, or a window of it: `--target`, `--machine`, `--since`, `--until`. */
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { parseMachine } from "./machines.ts";
import { targetRemark } from "./target-remark.ts";
import { describeTarget, type TargetText, targetSeries } from "./target-text.ts";
import type { Series, Trace, TraceSource } from "./types.ts";
import { windowSource } from "./window.ts";

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
 * Applies a what-if to a trace, see `windowSource`.
 * @param shown name of the trace in messages
 * @throws {InputError} if the trace ends before the window begins, or the target is invalid for its guest
 */
export function applyWhatIf(source: TraceSource, whatIf: WhatIf, shown: string): TraceSource {
  if (isAsItIs(whatIf)) return source;
  const { sinceUs, untilUs } = whatIf;
  const target = targetOf(source, whatIf);
  return windowSource(source, { sinceUs, untilUs, target }, shown, (trace) => onMachine(trace, whatIf));
}

function targetOf(source: TraceSource, { target }: WhatIf): Series | null {
  if (target === null) return null;
  try {
    return targetSeries(target, source.trace.guest.memory, Number.POSITIVE_INFINITY);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The header with the machine of the what-if; the trace's own settings remain. */
const onMachine = (trace: Trace, { machine }: WhatIf): Trace =>
  machine === undefined
    ? trace
    : { ...trace, guest: { ...trace.guest, machine: parseMachine(machine.content, escapeUnsafe(machine.written)) } };

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
