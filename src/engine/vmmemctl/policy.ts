/** The driver 1.2.1.2-k as a balloon policy. */
import type {
  BalloonInstance,
  BalloonPolicy,
  BalloonView,
  BalloonWorld,
  ParamDraws,
  ParamRanges,
  PolicyColumn,
  RangeProblem,
} from "../balloon-policy.ts";
import type { Pages } from "../units.ts";
import { Driver } from "./driver.ts";
import { Engine } from "./engine.ts";
import { DEFAULT_RATES, RATE_PARAMS, type Rates, validateRates } from "./rates.ts";
import { Request } from "./request.ts";
import { type EngineState, loadedState } from "./state.ts";
import { statisticsText } from "./statistics.ts";

/** The driver computes its rates in 32 bits. */
const U32_MAX = 0xffff_ffff;

/** Names of the pending requests for `BalloonView.waitsFor`. */
const WAITS: Readonly<Record<number, string>> = {
  [Request.Start]: "START",
  [Request.GuestId]: "GUEST_ID",
  [Request.TotalPages]: "total pages",
  [Request.GetTarget]: "GET_TARGET",
  [Request.Allocate]: "pages",
  [Request.Lock]: "LOCK",
  [Request.Unlock]: "UNLOCK",
  [Request.Free]: "free",
};

const column = (
  key: keyof EngineState,
  name: string,
  unit: PolicyColumn["unit"],
  kind: PolicyColumn["kind"],
  meaning: string,
  more: Partial<PolicyColumn> = {},
): PolicyColumn => ({ name, unit, kind, meaning, isDefault: false, read: (state) => state[key] as number, ...more });

const shown = (key: keyof EngineState, name: string, unit: PolicyColumn["unit"], meaning: string, more = {}) =>
  column(key, name, unit, "level", meaning, { isDefault: true, ...more });

/** A counter of the driver's statistics, under its name in the statistics text. */
const counter = (name: string, key: keyof EngineState, meaning: string): PolicyColumn =>
  column(key, `stat_${name}`, "times", "total", meaning);

const COLUMNS: readonly PolicyColumn[] = [
  shown("rateAlloc", "rate_alloc", "pages/cycle", "Rate of sleeping allocations", {
    limit: { of: "inflation", title: "Limit of sleeping allocations", least: "allocMin" },
  }),
  shown("rateFree", "rate_free", "pages/cycle", "Rate of releases", {
    limit: { of: "deflation", title: "Limit of releases", least: "freeMin" },
  }),
  shown("slow", "slow", "cycles", "Slow cycles left, the current one included"),
  column("yields", "yields", "times", "total", "How often a work cycle offered the processor to others"),
  column("resetRequired", "reset_required", "0/1", "level", "1 while a reset that the host asked for is pending"),
  counter("timer", "timer", "Work cycles"),
  counter("start", "start", "START commands"),
  counter("start_fail", "startFail", "START commands that failed"),
  counter("guest_type", "guestType", "GUEST_ID commands"),
  counter("guest_type_fail", "guestTypeFail", "GUEST_ID commands that failed"),
  counter("lock", "lock", "LOCK commands"),
  counter("lock_fail", "lockFail", "LOCK commands that failed"),
  counter("unlock", "unlock", "UNLOCK commands"),
  counter("unlock_fail", "unlockFail", "UNLOCK commands that failed"),
  counter("target_n", "targetCount", "GET_TARGET commands"),
  counter("target_fail", "targetFail", "GET_TARGET commands that failed"),
  counter("alloc", "alloc", "Allocations that may not sleep"),
  counter("alloc_fail", "allocFail", "Allocations that may not sleep and failed"),
  counter("sleep_alloc", "sleepAlloc", "Allocations that may sleep"),
  counter("sleep_alloc_fail", "sleepAllocFail", "Allocations that may sleep and failed"),
  counter("free", "free", "Pages released from the balloon"),
  counter("refused_alloc", "refusedAlloc", "Pages that the host refused"),
  counter("refused_free", "refusedFree", "Refused pages that were held to the end of their cycle"),
];

/** `BalloonView` of an engine's state. */
export class VmmemctlView implements BalloonView {
  readonly state: Readonly<Record<string, number>>;
  readonly #s: Readonly<EngineState>;

  constructor(state: Readonly<EngineState>) {
    this.#s = state;
    this.state = state as unknown as Record<string, number>;
  }

