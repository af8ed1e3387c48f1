import { randomStream } from "../random/stream.ts";
import { COST_FIELDS, type Costs } from "./types.ts";

/** How far a world's costs may be from those that the trace and its profile say, as a part of them. */
export const COST_SPREAD = 0.02;
/** How far the pace of a workload may be from that of the trace, as a part of it. */
export const PACE_SPREAD = 0.01;

const SECOND_US = 1_000_000;

/** What differs between worlds in one workload. */
export interface WorkloadWorld {
  /** Where in the round over its working set the workload is when the trace begins: 0 (at its first page) to 1. */
  readonly phase: number;
  /** Factor of the rates at which the workload touches memory, and reads and writes files. */
  readonly pace: number;
}

/**
 * A variant of a trace. A trace does not say when the driver's second begins, where in their rounds its workloads are, or
 * the cost of a fault to the last per cent: worlds differ in these. World 1 is the trace exactly as it is written. In the
 * others the driver's second, the workloads' rounds and paces, and the costs are drawn, each from a stream of its own that
 * the run's seed and the world's number name: world 3 is the same for any number of worlds and any constants of the policy.
 *
 * What a trace fixes is the same in all worlds: times and sizes of targets, demands and files, memory, swap, the host's
 * rules and what it draws for them.
 */
export interface World {
  /** From 1. */
  readonly number: number;
  /** How much of the driver's second is over when the trace begins, in whole microseconds below a second. */
  readonly driverPhaseUs: number;
  /** Factors of the guest's costs. */
  readonly costs: Costs;
  /** Factor of what a call of the host costs. */
  readonly call: number;
  /** One a workload of the trace. */
  readonly workloads: readonly WorkloadWorld[];
}

/**
 * The world of a run.
 * @param seed of the run
 * @param number of the world, from 1
 * @param workloads how many the trace has
 */
export function worldOf(seed: string, number: number, workloads: number): World {
  /** Evenly from 0 to below 1; in world 1 the value that leaves the trace as it is written. */
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
