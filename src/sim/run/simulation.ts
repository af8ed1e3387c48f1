import { type BalloonInstance, type BalloonPolicy, DEFAULT_POLICY, type Params } from "../../engine/index.ts";
import type { Guest } from "../guest/guest.ts";
import type { HostChannel } from "../host/channel.ts";
import { TraceMind } from "../host/mind.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import { Timeline } from "../time/timeline.ts";
import type { TraceSource } from "../trace/types.ts";
import type { Observer, RunView } from "../view/types.ts";
import { Vm } from "./vm.ts";

export interface SimulationOptions {
  /** The policy of the guest's balloon driver; else `vmmemctl`. */
  readonly policy?: BalloonPolicy;
  /** Values of that policy's parameters. */
  readonly rates: Params;
  /** Instead of the trace's own seed. */
  readonly seed?: string;
  /** Number of the `World` that the trace runs in, from 1; else 1, the trace as it is written. */
  readonly world?: number;
  /** When the run ends, if before the trace does; in microseconds. */
  readonly untilUs?: number;
  /** Calls `Observer.sample` at time 0 and at each multiple of this; in microseconds. */
  readonly sampleEveryUs?: number;
  /** Runs idle cycles one by one, so that an observer sees each. */
  readonly everyCycle?: boolean;
}

/** The live parts of a run, for checks that look deeper than a `RunView`. */
export interface RunParts {
  readonly timeline: Timeline;
  readonly guest: Guest;
  readonly channel: HostChannel;
  readonly driver: BalloonInstance;
  readonly frames: BalloonFrames;
}

/**
 * One run: a VM with a host that follows a trace, in virtual time. Deterministic: the same trace, options and seed give the
 * same run on every machine.
 *
 * Nothing is polled. Where the balloon is at its target and nothing else happens, the driver's cycles are skipped, exactly.
 */
export class Simulation implements Archived {
  readonly #source: TraceSource;
  readonly #timeline = new Timeline();
  readonly #vm: Vm;
  readonly #random: RandomStream;
  readonly #endUs: number;
  #isOver = false;

  /** @throws {InputError} if the trace can't be simulated, or its file is damaged */
  constructor(source: TraceSource, options: SimulationOptions, observer: Observer = {}) {
    const { trace } = source;
    this.#source = source;
    this.#endUs = Math.min(options.untilUs ?? Number.POSITIVE_INFINITY, trace.durationUs);
    const { policy = DEFAULT_POLICY, rates, seed, world = 1, sampleEveryUs, everyCycle = false } = options;
    const spec = { source, policy, rates, seed, world, sampleEveryUs, everyCycle };
    this.#vm = new Vm(this.#timeline, spec, new TraceMind(), observer);
    this.#random = randomStream(seed ?? trace.seed, "unseed");
    this.#vm.begin();
  }

  /** The run as observers see it. */
  get view(): RunView {
    return this.#vm.view;
  }

  /** Lets go of the trace, where the run does not go on. */
  close(): void {
    this.#source.close();
  }

  /** Whether the run is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the run is made of, to look at. */
  get parts(): RunParts {
    const { guest, channel, driver, frames } = this.#vm;
    return { timeline: this.#timeline, guest, channel, driver, frames };
  }

  /** Runs to the end. */
  run(): void {
    while (this.runFor(Number.POSITIVE_INFINITY));
  }

  /** Runs for so many events, none of them later than `lastUs`; false once there are no more. */
  runFor(events: number, lastUs = Number.POSITIVE_INFINITY): boolean {
    for (let left = events; left > 0 && !this.#isOver; left--) {
      if (lastUs < this.#endUs && this.#timeline.nextUs() > lastUs) return false;
      this.#event();
    }
    return !this.#isOver;
  }

  /** How much of the run is done, 0..1; 0 where the trace does not say how long it is. */
  get progress(): number {
    if (this.#isOver) return 1;
    return Number.isFinite(this.#endUs) && this.#endUs > 0 ? this.#timeline.nowUs / this.#endUs : 0;
  }

  /** A draw from the run's randomness at this point: equal after two equal runs. */
  finalDraw(): string {
    return this.#random().toFixed(16);
  }

  /**
   * All that the rest of the run depends on, between two events. To go on with a state, make a simulation of the same trace
   * and options and read the state into it before it runs; observers are attached after that (`observe`).
   */
  archive(a: Archive): void {
    this.#timeline.archive(a);
    this.#random.archive(a);
    this.#isOver = a.boolean(this.#isOver);
    this.#vm.archive(a);
  }

  /** From here on `observer` watches the run, instead of the one before. */
  observe(observer: Observer): void {
    this.#vm.observe(observer);
  }

  #event(): void {
    const timeline = this.#timeline;
    const nextUs = timeline.nextUs();
    // A trace of unknown length is over when its rows are.
    const endUs = this.#vm.hasChanges ? this.#endUs : Math.min(this.#endUs, this.#source.endUs);
    if (nextUs > endUs || nextUs === Number.POSITIVE_INFINITY) return this.#end(endUs);
    this.#vm.skip(endUs);
    this.#vm.event(timeline.next());
  }

  #end(endUs: number): void {
    const timeline = this.#timeline;
    if (Number.isFinite(endUs)) timeline.nowUs = Math.max(timeline.nowUs, endUs);
    this.#isOver = true;
    this.#vm.end();
    this.#source.close();
  }
}