  get isLoaded(): boolean {
    const s = this.#s;
    return s.start > s.startFail && s.guestType > s.guestTypeFail;
  }
  get size(): Pages {
    return this.#s.size;
  }
  get target(): Pages {
    return this.#s.target;
  }
  get allocated(): Pages {
    const s = this.#s;
    return (s.alloc - s.allocFail + s.sleepAlloc - s.sleepAllocFail) >>> 0;
  }
  get freed(): Pages {
    return this.#s.free;
  }
  get refused(): Pages {
    return this.#s.refusedAlloc;
  }
  get locked(): Pages {
    return (this.#s.lock - this.#s.lockFail) >>> 0;
  }
  get unlocked(): Pages {
    return (this.#s.unlock - this.#s.unlockFail) >>> 0;
  }
  get held(): Pages {
    return this.#s.refused;
  }
  get allocationFailures(): number {
    return this.#s.allocFail + this.#s.sleepAllocFail;
  }
  get resets(): number {
    return Math.max(0, this.#s.start - this.#s.startFail - 1);
  }
  get activity(): number {
    const s = this.#s;
    return s.alloc + s.sleepAlloc + s.unlock + s.free + s.start + s.guestType + s.targetFail;
  }
  get waitsFor(): string | null {
    return WAITS[this.#s.request] ?? null;
  }
}

class Vmmemctl implements BalloonInstance {
  readonly view: BalloonView;
  readonly state: Record<string, number>;
  readonly #engine: Engine;
  readonly #driver: Driver;
  readonly #rates: Rates;

  constructor(rates: Rates, { allocator, hypervisor, clock, cpu, events }: BalloonWorld) {
    this.#rates = rates;
    this.#engine = new Engine(rates);
    this.#driver = new Driver(this.#engine, { allocator, hypervisor, clock }, events, cpu);
    this.state = this.#engine.state as unknown as Record<string, number>;
    this.view = new VmmemctlView(this.#engine.state);
  }

  get isSteady(): boolean {
    return this.#engine.canSkip && this.#engine.state.slow === 0;
  }

  load(): void {
    this.#driver.load();
  }

  resume(pages: Pages): void {
    this.#engine.restore(loadedState(this.#rates, pages));
  }

  cycle(): void {
    this.#driver.cycle();
  }

  exit(): void {
    this.#driver.exit();
  }

  answer(first: number, second: number): void {
    this.#driver.answer(first, second);
  }

  skip(cycles: number): void {
    this.#engine.skip(cycles);
  }

  violated(): string | null {
    const s = this.#engine.state;
    if (s.refused > Math.max(1, s.maxRefused)) return `the driver holds ${s.refused} refused pages`;
    if (s.clampPending === 1) return null;
    if (!isWithin(s.rateAlloc, s.allocMin, s.allocMax)) return `the allocation rate is ${s.rateAlloc}`;
    if (!isWithin(s.rateFree, s.freeMin, s.freeMax)) return `the release rate is ${s.rateFree}`;
    if (!isWithin(s.slow, 0, s.slowCycles)) return `${s.slow} cycles are to be slow`;
    return null;
  }
}

const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max;

/** No rate may exceed 32 bits: the driver would divide by the truncated value. */
function rangeProblem({ lowest, highest }: ParamRanges): RangeProblem | null {
  // A cycle that reaches its goal without sleeping adds the increment for each full sleeping rate.
  const factor = Math.max(1, Math.floor(highest("nosleepAllocMax") / lowest("allocMin")));
  for (const [max, inc, times] of [
    ["allocMax", "allocInc", factor],
    ["freeMax", "freeInc", 1],
  ] as const) {
    if (highest(max) + times * highest(inc) <= U32_MAX) continue;
    const limit = Math.max(0, Math.floor((U32_MAX - highest(max)) / times));
    return {
      keys: [inc, max],
      message:
        `${nameOf(inc)} may be ${highest(inc)}, which overflows the driver's 32-bit rate where ${nameOf(max)} may be ` +
        `${highest(max)}: expected at most ${limit}`,
    };
  }
  return null;
}

function draw(draws: ParamDraws, isTiny: boolean, memoryPages: number): Rates {
  // With a lower rate, emptying a large balloon would take too many cycles.
  const least = Math.max(1, Math.ceil(memoryPages / 500));
  if (isTiny) {
    const allocMin = draws.whole(1, 4);
    return {
      nosleepAllocMax: draws.whole(0, 8),
      allocMin,
      allocMax: allocMin + draws.whole(0, 8),
      allocInc: draws.whole(0, 4),
      freeMin: least,
      freeMax: least + draws.whole(0, 8),
      freeInc: draws.whole(0, 4),
      slowCycles: draws.whole(0, 5),
      yieldThreshold: draws.whole(0, 4),
      maxRefused: draws.whole(0, 4),
    };
  }
  const allocMin = draws.size(1, 1 << 16);
  const freeMin = Math.max(least, draws.size(1, 1 << 16));
  return {
    nosleepAllocMax: draws.size(1, 1 << 20),
    allocMin,
    allocMax: draws.size(allocMin, 1 << 20),
    allocInc: draws.size(1, 1 << 12),
    freeMin,
    freeMax: draws.size(freeMin, 1 << 21),
    freeInc: draws.size(1, 1 << 12),
    slowCycles: draws.whole(0, 20),
    yieldThreshold: draws.size(1, 1 << 20),
    maxRefused: draws.whole(0, 64),
  };
}

const nameOf = (key: keyof Rates): string => RATE_PARAMS.find((spec) => spec.key === key)?.name ?? key;

/** VMware's balloon driver for Linux, 1.2.1.2-k (Linux 2.6.34 to 4.18): rates that adapt, a page a command. */
export const VMMEMCTL: BalloonPolicy<Rates> = {
  name: "vmmemctl",
  description: "VMware's balloon driver for Linux, 1.2.1.2-k: rates that adapt to failures, a page a command",
  params: RATE_PARAMS,
  defaults: DEFAULT_RATES,
  columns: COLUMNS,
  validate: (params) => validateRates(params as Rates),
  rangeProblem,
  draw,
  statistics: (state) => statisticsText(state as unknown as EngineState),
  create: (rates, world) => new Vmmemctl(rates, world),
};
