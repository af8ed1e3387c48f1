import { formatCost, type Pages } from "../../common/units.ts";
import { Simulation } from "../run/simulation.ts";
import { machineText } from "../trace/machines.ts";
import { profileOf } from "../trace/profile.ts";
import { readTrace } from "../trace/read.ts";
import { COST_FIELDS, type Costs, type GuestSpec, type MachineProfile, type TraceSource } from "../trace/types.ts";
import type { RunView } from "../view/types.ts";
import { CURVES, type CurveId } from "./curves.ts";
import type { RecordedRun } from "./recorded-run.ts";

/** A replayed run, sampled at the times of the recorded rows. */
export interface ReplayedRun {
  readonly target: readonly Pages[];
  readonly curves: ReadonlyMap<CurveId, readonly number[]>;
  readonly oomKills: number;
}

/** A deviation of a replay from the settings of its run, of the size that a recording does not tell. */
export interface Variation {
  /** Number of the world whose paces, costs and phases of workloads it has; 1: the run as recorded. */
  readonly world: number;
  /** Seed of the worlds. */
  readonly seed: string;
  /** Time by which the driver's cycles begin before those of the recording, in microseconds below a second. */
  readonly driverPhaseUs: number;
}

/** Interval of samples of the simulation; between two samples its curves are interpolated linearly. */
const SAMPLE_US = 10_000;

/**
 * Simulates the settings of a recorded run.
 * @param costs replace those of the trace's machine; those of the run's disk are the least
 * @param machine replaces the trace's; null: the trace's
 * @param variation of the run; null: as recorded
 * @throws {RunError} if the simulation fails
 */
export function replay(
  recorded: RecordedRun,
  costs: Partial<Costs> = {},
  machine: MachineProfile | null = null,
  variation: Variation | null = null,
): ReplayedRun {
  const { rates, leadUs, fixedCache, tmpfs, active, lapPhases = new Map() } = recorded.replay;
  const ids = [...recorded.curves.keys()];
  const curves = new Map<CurveId, number[]>(ids.map((id) => [id, []]));
  const target: Pages[] = [];
  const { timeUs } = recorded;
  let row = 0;
  let before = new Float64Array(ids.length);
  let now = new Float64Array(ids.length);
  const look = (view: RunView): void => {
    const inTmpfs = files.reduce((sum, { resident }) => sum + resident, 0);
    ids.forEach((id, i) => {
      const value = CURVES.get(id)?.read(view) as number;
      now[i] = id === "cache" ? value + fixedCache + inTmpfs : id === "anon" ? value - inTmpfs : value;
    });
    for (; row < timeUs.length && (timeUs[row] as number) + leadUs <= view.timeUs; row++) {
      const part = 1 - Math.min(1, (view.timeUs - leadUs - (timeUs[row] as number)) / SAMPLE_US);
      ids.forEach((id, i) => {
        const [a, b] = [before[i] as number, now[i] as number];
        curves.get(id)?.push(a + (b - a) * part);
      });
      target.push(view.balloon.target);
    }
    [before, now] = [now, before];
  };
  let oomKills = 0;
  const simulation = new Simulation(
    replayTrace(recorded, costs, machine),
    { rates, sampleEveryUs: SAMPLE_US, lapPhases, ...variation },
    {
      sample: look,
      end: (view) => {
        oomKills = view.guest.oomKills;
      },
    },
  );
  const files = simulation.parts.guest.memory.workloads.filter(({ spec }) => tmpfs.includes(spec.name));
  const { memory } = simulation.parts.guest;
  for (const w of files) if (active.includes(w.spec.name)) memory.beginActive(w, w.cold);
  simulation.run();
  return { target, curves, oomKills };
}

/**
 * The trace that stands for the settings of a recorded run.
 * @param costs as for `replay`
 * @param machine as for `replay`
 */
export function replayTrace(recorded: RecordedRun, costs: Partial<Costs>, machine: MachineProfile | null): TraceSource {
  const { trace, leastCosts = {} } = recorded.replay;
  const { guest } = trace as { guest: Pick<GuestSpec, "profile"> };
  const usual = { ...profileOf({ ...guest, machine }).machine.costs, ...costs };
  const least = Object.entries(leastCosts).map(([field, ns]) => [field, Math.max(ns, usual[field as keyof Costs])]);
  const whole = onMachine(withCosts(trace, { ...costs, ...Object.fromEntries(least) }), machine);
  return readTrace(JSON.stringify(whole), recorded.name);
}

/** The trace on another machine. */
function onMachine(trace: object, machine: MachineProfile | null): object {
  if (machine === null) return trace;
  const { guest } = trace as { guest: object };
  return { ...trace, guest: { ...guest, machine: JSON.parse(machineText(machine)) } };
}

/** The trace with other costs. */
function withCosts(trace: object, costs: Partial<Costs>): object {
  const { guest } = trace as { guest: object };
  const fields = COST_FIELDS.flatMap((field) => {
    const ns = costs[field];
    return ns === undefined ? [] : [[field.slice(0, -"Ns".length), formatCost(ns)]];
  });
  return { ...trace, guest: { ...guest, costs: Object.fromEntries(fields) } };
}
