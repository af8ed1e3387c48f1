import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation, type SimulationOptions } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import type { TraceDocument } from "../generators/traces.ts";

/** Names of the getters and fields of the views that are numbers; those of a class live on its prototype. */
function numbersOf(view: object): Record<string, number> {
  const names = new Set([...Object.keys(view), ...Object.getOwnPropertyNames(Object.getPrototypeOf(view))]);
  const entries = [...names].map((name) => [name, (view as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

/** Everything that a view shows, copied. */
export function dump(view: RunView): Record<string, Record<string, number>> {
  const { balloon, guest, workloads, host, cycle, timeUs, driverCpuUs, unknownUs } = view;
  return {
    run: { timeUs, driverCpuUs, unknownUs },
    engine: { ...balloon.state },
    guest: numbersOf(guest),
    ...Object.fromEntries(workloads.map((workload, i) => [`workload ${i}`, numbersOf(workload)])),
    host: numbersOf(host),
    cycle: numbersOf(cycle),
  };
}

export interface Recording {
  /** What each cycle that was shown left behind, by its number. */
  readonly cycles: ReadonlyMap<number, ReturnType<typeof dump>>;
  readonly end: ReturnType<typeof dump>;
  readonly finalDraw: string;
}

/** Runs a trace to its end and keeps all that it shows. */
export function record(document: TraceDocument, options: Partial<SimulationOptions> = {}): Recording {
  const cycles = new Map<number, ReturnType<typeof dump>>();
  const simulation = new Simulation(
    readTrace(JSON.stringify(document)),
    { rates: DEFAULT_RATES, ...options },
    { cycle: (view) => cycles.set(view.cycle.number, dump(view)) },
  );
  simulation.run();
  return { cycles, end: dump(simulation.view), finalDraw: simulation.finalDraw() };
}
