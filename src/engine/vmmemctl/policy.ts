/** The driver 1.2.1.2-k as a balloon policy. */
import type { BalloonInstance, BalloonPolicy, BalloonView, BalloonWorld, PolicyColumn } from "../balloon-policy.ts";
import { Capability, commandsOf } from "../protocol.ts";
import type { Pages } from "../units.ts";
import { ALLOCATION_COLUMNS, COMMAND_COLUMNS, column, counter, RATE_COLUMNS, RESET_COLUMN } from "./columns.ts";
import { Driver } from "./driver.ts";
import { Engine } from "./engine.ts";
import { DEFAULT_RATES, drawRates, RATE_PARAMS, type Rates, rangeProblem, validateRates } from "./rates.ts";
import { Request } from "./request.ts";
import { type EngineState, loadedState } from "./state.ts";
import { statisticsText } from "./statistics.ts";

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

const COLUMNS: readonly PolicyColumn[] = [
  ...RATE_COLUMNS,
  column("yields", "yields", "times", "total", "How often a work cycle offered the processor to others"),
  RESET_COLUMN,
  ...COMMAND_COLUMNS,
  ...ALLOCATION_COLUMNS,
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

/** VMware's balloon driver for Linux, 1.2.1.2-k (Linux 2.6.34 to 4.18): rates that adapt, a page a command. */
export const VMMEMCTL: BalloonPolicy<Rates> = {
  name: "vmmemctl",
  description: "VMware's balloon driver for Linux, 1.2.1.2-k: rates that adapt to failures, a page a command",
  sends: () => commandsOf(Capability.Basic),
  params: RATE_PARAMS,
  defaults: DEFAULT_RATES,
  columns: COLUMNS,
  validate: (params) => validateRates(params as Rates),
  rangeProblem,
  draw: drawRates,
  statistics: (state) => statisticsText(state as unknown as EngineState),
  create: (rates, world) => new Vmmemctl(rates, world),
};
