import { RunError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { type BalloonInstance, type BalloonPolicy, GuestCrash, type Params } from "../../engine/index.ts";
import type { Guest } from "../guest/guest.ts";
import type { HostChannel } from "../host/channel.ts";
import { type TargetMind, TraceMind } from "../host/mind.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import { Timeline } from "../time/timeline.ts";
import type { TraceSource } from "../trace/types.ts";
import type { CauseSink } from "../view/causes.ts";
import type { Observer, RunView } from "../view/types.ts";
import { Vm, type VmSpec } from "./vm.ts";

/** How a trace is simulated. */
export interface SimulationOptions {
  /** The policy of the guest's balloon driver; default: the one that the trace names, or `vmmemctl`. */
  readonly policy?: BalloonPolicy;
  /** Values of that policy's parameters. */
  readonly rates: Params;
  /** Replaces the trace's seed. */
  readonly seed?: string;
  /** Number of the `World` in which the trace runs, from 1; default 1, the trace as written. */
  readonly world?: number;
  /** Replaces the phase of the driver's second of the world: microseconds, 0 to below a second. */
  readonly driverPhaseUs?: number;
  /** Replaces the phases of the laps of workloads with these names, 0 to below 1: see `WorkloadWorld.phase`. */
  readonly lapPhases?: ReadonlyMap<string, number>;
  /** End of the run, if before that of the trace; in microseconds. */
  readonly untilUs?: number;
  /** Interval of calls of `Observer.sample`, the first at time 0; in microseconds. */
  readonly sampleEveryUs?: number;
  /** Whether to simulate every idle cycle, so that an observer sees it. */
  readonly everyCycle?: boolean;
  /** The host's mind; default: it follows the targets of the trace. */
  readonly mind?: TargetMind;
  /** Creates the host's memory under the guest; default: the host has enough for all of it. */
  readonly backing?: VmSpec["backing"];
  /** Is told why the run stalls, and observes it; default: nothing is. */
  readonly causes?: CauseSink;
}

/** The live parts of a run, for checks that need more than a `RunView`. */
export interface RunParts {
  readonly timeline: Timeline;
  readonly guest: Guest;
  readonly channel: HostChannel;
  readonly driver: BalloonInstance;
  readonly frames: BalloonFrames;
}

/**
 * One run: a VM with a host that follows a trace, in virtual time. Deterministic: the same trace, options and seed
 * yield the same run on every machine.
 *
 * Nothing is polled. While the balloon is at its target and nothing else happens, the driver's cycles are skipped, with
 * the same result as if they had run.
 */
export class Simulation implements Archived {
  readonly #source: TraceSource;
  readonly #timeline = new Timeline();
  readonly #vm: Vm;
  readonly #random: RandomStream;
  readonly #endUs: number;
  #isOver = false;

  /** @throws {InputError} if the trace can't be simulated, or its file is corrupt */
  constructor(source: TraceSource, options: SimulationOptions, observer: Observer = {}) {
    const { trace } = source;
    this.#source = source;
    this.#endUs = Math.min(options.untilUs ?? Number.POSITIVE_INFINITY, trace.durationUs);
    const {
      policy = policyNamed(trace.guest.driver ?? undefined, "$.guest.driver:"),
      rates,
      seed,
      world = 1,
      driverPhaseUs,
      lapPhases,
    } = options;
    const { sampleEveryUs, everyCycle = false, mind = new TraceMind(), backing, causes } = options;
    const spec = {
      source,
      policy,
      rates,
      seed,
      world,
      driverPhaseUs,
      lapPhases,
      sampleEveryUs,
      everyCycle,
      backing,
      causes,
    };
    this.#vm = new Vm(this.#timeline, spec, mind, observer);
    this.#random = randomStream(seed ?? trace.seed, "unseed");
    this.#vm.begin();
  }

  /** The run as observers see it. */
  get view(): RunView {
    return this.#vm.view;
  }

  /** Closes the trace of a run that does not continue. */
  close(): void {
    this.#source.close();
  }

  /** Whether the run is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The parts of the run, for inspection. */
  get parts(): RunParts {
    const { guest, channel, driver, frames } = this.#vm;
    return { timeline: this.#timeline, guest, channel, driver, frames };
  }

  /** Runs to the end. */
  run(): void {
    while (this.runFor(Number.POSITIVE_INFINITY));
  }

  /**
   * Runs up to `events` events, none later than `lastUs`; false if the run is over or has no further event until then.
   */
  runFor(events: number, lastUs = Number.POSITIVE_INFINITY): boolean {
    for (let left = events; left > 0 && !this.#isOver; left--) {
      if (lastUs < this.#endUs && this.#timeline.nextUs() > lastUs) return false;
      this.#event();
    }
    return !this.#isOver;
  }

  /**
   * Runs all events up to and including `us`, and sets the time to it: for a host that runs several VMs in step. Idle cycles
   * of the driver are skipped as far as in a run without a host, unless nothing but idle cycles is due until `us`: then the host
   * looks at the VM for a reason of its own, and they are skipped until then.
   */
  runTo(us: number): void {
    const skipsToUs = this.busyUs() > us ? us : Number.POSITIVE_INFINITY;
    while (!this.#isOver && (us >= this.#endUs || this.#timeline.nextUs() <= us)) this.#event(skipsToUs);
    if (!this.#isOver) this.#timeline.nowUs = us;
  }

  /** See `Vm.busyUs`; Infinity once the run is over. */
  busyUs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : this.#vm.busyUs();
  }

  /** Ends the run now: the VM is powered off. */
  end(): void {
    if (!this.#isOver) this.#end(this.#timeline.nowUs);
  }

  /** See `Vm.retarget`. */
  retarget(): void {
    this.#vm.retarget();
  }

  /** The fraction of the run that is done, 0..1; 0 if the trace does not state its length. */
  get progress(): number {
    if (this.#isOver) return 1;
    return Number.isFinite(this.#endUs) && this.#endUs > 0 ? this.#timeline.nowUs / this.#endUs : 0;
  }

  /** A random number from the run's stream at this point: equal after two equal runs. */
  finalDraw(): string {
    return this.#random().toFixed(16);
  }

  /**
   * The complete state that the rest of the run depends on, between two events. To continue from a state, create a
   * simulation of the same trace and options and read the state into it before it runs; attach observers after that
   * (`observe`).
   */
  archive(a: Archive): void {
    this.#timeline.archive(a);
    this.#random.archive(a);
    this.#isOver = a.boolean(this.#isOver);
    this.#vm.archive(a);
  }

  /** Replaces the observer of the run. */
  observe(observer: Observer): void {
    this.#vm.observe(observer);
  }

  /** @param skipsToUs how far idle cycles may be skipped */
  #event(skipsToUs = Number.POSITIVE_INFINITY): void {
    const timeline = this.#timeline;
    const nextUs = timeline.nextUs();
    // A trace of unknown length ends with its last row.
    const endUs = this.#vm.hasChanges ? this.#endUs : Math.min(this.#endUs, this.#source.endUs);
    if (nextUs > endUs || nextUs === Number.POSITIVE_INFINITY) return this.#end(endUs);
    this.#vm.skip(nextUs, Math.min(endUs, skipsToUs));
    const slot = timeline.next();
    try {
      this.#vm.event(slot);
    } catch (error) {
      if (!(error instanceof GuestCrash)) throw error;
      const message = `at ${timeline.nowUs / 1e6} s the guest's kernel crashes: ${error.message}`;
      throw Object.assign(new RunError(message), { cause: error });
    }
  }

  #end(endUs: number): void {
    const timeline = this.#timeline;
    if (Number.isFinite(endUs)) timeline.nowUs = Math.max(timeline.nowUs, endUs);
    this.#isOver = true;
    this.#vm.end();
    this.#source.close();
  }
}
