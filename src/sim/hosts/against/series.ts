/** Measured and decided targets of the VMs of a host, and the times at which both are known. */
import type { Bytes, Us } from "../../../common/units.ts";

/** The target of a balloon over time: each value holds until the next one. Before the first one it is unknown. */
export interface TargetSeries {
  /** Times since the host's run began, strictly ascending; may be below 0. */
  readonly at: readonly Us[];
  /** What the balloon is to hold from that time on; NaN: unknown. */
  readonly bytes: readonly Bytes[];
  /** Time between two samples of a series that has changes only; absent: each value is a sample. */
  readonly sampleUs?: Us;
}

/** A VM whose measured targets are compared with those that a policy has decided. */
export interface ComparedVm {
  readonly name: string;
  /** Configured memory. */
  readonly memory: Bytes;
  /** When it is powered on, and off; Infinity: not before the end. */
  readonly onUs: Us;
  readonly offUs: Us;
  /** Null: its log had neither targets nor sizes of a balloon. */
  readonly measured: TargetSeries | null;
  /** Whether `measured` has what the balloon held, for lack of targets in the log. */
  readonly isSize: boolean;
  readonly decided: TargetSeries;
}

/** A time in which both targets are known and stay the same. */
export interface Piece {
  readonly fromUs: Us;
  readonly untilUs: Us;
  readonly measured: Bytes;
  readonly decided: Bytes;
}

/** The time of a VM on its host: from when it is on to when it is off, or to the end. */
export function lifeOf({ onUs, offUs }: ComparedVm, durationUs: Us): { readonly fromUs: Us; readonly untilUs: Us } {
  const fromUs = Math.max(0, onUs);
  return { fromUs, untilUs: Math.max(fromUs, Math.min(offUs, durationUs)) };
}

/** The times in which both targets of a VM are known, in order; two that touch are separate pieces. */
export function piecesOf(vm: ComparedVm, durationUs: Us): Piece[] {
  const { measured, decided } = vm;
  if (measured === null) return [];
  const { fromUs, untilUs } = lifeOf(vm, durationUs);
  const [a, b] = [new Walk(measured), new Walk(decided)];
  const pieces: Piece[] = [];
  for (let us = fromUs; us < untilUs; ) {
    a.moveTo(us);
    b.moveTo(us);
    const next = Math.min(a.nextUs, b.nextUs, untilUs);
    if (!Number.isNaN(a.value) && !Number.isNaN(b.value)) {
      pieces.push({ fromUs: us, untilUs: next, measured: a.value, decided: b.value });
    }
    us = next;
  }
  return pieces;
}

/** Goes through a series in the order of time. */
class Walk {
  readonly #series: TargetSeries;
  #index = -1;

  constructor(series: TargetSeries) {
    this.#series = series;
  }

  moveTo(us: Us): void {
    const { at } = this.#series;
    while (this.#index + 1 < at.length && (at[this.#index + 1] as number) <= us) this.#index++;
  }

  /** The value at the time of the last move; NaN if it is unknown. */
  get value(): Bytes {
    return this.#series.bytes[this.#index] ?? Number.NaN;
  }

  /** Time of the next value; Infinity after the last one. */
  get nextUs(): Us {
    return this.#series.at[this.#index + 1] ?? Number.POSITIVE_INFINITY;
  }
}

/** A time of a host in which the targets of all compared VMs stay the same. */
export interface HostPiece extends Piece {
  /** Sum of the configured memory of the VMs whose targets are known. */
  readonly memory: Bytes;
  /** Sum of what the targets of each VM differ by. */
  readonly apart: Bytes;
}

/** The sums over all VMs, at each time over those whose targets are both known then. */
export function sumOf(vms: readonly { readonly memory: Bytes; readonly pieces: readonly Piece[] }[]): HostPiece[] {
  const changes = vms.flatMap(({ memory, pieces }) =>
    pieces.flatMap(({ fromUs, untilUs, measured, decided }) => [
      { us: fromUs, sign: 1, memory, measured, decided },
      { us: untilUs, sign: -1, memory, measured, decided },
    ]),
  );
  changes.sort((a, b) => a.us - b.us);
  const sums: HostPiece[] = [];
  const now = { known: 0, memory: 0, measured: 0, decided: 0, apart: 0 };
  changes.forEach(({ us, sign, memory, measured, decided }, i) => {
    now.known += sign;
    now.memory += sign * memory;
    now.measured += sign * measured;
    now.decided += sign * decided;
    now.apart += sign * Math.abs(decided - measured);
    const nextUs = changes[i + 1]?.us ?? us;
    if (now.known > 0 && nextUs > us) {
      const { known: _, ...sum } = now;
      sums.push({ fromUs: us, untilUs: nextUs, ...sum });
    }
  });
  return sums;
}
