/** Searches for the least memory of a host, or the most VMs on it, with which every requirement is kept in every world. */
import type { Axis } from "./axis.ts";
import { around, type Boundary, findBoundary, type Reversal, reversalsOf, wholeLine } from "./boundary.ts";
import { type RunTrial, Trials, type TriedPoint, type WorldTrial } from "./trials.ts";

/** Distance of the points of the first look in world 1, and the number of points on each side of the boundary that are all tried. */
const STRIDE = 8;
const NEAR = 2;
/**
 * Number of points on each side of the boundary that are all tried in the other worlds, and for the boundary of all worlds together. These searches begin at the boundary of world 1:
 * worlds differ little, and far from the boundary hardly ever.
 */
const WORLD_NEAR = 1;

/** The boundary of one world alone. */
export interface WorldBoundary {
  readonly world: number;
  readonly least: number;
  /** Whether the axis ends there, so that it may be lower. */
  readonly isLimit: boolean;
}

/** A point that fails in a world, though a harder one holds there. */
export interface WorldReversal extends Reversal {
  readonly world: number;
}

/** What the search has found for one policy. Indices are those of the axis. */
export interface PolicyCapacity {
  /** The first point from which on every tried one keeps all requirements in all worlds; null: not even the last one does. */
  readonly least: number | null;
  /** What breaks one step further, at the last point if none keeps them: a whole run; null: the first point keeps them. */
  readonly breaks: (WorldTrial & { readonly index: number; readonly failing: number }) | null;
  /** Without a boundary: none. */
  readonly worlds: readonly WorldBoundary[];
  /** The hardest first. */
  readonly reversals: readonly WorldReversal[];
  /** In the order of the axis. */
  readonly tried: readonly TriedPoint[];
  readonly runs: number;
}

/** How a search is made. */
export interface SearchOptions {
  /** Called after each run with their number. */
  readonly note?: (runs: number) => void;
  /** The point at which the search in world 1 begins, as those in the other worlds do at its result; null: the whole axis. */
  readonly begin?: number | null;
}

/**
 * Searches under one policy: over the whole axis in the first world, and from its boundary on in the others. The result does not
 * depend on the order in which runs end.
 * @param policy its index in the setup
 * @param worlds 1 or more
 */
export async function searchCapacity(
  policy: number,
  { points }: Axis,
  worlds: number,
  run: RunTrial,
  { note = () => {}, begin = null }: SearchOptions = {},
): Promise<PolicyCapacity> {
  const trials = new Trials(policy, points, run, note);
  const found = await boundaries(trials, points.length, worlds, begin);
  const least = leastOf(found);
  const broken = least === null ? points.length - 1 : least - 1;
  if (least === null) await Promise.all(Array.from({ length: worlds }, (_, i) => trials.holds(broken, i + 1)));
  const failing = trials.at(broken).filter(({ trial }) => trial.breach !== null);
  const [first] = failing;
  const breaks =
    first === undefined
      ? null
      : {
          index: broken,
          world: first.world,
          failing: failing.length,
          trial: await trials.execute(broken, first.world, true),
        };
  return { least, breaks, worlds: least === null ? [] : found.map(worldBoundary), ...shown(trials, found) };
}

const worldBoundary = ({ least }: Boundary, i: number): WorldBoundary => ({
  world: i + 1,
  least: least as number,
  isLimit: least === 0,
});

const shown = (trials: Trials, found: readonly Boundary[]) => ({
  reversals: found
    .flatMap(({ tried }, i) => reversalsOf(tried).map((one): WorldReversal => ({ world: i + 1, ...one })))
    .sort((a, b) => a.fails - b.fails || a.world - b.world),
  tried: trials.tried,
  runs: trials.runs,
});

/**
 * The boundaries of all worlds, of which each has tried the greatest one and the points beside it. If a world has none, the first one
 * alone may be there.
 */
async function boundaries(
  trials: Trials,
  size: number,
  worlds: number,
  from: number | null,
): Promise<readonly Boundary[]> {
  const search = async (world: number, first: readonly number[]): Promise<Boundary> =>
    await findBoundary(size, async (index) => await trials.holds(index, world), {
      first: [...new Set(first)],
      near: world === 1 ? NEAR : WORLD_NEAR,
    });
  const all = Array.from({ length: worlds }, (_, i) => i + 1);
  const whole = await search(1, from === null ? wholeLine(size, STRIDE) : around(from, WORLD_NEAR, size));
  const { least: begin } = whole;
  if (begin === null) return [whole];
  let found = await Promise.all(
    all.map((world) => (world === 1 ? whole : search(world, around(begin, WORLD_NEAR, size)))),
  );
  for (;;) {
    const least = leastOf(found);
    const needed = least === null ? [] : around(least, WORLD_NEAR, size);
    const isTried = ({ tried }: Boundary): boolean => needed.every((index) => tried.has(index));
    if (found.every(isTried)) return found;
    // A world that fails there has another boundary than was found.
    found = await Promise.all(
      found.map((one, i) => (isTried(one) ? one : search(i + 1, [...one.tried.keys(), ...needed]))),
    );
  }
}

/** The greatest boundary; null: a world has none. */
function leastOf(found: readonly Boundary[]): number | null {
  let least = 0;
  for (const one of found) {
    if (one.least === null) return null;
    least = Math.max(least, one.least);
  }
  return least;
}
