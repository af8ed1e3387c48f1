/** Where, on a line of points from the hardest to the easiest, a host begins to keep its requirements, without trust in monotony. */

export interface BoundarySearch {
  /** The points of the first look, at least one. */
  readonly first: readonly number[];
  /** How many points on each side of the boundary are tried one by one; 0: those that it lies between alone. */
  readonly near: number;
}

export interface Boundary {
  /** The first point from which on all tried points hold; null: not even the last one does. */
  readonly least: number | null;
  /** Which points were tried, and which of them hold. */
  readonly tried: ReadonlyMap<number, boolean>;
}

/** A point that does not hold though a harder one does. */
export interface Reversal {
  readonly fails: number;
  /** The nearest harder point that holds. */
  readonly holds: number;
}

/**
 * Searches for the boundary: tries the points of the first look. If these have all the same result, it goes on from their end in
 * growing strides until it knows a point on either side. It halves the gap below the lowest point above which all hold, and then tries
 * all points near the boundary. A failure there moves the boundary, and the search goes on around it.
 * @param size number of points, 1 or more; the last one is the easiest
 * @param holds called once for each point, for several at a time
 */
export async function findBoundary(
  size: number,
  holds: (index: number) => Promise<boolean>,
  { first, near }: BoundarySearch,
): Promise<Boundary> {
  const tried = new Map<number, boolean>();
  const tryAll = async (indices: readonly number[]): Promise<void> => {
    const results = await Promise.all(indices.map(holds));
    indices.forEach((index, i) => {
      tried.set(index, results[i] as boolean);
    });
  };
  await tryAll(first);
  for (let stride = Math.max(1, 2 * near); ; ) {
    const least = leastOf(tried);
    const fails = Math.max(-1, ...[...tried.keys()].filter((index) => index < least));
    let next: readonly number[];
    if (least < size && !tried.has(least)) {
      // Not even the easiest point that was tried holds.
      next = [Math.min(size - 1, least - 1 + stride)];
      stride *= 2;
    } else if (fails === -1 && least > 0 && least < size) {
      next = [Math.max(0, least - stride)];
      stride *= 2;
    } else {
      next = least - fails > 1 && least < size ? [Math.ceil((least + fails) / 2)] : around(least, near, size);
    }
    const untried = next.filter((index) => !tried.has(index));
    if (untried.length === 0) return { least: least === size ? null : least, tried };
    await tryAll(untried);
  }
}

/** Points for a look over the whole line: every `stride`-th one down from the last, and the first. */
export function wholeLine(size: number, stride: number): number[] {
  const indices: number[] = [];
  for (let index = size - 1; index > 0; index -= stride) indices.push(index);
  return [...indices, 0];
}

/** The first point from which on all tried points hold; the number behind the last tried one if that fails. */
function leastOf(tried: ReadonlyMap<number, boolean>): number {
  const indices = [...tried.keys()].sort((a, b) => b - a);
  let least = (indices[0] as number) + 1;
  for (const index of indices) {
    if (tried.get(index) !== true) break;
    least = index;
  }
  return least;
}

/** The points near a boundary: so many behind it that should hold, the one before them, and so many that should not. */
export function around(least: number, near: number, size: number): number[] {
  // All of them have failed up to the last one: no point holds, or harder ones do alone.
  if (least === size) return [];
  const from = Math.max(0, least - near);
  const to = Math.min(size - 1, least + near);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** All tried points that fail though a harder one holds, the hardest first. */
export function reversalsOf(tried: ReadonlyMap<number, boolean>): Reversal[] {
  const reversals: Reversal[] = [];
  let held: number | null = null;
  for (const index of [...tried.keys()].sort((a, b) => a - b)) {
    if (tried.get(index) === true) held = index;
    else if (held !== null) reversals.push({ fails: index, holds: held });
  }
  return reversals;
}
