/** What all drivers have in common whose machine makes requests: phases, cycles, answers, unloading, views. */
import type { BalloonInstance, BalloonView, BalloonWorld } from "./balloon-policy.ts";
import {
  KernelRequest,
  Life,
  type PendingRequest,
  REQUEST_NAMES,
  RequestLoop,
  type RequestMachine,
} from "./requests.ts";
import type { Pages } from "./units.ts";

/** A machine that is a whole driver. */
export interface DriverMachine extends RequestMachine {
  readonly state: Readonly<PendingRequest & { life: number }>;
  /** Marks the driver as loaded. */
  load(): void;
  /** As `BalloonInstance.resume`. */
  resume(pages: Pages, capabilities: number): void;
  /** Begins a work cycle, or the unloading: returns the first request. */
  cycle(): number;
  exit(): number;
  readonly isSteady: boolean;
  skip(cycles: number): void;
}

/** `phase` of a machine without work. */
const IDLE = 0;

/** The part of a machine's state that `PhaseMachine` needs. */
interface PhaseState extends PendingRequest {
  /** What the machine does with the next answer; 0: it has no work. */
  phase: number;
  /** `Life`. */
  life: number;
}

/** A machine, or what the parts of one share, whose state says in which phase of its work it is. */
export abstract class PhaseMachine<S extends PhaseState> {
  abstract readonly state: S;

  /** Marks the driver as loaded. @throws {RangeError} if it was loaded before */
  load(): void {
    if (this.state.life !== Life.Unloaded) throw new RangeError("load: the driver was loaded before");
    this.state.life = Life.Loaded;
  }

  /** @throws {RangeError} unless the driver is loaded and idle */
  checkIdle(what: string): void {
    const { life, phase } = this.state;
    if (life !== Life.Loaded || phase !== IDLE) throw new RangeError(`${what}: the driver is not loaded, or busy`);
  }

  /** Makes a request, whose answer belongs to a phase. */
  ask(phase: number, request: number, count: number, value: number): number {
    const s = this.state;
    s.phase = phase;
    s.request = request;
    s.count = count;
    s.value = value;
    return request;
  }

  /** Ends a piece of work. */
  end(): number {
    return this.ask(IDLE, KernelRequest.None, 0, 0);
  }
}

/** The part of a view that reads fields of the same names in every machine. */
export abstract class KernelDriverView<S extends PendingRequest & { locked: Pages; unlocked: Pages; returned: Pages }> {
  readonly state: Readonly<Record<string, number>>;
  protected readonly s: Readonly<S>;

  constructor(state: Readonly<S>) {
    this.s = state;
    this.state = state as unknown as Record<string, number>;
  }

  /** The pages that the driver has given back without having had them in the balloon. */
  get refused(): Pages {
    return this.s.returned >>> 0;
  }
  get locked(): Pages {
    return this.s.locked >>> 0;
  }
  get unlocked(): Pages {
    return this.s.unlocked >>> 0;
  }
  get waitsFor(): string | null {
    return REQUEST_NAMES[this.s.request] ?? null;
  }
}

/** A driver in the guest's kernel: a machine, its ports, and the time of its next cycle. */
export abstract class KernelDriver<M extends DriverMachine> implements BalloonInstance {
  abstract readonly view: BalloonView;
  readonly state: Record<string, number>;
  protected readonly machine: M;
  protected readonly world: BalloonWorld;
  /** The callback of the clock's wake-ups. */
  protected readonly wake = () => this.cycle();
  readonly #loop: RequestLoop;
  #isExitWanted = false;

  constructor(machine: M, world: BalloonWorld) {
    this.machine = machine;
    this.world = world;
    this.state = machine.state as unknown as Record<string, number>;
    this.#loop = new RequestLoop(machine, world, () => this.#ended());
  }

  get isSteady(): boolean {
    this.enter();
    return this.machine.isSteady;
  }

  load(): void {
    this.machine.load();
    this.cycle();
  }

  resume(pages: Pages, capabilities: number): void {
    this.machine.resume(pages, capabilities);
  }

  cycle(): void {
    if (this.#isExitWanted) return;
    this.world.events.cycleBegins?.();
    // The listener may have unloaded the driver.
    if (this.#isExitWanted) return;
    this.enter();
    this.#loop.run(this.machine.cycle());
  }

  exit(): void {
    const { life, request } = this.machine.state;
    if (this.#isExitWanted || life !== Life.Loaded) return;
    this.#isExitWanted = true;
    if (request === KernelRequest.None) this.#loop.run(this.machine.exit());
  }

  answer(first: number, second: number, third: number, fourth: number): void {
    this.enter();
    this.#loop.answer(first, second, third, fourth);
  }

  skip(cycles: number): void {
    this.enter();
    this.machine.skip(cycles);
  }

  abstract violated(): string | null;

  /** Called before the machine works. */
  protected enter(): void {}

  /** Sets the clock for the next cycle, at the end of one. */
  protected abstract schedule(): void;

  #ended(): void {
    const { state } = this.machine;
    if (state.life === Life.Exited) return;
    this.world.events.cycleEnds?.();
    // The listener may have unloaded the driver: then it is no longer idle.
    if (state.request !== KernelRequest.None || state.life !== Life.Loaded) return;
    if (this.#isExitWanted) this.#loop.run(this.machine.exit());
    else this.schedule();
  }
}
