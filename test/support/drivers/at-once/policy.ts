/**
 * A second balloon driver, to prove the seam: it takes and gives back what the host wants at once, so many pages a request,
 * and looks at the target every so many seconds. `test/sim/second-driver.test.ts` puts it into a copy of the program.
 */
import type {
  BalloonInstance,
  BalloonPolicy,
  BalloonView,
  BalloonWorld,
} from "../../../../src/engine/balloon-policy.ts";
import { defaultsOf, type ParamSpec, type Params, validateParams } from "../../../../src/engine/params.ts";

const PARAMS: readonly ParamSpec[] = [
  {
    key: "requestPages",
    name: "request-pages",
    symbol: "REQUEST_PAGES",
    unit: "pages",
    default: 4096,
    min: 1,
    max: 1_048_576,
    meaning: "Pages that are allocated or released by one request.",
    search: [256, 65_536],
  },
  {
    key: "period",
    name: "period",
    symbol: "PERIOD",
    unit: "s",
    default: 1,
    min: 1,
    max: 3600,
    meaning: "Time between two looks at the target.",
    search: [1, 60],
  },
];

const SUCCESS = 0;
/** Where pages are that are freed (`Custody` of the engine's requests). */
const UNLOCKED = 1;
const REST = 2;

/** What the next answer is for. */
const Step = {
  Idle: 0,
  Start: 1,
  GuestId: 2,
  Target: 3,
  Allocate: 4,
  Lock: 5,
  FreeRest: 6,
  Unlock: 7,
  Free: 8,
} as const;
const WAITS = [null, "START", "GUEST_ID", "GET_TARGET", "pages", "LOCK", "free", "UNLOCK", "free"];

class AtOnce implements BalloonInstance, BalloonView {
  readonly state: Record<string, number>;
  readonly #params: Params;
  readonly #world: BalloonWorld;

  constructor(params: Params, world: BalloonWorld) {
    validateParams(PARAMS, params);
    this.#params = params;
    this.#world = world;
    this.state = {
      ...{ step: Step.Idle, loaded: 0, size: 0, target: 0, count: 0, ended: 0, looks: 0, resets: 0 },
      ...{ allocated: 0, freed: 0, refused: 0, locked: 0, unlocked: 0, failures: 0 },
    };
  }

  get view(): BalloonView {
    return this;
  }
  get isLoaded(): boolean {
    return this.state.loaded === 1;
  }
  get size(): number {
    return this.state.size as number;
  }
  get target(): number {
    return this.state.target as number;
  }
  get allocated(): number {
    return this.state.allocated as number;
  }
  get freed(): number {
    return this.state.freed as number;
  }
  get refused(): number {
    return this.state.refused as number;
  }
  get locked(): number {
    return this.state.locked as number;
  }
  get unlocked(): number {
    return this.state.unlocked as number;
  }
  get held(): number {
    return 0;
  }
  get allocationFailures(): number {
    return this.state.failures as number;
  }
  get resets(): number {
    return this.state.resets as number;
  }
  get activity(): number {
    return this.allocated + this.unlocked + this.freed + this.allocationFailures;
  }
  get waitsFor(): string | null {
    return WAITS[this.state.step as number] ?? null;
  }
  /** It sleeps for `period` seconds, so its cycles are never those that a run may skip. */
  readonly isSteady = false;

  load(): void {
    this.#ask(Step.Start, 0);
  }
  resume(pages: number): void {
    Object.assign(this.state, { loaded: 1, size: pages, target: pages });
  }
  cycle(): void {
    this.#world.events.cycleBegins?.();
    this.#count("looks", 1);
    this.state.ended = 0;
    this.#ask(Step.Target, 0);
  }
  exit(): void {
    throw new Error("a run never unloads its driver");
  }
  skip(): void {
    throw new RangeError("skip: it is never steady");
  }
  violated(): string | null {
    return this.size === this.locked - this.unlocked
      ? null
      : `${this.size} pages, ${this.locked - this.unlocked} locked`;
  }

  answer(first: number, second: number): void {
    const s = this.state;
    const asked = s.count as number;
    switch (s.step) {
      case Step.Start:
        return this.#ask(Step.GuestId, 0);
      case Step.GuestId:
        s.loaded = first === SUCCESS ? 1 : 0;
        s.step = Step.Idle;
        return this.isLoaded ? this.cycle() : undefined;
      case Step.Target:
        if (first !== SUCCESS) s.ended = 1;
        else s.target = second;
        return this.#goOn();
      case Step.Allocate:
        this.#count("allocated", first);
        this.#count("failures", second);
        s.ended = second;
        return first === 0 ? this.#goOn() : this.#ask(Step.Lock, first);
      case Step.Lock:
        this.#count("locked", first);
        s.size = this.size + first;
        if (first === asked) return this.#goOn();
        this.#count("refused", 1);
        s.ended = 1;
        return this.#ask(Step.FreeRest, asked - first);
      case Step.Unlock:
        this.#count("unlocked", first);
        s.size = this.size - first;
        if (first < asked) s.ended = 1;
        return first === 0 ? this.#goOn() : this.#ask(Step.Free, first);
      case Step.Free:
        this.#count("freed", asked);
        return this.#goOn();
      case Step.FreeRest:
        return this.#goOn();
      default:
        throw new RangeError("no request is waiting for an answer");
    }
  }

  /** What is to be done next of a cycle. */
  #goOn(): void {
    const missing = this.target - this.size;
    const most = this.#params.requestPages as number;
    if (this.state.ended === 0 && missing > 0) return this.#ask(Step.Allocate, Math.min(missing, most));
    if (this.state.ended === 0 && missing < 0) return this.#ask(Step.Unlock, Math.min(-missing, most));
    this.state.step = Step.Idle;
    const { clock, events } = this.#world;
    events.cycleEnds?.();
    clock.wakeAt(clock.ticks() + clock.hz * (this.#params.period as number), () => this.cycle());
  }

  #ask(step: number, count: number): void {
    this.state.step = step;
    this.state.count = count;
    const { allocator, hypervisor } = this.#world;
    const reply = (first: number, second: number) => this.answer(first, second);
    if (step === Step.Start) hypervisor.start(2, reply);
    else if (step === Step.GuestId) hypervisor.guestId(1, reply);
    else if (step === Step.Target) hypervisor.getTarget(0xffff_ffff, reply);
    else if (step === Step.Allocate) allocator.allocate(count, true, reply);
    else if (step === Step.Lock) hypervisor.lock(count, reply);
    else if (step === Step.Unlock) hypervisor.unlock(count, reply);
    else allocator.free(count, step === Step.Free ? UNLOCKED : REST, reply);
  }

  #count(name: string, by: number): void {
    this.state[name] = (this.state[name] as number) + by;
  }
}

export const AT_ONCE: BalloonPolicy = {
  name: "at-once",
  description: "takes and gives what the host wants at once",
  // START, GET_TARGET, LOCK, UNLOCK, GUEST_ID.
  sends: () => [0, 1, 2, 3, 4],
  params: PARAMS,
  defaults: defaultsOf(PARAMS),
  columns: [
    {
      name: "looks",
      unit: "times",
      kind: "total",
      meaning: "How often the driver looked at the target",
      isDefault: true,
      read: (state) => state.looks as number,
    },
  ],
  validate: (params) => validateParams(PARAMS, params),
  draw: (draws) => ({ requestPages: draws.size(256, 1 << 20), period: draws.whole(1, 5) }),
  create: (params, world) => new AtOnce(params, world),
};
