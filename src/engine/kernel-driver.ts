/** What all drivers have in common whose machine makes requests: cycles, answers, unloading. */
import type { BalloonInstance, BalloonView, BalloonWorld } from "./balloon-policy.ts";
import { KernelRequest, Life, type PendingRequest, RequestLoop, type RequestMachine } from "./requests.ts";
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
