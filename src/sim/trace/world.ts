import { randomStream } from "../random/stream.ts";
import { COST_FIELDS, type Costs } from "./types.ts";

/** Largest deviation of a world's costs from those of the trace and its profile, as a fraction of them. */
export const COST_SPREAD = 0.02;
/** Largest deviation of a workload's pace from that of the trace, as a fraction of it. */
export const PACE_SPREAD = 0.01;

const SECOND_US = 1_000_000;

/** The deviations of one workload in a world. */
export interface WorkloadWorld {
  /** Position in the lap over its working set at the beginning of the trace: 0 (at its first page) to 1. */
  readonly phase: number;
  /** Factor of the rates at which the workload touches memory, and reads and writes files. */
  readonly pace: number;
}

/**
 * A variation of a trace. A trace does not determine the phase of the driver's second, the phases of its workloads'
 * laps, or the cost of a fault to the last per cent: worlds differ in these. World 1 is the trace as written. In the
 * others the driver's phase, the workloads' phases and paces, and the costs are drawn, each from a stream of its own
 * that is named by the run's seed and the world's number: world 3 is the same for any number of worlds and any
 * parameters of the policy.
 *
 * All values in the trace are the same in all worlds: times and sizes of targets, demands and files, memory, swap, the
 * host's rules and their random draws.
 */
export interface World {
  /** From 1. */
  readonly number: number;
  /** Phase of the driver's second at the beginning of the trace, in whole microseconds below a second. */
  readonly driverPhaseUs: number;
  /** Factors of the guest's costs. */
  readonly costs: Costs;
  /** Factor of the cost of a command. */
  readonly call: number;
  /** One per workload of the trace. */
  readonly workloads: readonly WorkloadWorld[];
}

/**
 * The world of a run.
 * @param seed of the run
 * @param number of the world, from 1
 * @param workloads number of the trace's workloads
 */
export function worldOf(seed: string, number: number, workloads: number): World {
  /** Uniform from 0 to below 1; in world 1 the value that means the trace as written. */
  const draw = (name: string, asWritten: number) =>
    number === 1 ? asWritten : randomStream(seed, `world ${number}/${name}`)();
  const factor = (name: string, spread: number) => 1 + spread * (2 * draw(name, 0.5) - 1);
  const costs = Object.fromEntries(COST_FIELDS.map((field) => [field, factor(`cost ${field}`, COST_SPREAD)]));
  return {
    number,
    driverPhaseUs: Math.floor(draw("driver's second", 0) * SECOND_US),
    costs: costs as { [K in keyof Costs]: number },
    call: factor("cost call", COST_SPREAD),
    workloads: Array.from({ length: workloads }, (_, i) => ({
      phase: draw(`workload ${i}/phase`, 0),
      pace: factor(`workload ${i}/pace`, PACE_SPREAD),
    })),
  };
}

/**
 * The world with other phases of laps.
 * @param workloads of the trace, in the order of the world's
 * @param phases by names of workloads; undefined, or without a name: the world's own
 */
export function withLapPhases(
  world: World,
  workloads: readonly { readonly name: string }[],
  phases: ReadonlyMap<string, number> | undefined,
): World {
  if (phases === undefined) return world;
  const phased = workloads.map(({ name }, i) => {
    const own = world.workloads[i] as WorkloadWorld;
    return { ...own, phase: phases.get(name) ?? own.phase };
  });
  return { ...world, workloads: phased };
}

/**
 * A value times a factor of a world. Without a deviation the value itself: V8 computes faster with a number that was
 * read as an integer than with the same number as a product.
 */
export function varied(value: number, factor: number): number {
  return factor === 1 ? value : value * factor;
}
