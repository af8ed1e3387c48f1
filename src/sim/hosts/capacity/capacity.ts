/** Searches for the least memory of a host, or the most VMs on it, with which every requirement is kept in every world. */
import type { Axis } from "./axis.ts";
import { findBoundary, type Reversal, reversalsOf } from "./boundary.ts";
import type { Trial } from "./setup.ts";
import type { TrialResult } from "./trial.ts";

/** Distance of the points of the first look, and the number of points on each side of the boundary that are all tried. */
const STRIDE = 8;
const NEAR = 2;
/** How many points below the boundary are tried at most for each world alone. */
const WORLD_DEPTH = 3;

/** A run of a point. */
export interface WorldTrial {
  readonly world: number;
  readonly trial: TrialResult;
}

/** What was tried at a point: worlds in their order, up to the first breach; near the boundary more of them. */
export interface TriedPoint {
  readonly index: number;
  readonly holds: boolean;
  readonly runs: readonly WorldTrial[];
}

/** The boundary of one world alone. */
export interface WorldBoundary {
  readonly world: number;
  readonly least: number;
  /** Whether the search for it ended there, so that it may be lower. */
  readonly isLimit: boolean;
}

/** What the search has found for one policy. Indices are those of the axis. */
export interface PolicyCapacity {
  /** The first point from which on every tried one keeps all requirements in all worlds; null: not even the last one does. */
  readonly least: number | null;
  /** What breaks one step further, at the last point if none keeps them: a whole run; null: the first point keeps them. */
  readonly breaks: (WorldTrial & { readonly index: number; readonly failing: number }) | null;
  /** Without a boundary: none. */
  readonly worlds: readonly WorldBoundary[];
  readonly reversals: readonly Reversal[];
  /** In the order of the axis. */
  readonly tried: readonly TriedPoint[];
  readonly runs: number;
}

/** Executes a run; the results of runs do not depend on each other. */
export type RunTrial = (trial: Trial) => Promise<TrialResult>;

/**
 * Searches under one policy.
 * @param policy its index in the setup
 * @param note called after each run with their number
 */
export async function searchCapacity(
  policy: number,
  { points }: Axis,
  worlds: number,
  run: RunTrial,
  note: (runs: number) => void = () => {},
): Promise<PolicyCapacity> {
  const known = new Map<string, Promise<TrialResult>>();
  const done = new Map<number, Map<number, TrialResult>>();
  let runs = 0;
  const execute = async (index: number, world: number, isWhole: boolean): Promise<TrialResult> => {
    const point = points[index] as Axis["points"][number];
    const trial = await run({ policy, point, world, isWhole });
    note(++runs);
    return trial;
  };
  const tryWorld = async (index: number, world: number): Promise<TrialResult> => {
    const key = `${index} ${world}`;
    const begun = known.get(key) ?? execute(index, world, false);
    known.set(key, begun);
    const trial = await begun;
    const ofPoint = done.get(index) ?? new Map<number, TrialResult>();
    done.set(index, ofPoint.set(world, trial));
    return trial;
  };
  const holds = async (index: number): Promise<boolean> => {
    for (let world = 1; world <= worlds; world++) if ((await tryWorld(index, world)).breach !== null) return false;
    return true;
  };

  const { least, tried } = await findBoundary(points.length, holds, { stride: STRIDE, near: NEAR });
  const boundaries = await Promise.all(
    least === null ? [] : Array.from({ length: worlds }, (_, i) => worldBoundary(i + 1, least, tryWorld)),
  );
  const broken = least === null ? points.length - 1 : least - 1;
  const failing = worldsAt(done, broken).filter(({ trial }) => trial.breach !== null);
  const [first] = failing;
  const breaks =
    first === undefined
      ? null
      : {
          index: broken,
          world: first.world,
          failing: failing.length,
          trial: await execute(broken, first.world, true),
        };
  return {
    least,
    breaks,
    worlds: boundaries,
    reversals: reversalsOf(tried),
    tried: [...tried]
      .sort(([a], [b]) => a - b)
      .map(([index, isKept]) => ({ index, holds: isKept, runs: worldsAt(done, index) })),
    runs,
  };
}

async function worldBoundary(
  world: number,
  from: number,
  tryWorld: (index: number, world: number) => Promise<TrialResult>,
): Promise<WorldBoundary> {
  let least = from;
  while (least > 0 && from - least < WORLD_DEPTH && (await tryWorld(least - 1, world)).breach === null) least--;
  return { world, least, isLimit: from - least === WORLD_DEPTH || least === 0 };
}

const worldsAt = (done: ReadonlyMap<number, ReadonlyMap<number, TrialResult>>, index: number): WorldTrial[] =>
  [...(done.get(index) ?? [])].sort(([a], [b]) => a - b).map(([world, trial]) => ({ world, trial }));
