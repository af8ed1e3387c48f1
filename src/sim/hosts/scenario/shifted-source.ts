/** The trace of a VM on a host: begun in its middle, and begun again at its end. */
import type { Us } from "../../../common/units.ts";
import type { Change, Trace, TraceEvent, TraceSource } from "../../trace/types.ts";
import { windowSource } from "../../trace/window.ts";

/** Which part of a trace a VM gets. */
export interface Shift {
  /** Length of the trace, above 0. */
  readonly lengthUs: Us;
  /** The time of the trace at which the VM begins: 0 to below `lengthUs`. */
  readonly phaseUs: Us;
  /** Whether the trace begins again at its end; else the VM keeps the last values. */
  readonly repeats: boolean;
  /** The end of the VM's own time, which is that of the source, however long the trace is. */
  readonly endUs: Us;
  /**
   * Whether the VM boots at its time 0: its balloon and its swap are empty, and its files on disk. Else the trace's state at
   * time 0 holds, except that no balloon and nothing in swap are known where the trace begins in its middle.
   */
  readonly boots: boolean;
}

/**
 * A trace from its phase on, again and again. At time 0 each series has the value of the phase, a line its rest. A gap goes
 * on being one, also across the end. Where the trace begins again, changes at its very end give way to those of its beginning.
 * Rules and events of the trace's host apply in the first pass only.
 * @param open opens the trace anew
 * @throws {InputError} as `open` does
 */
export function shiftedSource(open: () => TraceSource, shift: Shift): TraceSource {
  const { lengthUs, phaseUs, endUs, boots } = shift;
  const isWhole = phaseUs === 0 && endUs === lengthUs;
  return isWhole && !boots ? open() : new ShiftedSource(open, shift);
}

class ShiftedSource implements TraceSource {
  readonly trace: Trace;
  readonly #open: () => TraceSource;
  readonly #shift: Shift;
  readonly #first: TraceSource;
  #pass: TraceSource;
  /** The VM's times at which the present pass over the trace begins, and ends. */
  #beginUs = 0;
  #passEndUs: Us;
  #isOver = false;

  constructor(open: () => TraceSource, shift: Shift) {
    const { lengthUs, phaseUs } = shift;
    this.#open = open;
    this.#shift = shift;
    this.#first =
      phaseUs === 0 ? open() : windowSource(open(), { sinceUs: phaseUs, untilUs: null, target: null }, "trace");
    this.#pass = this.#first;
    this.#passEndUs = lengthUs - phaseUs;
    this.trace = headerOf(this.#first.trace, shift);
  }

  get events(): readonly TraceEvent[] {
    return this.#first.events;
  }

  get endUs(): Us {
    return this.#shift.endUs;
  }

  next(change: Change): boolean {
    while (!this.#isOver) {
      if (this.#pass.next(change) && this.#isInPass(change)) {
        change.atUs += this.#beginUs;
        change.untilUs += this.#beginUs;
        if (change.atUs <= this.endUs) return true;
        this.close();
      } else this.#beginAgain();
    }
    return false;
  }

  close(): void {
    this.#isOver = true;
    this.#pass.close();
  }

  #isInPass(change: Change): boolean {
    return !this.#shift.repeats || this.#beginUs + change.atUs < this.#passEndUs;
  }

  #beginAgain(): void {
    const { repeats, endUs, lengthUs } = this.#shift;
    this.close();
    if (!repeats || this.#passEndUs >= endUs) return;
    this.#pass = this.#open();
    this.#beginUs = this.#passEndUs;
    this.#passEndUs += lengthUs;
    this.#isOver = false;
  }
}

function headerOf(trace: Trace, { phaseUs, endUs: durationUs, boots }: Shift): Trace {
  if (phaseUs === 0 && !boots) return { ...trace, durationUs };
  const workloads = trace.workloads.map((one) => ({ ...one, swapped: 0, fileWarm: one.fileWarm && !boots }));
  return { ...trace, durationUs, guest: { ...trace.guest, balloon: 0 }, workloads, measured: [] };
}
