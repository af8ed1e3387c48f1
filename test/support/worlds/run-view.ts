import { createState, DEFAULT_RATES, type EngineState, VMMEMCTL, VmmemctlView } from "../../../src/engine/index.ts";
import type { Origin, Trace } from "../../../src/sim/trace/types.ts";
import type { CycleView, GuestView, HostView, RunView } from "../../../src/sim/view/types.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A run that a test makes up: every value may be set before an observer is shown it. */
export interface MadeUpView extends Mutable<RunView> {
  /** The state behind `balloon`. */
  engine: EngineState;
  guest: Mutable<GuestView>;
  host: Mutable<HostView>;
  cycle: Mutable<CycleView>;
}

const ORIGIN: Origin = {
  kind: "synthetic",
  note: null,
  files: [],
  licence: null,
  epoch: null,
  zone: null,
  zoneSource: null,
  sampleSeconds: null,
  importer: null,
};

/** A view of a run that has just begun, of a trace called "made-up", with so many pages in the balloon. */
export function madeUpView(origin: Partial<Origin> = {}, balloon = 0): MadeUpView {
  const trace = {
    name: "made-up",
    description: "A run that a test made up.",
    origin: { ...ORIGIN, ...origin },
    guest: { balloon, swap: 0 },
  };
  const engine = { ...createState(DEFAULT_RATES), start: 1, guestType: 1, size: balloon };
  return {
    policy: VMMEMCTL,
    balloon: new VmmemctlView(engine),
    // Observers look at no other part of the trace.
    trace: trace as unknown as Trace,
    timeUs: 0,
    engine,
    guest: {
      total: 262_144,
      free: 200_000,
      freeHuge: 0,
      kernel: 0,
      anon: 0,
      hugeAnon: 0,
      activeAnon: 0,
      cache: 0,
      activeCache: 0,
      dirty: 0,
      balloon: 0,
      swap: 0,
      swapCached: 0,
      swapTotal: 0,
      watermarkMin: 0,
      watermarkLow: 0,
      watermarkHigh: 0,
      swapOut: 0,
      swapIn: 0,
      refaults: 0,
      scanKswapd: 0,
      scanDirect: 0,
      stealKswapd: 0,
      stealDirect: 0,
      allocStalls: 0,
      allocFails: 0,
      oomKills: 0,
      downtimeUs: 0,
      lostPages: 0,
      undonePages: 0,
      psiSomeUs: 0,
      psiFullUs: 0,
      workloadStallUs: 0,
      balloonStallUs: 0,
    },
    workloads: [],
    host: { target: 0, locked: 0, calls: 0, ruled: 0, ignoredRules: [], ruleUses: [] },
    backing: null,
    cycle: { number: 0, startUs: 0, endUs: 0, longestUs: 0, totalUs: 0 },
    driverCpuUs: 0,
    unknownUs: 0,
  };
}

/** Puts the view behind a cycle that began at `startUs`, took `us` and brought the balloon to `size`. */
export function afterCycle(view: MadeUpView, startUs: number, us: number, size: number): MadeUpView {
  view.cycle.number++;
  view.cycle.startUs = startUs;
  view.cycle.endUs = startUs + us;
  view.cycle.longestUs = Math.max(view.cycle.longestUs, us);
  view.cycle.totalUs += us;
  view.timeUs = startUs + us;
  const s = view.engine;
  s.target = view.host.target;
  if (size > s.size) {
    s.alloc += size - s.size;
    s.lock += size - s.size;
  } else {
    s.unlock += s.size - size;
    s.free += s.size - size;
  }
  s.size = size;
  return view;
}
