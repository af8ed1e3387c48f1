/** Whether two targets move together: their changes over equal steps of time. */
import type { Bytes, Us } from "../../../common/units.ts";
import type { Piece } from "./series.ts";

/** A smaller change in a step is none. */
const LEAST_MOVE: Bytes = 1_048_576;
/** With fewer steps a correlation says nothing. */
const LEAST_STEPS = 3;

/** How two targets moved, by the steps in which both are known. */
export interface Movement {
  /** Number of these steps. */
  readonly steps: number;
  /** Steps in which both moved the same way, opposite ways, and only one of them, by a MiB or more. */
  readonly same: number;
  readonly opposite: number;
  readonly onlyMeasured: number;
  readonly onlyDecided: number;
  /** Pearson's correlation of the changes, -1 to 1; null for too few steps, or where one of them never changed. */
  readonly correlation: number | null;
}

/** Changes over equal steps from time 0 on; NaN for a step in which a target is unknown at some time. */
export interface Changes {
  readonly measured: Float64Array;
  readonly decided: Float64Array;
}

/**
 * @param pieces in the order of time
 * @param count number of steps
 */
export function changesOf(pieces: readonly Piece[], stepUs: Us, count: number): Changes {
  const measured = new Float64Array(count).fill(Number.NaN);
  const decided = new Float64Array(count).fill(Number.NaN);
  let index = 0;
  // The first piece of those without a gap up to the current one, and the last value at a step's beginning.
  let unbrokenUs = pieces[0]?.fromUs ?? 0;
  let before: Piece | null = null;
  let beforeUs = 0;
  for (let step = 0; step <= count; step++) {
    const us = step * stepUs;
    while (index < pieces.length && (pieces[index] as Piece).untilUs <= us) {
      const next = pieces[index + 1];
      if (next !== undefined && next.fromUs !== (pieces[index] as Piece).untilUs) unbrokenUs = next.fromUs;
      index++;
    }
    const piece = pieces[index];
    if (piece === undefined) break;
    if (piece.fromUs > us) {
      before = null;
      continue;
    }
    if (before !== null && unbrokenUs <= beforeUs) {
      measured[step - 1] = piece.measured - before.measured;
      decided[step - 1] = piece.decided - before.decided;
    }
    before = piece;
    beforeUs = us;
  }
  return { measured, decided };
}

/** The sum of the changes of several VMs, in each step of those that are known. */
export function sumOfChanges(all: readonly Changes[], count: number): Changes {
  const sum = (of: (changes: Changes) => Float64Array): Float64Array => {
    const total = new Float64Array(count).fill(Number.NaN);
    for (const changes of all) {
      of(changes).forEach((value, i) => {
        if (!Number.isNaN(value)) total[i] = (Number.isNaN(total[i]) ? 0 : (total[i] as number)) + value;
      });
    }
    return total;
  };
  return { measured: sum(({ measured }) => measured), decided: sum(({ decided }) => decided) };
}

export function movementOf({ measured, decided }: Changes): Movement {
  const counts = { steps: 0, same: 0, opposite: 0, onlyMeasured: 0, onlyDecided: 0 };
  const [x, y]: [number[], number[]] = [[], []];
  measured.forEach((change, i) => {
    if (Number.isNaN(change)) return;
    const other = decided[i] as number;
    x.push(change);
    y.push(other);
    counts.steps++;
    const [a, b] = [directionOf(change), directionOf(other)];
    if (a !== 0 && b !== 0) counts[a === b ? "same" : "opposite"]++;
    else if (a !== 0) counts.onlyMeasured++;
    else if (b !== 0) counts.onlyDecided++;
  });
  return { ...counts, correlation: correlationOf(x, y) };
}

/** The part of the steps with a move in which both moved the same way, 0 to 1; null if neither ever moved. */
export function agreementOf({ same, opposite, onlyMeasured, onlyDecided }: Movement): number | null {
  const moves = same + opposite + onlyMeasured + onlyDecided;
  return moves === 0 ? null : same / moves;
}

const directionOf = (change: Bytes): number => (Math.abs(change) < LEAST_MOVE ? 0 : Math.sign(change));

function correlationOf(x: readonly number[], y: readonly number[]): number | null {
  if (x.length < LEAST_STEPS) return null;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, i) => {
    const [dx, dy] = [value - mx, (y[i] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  if (xx === 0 || yy === 0) return null;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
