import { Capability, DEFAULT_RATES, type Rates } from "../../../src/engine/index.ts";
import { Daemon } from "../../../src/hw/daemon/daemon.ts";
import type { Steered } from "../../../src/hw/ports/worker-ports.ts";
import { MonotonicClock } from "../../../src/hw/time/monotonic-clock.ts";
import type { CycleReport } from "../../../src/hw/view/types.ts";
import { FakeTime } from "../fakes/fake-time.ts";
import { FakeWorker } from "../fakes/fake-worker.ts";
import { PageWorld, type WorldScript } from "./page-world.ts";

/** A host that grants everything and asks for nothing. */
export const CALM_HOST: WorldScript = {
  targetStatus: 0,
  target: 0,
  totalPages: 1 << 20,
  start: 0,
  guestId: 0,
  nosleepOk: Number.POSITIVE_INFINITY,
  sleepOk: Number.POSITIVE_INFINITY,
  lock: [],
  unlock: [],
  largeEvery: 0,
  movedEvery: 0,
};

/** A daemon in a world of single pages and of time that moves when it is told to. */
export class DaemonRig {
  readonly time = new FakeTime();
  readonly world: PageWorld;
  readonly worker: FakeWorker;
  readonly daemon: Daemon;
  readonly reports: CycleReport[] = [];
  readonly events: string[] = [];
  /** How often the worker has answered. */
  signsOfLife = 0;
  /** What the machine's memory was, each time that it was something else. */
  readonly memory: number[] = [];
  /** How the daemon ended: null while it runs. */
  outcome: "done" | Error | null = null;
  /** Is called after each cycle. */
  onCycle: (report: CycleReport) => void = () => {};

  /** @param steered what changes the host's target for the policy */
  constructor(script: Partial<WorldScript> = {}, rates: Rates = DEFAULT_RATES, steered?: () => Steered) {
    this.world = new PageWorld({ ...CALM_HOST, ...script }, 200_000);
    this.worker = new FakeWorker(this.world);
    this.daemon = new Daemon(
      {
        ...{ worker: this.worker, clock: new MonotonicClock(1000, this.time), rates, capabilities: Capability.Basic },
        ...(steered && {
          steered: { steer: (target: number) => steered().steer(target), mayGrow: () => steered().mayGrow() },
        }),
      },
      {
        alive: () => {
          this.signsOfLife++;
        },
        memory: (pages) => {
          if (pages !== this.memory.at(-1)) this.memory.push(pages);
        },
        loaded: () => this.events.push("loaded"),
        loadFailed: (command) => this.events.push(`${command} failed`),
        cycleEnded: (report) => {
          this.reports.push({ ...report, state: { ...report.state } });
          this.onCycle(report);
        },
      },
    );
    this.daemon.finished.then(
      () => {
        this.outcome = "done";
      },
      (error) => {
        this.outcome = error;
      },
    );
  }

  /** Changes the host's answers. */
  host(script: Partial<WorldScript>): void {
    this.world.follow({ ...CALM_HOST, ...script });
  }

  /** Lets the next timers call back, and the worker answer all that follows from each. */
  turn(turns = 1): void {
    for (let i = 0; i < turns; i++) {
      this.time.next();
      this.worker.settle();
    }
  }

  /** Loads the daemon and runs its first cycle. */
  begin(): this {
    this.daemon.begin();
    this.worker.settle();
    return this;
  }

  get sizes(): number[] {
    return this.reports.map(({ state }) => state.size);
  }
}
