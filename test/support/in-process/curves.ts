import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation, type SimulationOptions } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { Observer, RunView } from "../../../src/sim/view/types.ts";
import type { TraceDocument } from "../generators/traces.ts";

/** A trace of so many seconds with everything at its default but what is said. */
export function traceOf(
  seconds: number,
  parts: { guest: object; workloads?: readonly object[]; host?: object },
): string {
  const { guest, workloads = [], host = {} } = parts;
  const document: TraceDocument = {
    format: "balloon-sim/trace",
    version: 1,
    name: "test",
    duration: seconds,
    guest,
    workloads,
    host,
  };
  return JSON.stringify(document);
}

/** Runs the text of a trace to its end; returns the run's last state. */
export function simulate(text: string, observer: Observer = {}, options: Partial<SimulationOptions> = {}): RunView {
  const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES, ...options }, observer);
  simulation.run();
  return simulation.view;
}

/** How many events a run takes. */
export function countEvents(text: string): number {
  const simulation = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
  let events = 1;
  while (simulation.runFor(1)) events++;
  return events;
}

/** What `read` sees at the end of each cycle. */
export function eachCycle<T>(text: string, read: (view: RunView) => T): T[] {
  const seen: T[] = [];
  simulate(text, { cycle: (view) => seen.push(read(view)) }, { everyCycle: true });
  return seen;
}

/** What `read` sees at each whole second. */
export function eachSecond<T>(text: string, read: (view: RunView) => T): T[] {
  const seen: T[] = [];
  simulate(text, { sample: (view) => seen.push(read(view)) }, { sampleEveryUs: 1_000_000 });
  return seen;
}

const GOLDEN_COLUMNS: Readonly<Record<string, (view: RunView) => number>> = {
  cycle: ({ cycle }) => cycle.number,
  start_us: ({ cycle }) => cycle.startUs,
  end_us: ({ cycle }) => cycle.endUs,
  target: ({ balloon: { state: engine } }) => engine.target,
  size: ({ balloon: { state: engine } }) => engine.size,
  rate_alloc: ({ balloon: { state: engine } }) => engine.rateAlloc,
  rate_free: ({ balloon: { state: engine } }) => engine.rateFree,
  nosleep: ({ balloon: { state: engine } }) => engine.alloc,
  nosleep_fail: ({ balloon: { state: engine } }) => engine.allocFail,
  sleep: ({ balloon: { state: engine } }) => engine.sleepAlloc,
  sleep_fail: ({ balloon: { state: engine } }) => engine.sleepAllocFail,
  lock_fail: ({ balloon: { state: engine } }) => engine.lockFail,
  free: ({ guest }) => guest.free,
  high: ({ guest }) => guest.watermarkHigh,
  kernel: ({ guest }) => guest.kernel,
  anon: ({ guest }) => guest.anon,
  active_anon: ({ guest }) => guest.activeAnon,
  cache: ({ guest }) => guest.cache,
  active_cache: ({ guest }) => guest.activeCache,
  dirty: ({ guest }) => guest.dirty,
  swap: ({ guest }) => guest.swap,
  swap_cached: ({ guest }) => guest.swapCached,
  swap_out: ({ guest }) => guest.swapOut,
  swap_in: ({ guest }) => guest.swapIn,
  refaults: ({ guest }) => guest.refaults,
  scan_kswapd: ({ guest }) => guest.scanKswapd,
  scan_direct: ({ guest }) => guest.scanDirect,
  steal_kswapd: ({ guest }) => guest.stealKswapd,
  steal_direct: ({ guest }) => guest.stealDirect,
  alloc_stalls: ({ guest }) => guest.allocStalls,
  alloc_fails: ({ guest }) => guest.allocFails,
  oom_kills: ({ guest }) => guest.oomKills,
  some_us: ({ guest }) => guest.psiSomeUs,
  full_us: ({ guest }) => guest.psiFullUs,
  workload_stall_us: ({ guest }) => guest.workloadStallUs,
  balloon_stall_us: ({ guest }) => guest.balloonStallUs,
  unknown_us: ({ unknownUs }) => unknownUs,
};

/** Writes a run as a CSV: a row for each cycle that is shown, and one for the end. */
export class GoldenCurve implements Observer {
  text = `${Object.keys(GOLDEN_COLUMNS).join(",")}\n`;

  cycle(view: RunView): void {
    const cells = Object.values(GOLDEN_COLUMNS).map((read) => read(view));
    this.text += `${cells.join(",")}\n`;
  }

  end(view: RunView): void {
    this.cycle(view);
  }
}

/** A run as a CSV. */
export function goldenCurve(text: string): string {
  const curve = new GoldenCurve();
  simulate(text, curve);
  return curve.text;
}
