import { type BalloonInstance, type BalloonPolicy, DEFAULT_POLICY, type Params } from "../../engine/index.ts";
import { Guest } from "../guest/guest.ts";
import { Activity } from "../guest/pressure.ts";
import { Host } from "../host/host.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { Slot, slotsOf } from "../time/slots.ts";
import { TickClock } from "../time/ticks.ts";
import { Timeline } from "../time/timeline.ts";
import { type Change, SERIES_TARGET, type TraceSource } from "../trace/types.ts";
import { Value } from "../trace/value.ts";
import { worldOf } from "../trace/world.ts";
import type { Observer, RunView } from "../view/types.ts";
import { LiveView } from "./view.ts";

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
  readonly host: Host;
  readonly driver: BalloonInstance;
}

/**
 * One run: a balloon driver in a guest, under a host, over a trace, in virtual time. Deterministic: the same trace,
 * options and seed give the same run on every machine.
 *
 * Nothing is polled. Where the balloon is at its target and nothing else happens, the driver's cycles are skipped, exactly.
 */
export class Simulation implements Archived {
  readonly view: RunView;
  readonly #source: TraceSource;
  readonly #options: SimulationOptions;
  #observer: Observer;
  readonly #timeline: Timeline;
  readonly #guest: Guest;
  readonly #host: Host;
  readonly #driver: BalloonInstance;
  /** The fields of the driver's state. */
  readonly #driverFields: readonly string[];
  readonly #clock: TickClock;
  readonly #target = new Value();
  readonly #change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  readonly #random: RandomStream;
  readonly #hostRandom: RandomStream;
  readonly #live: LiveView;
  readonly #endUs: number;
  #moreChanges = true;
  /** Changes taken from the trace so far. */
  #changesTaken = 0;
  /** The answer that the balloon's slot carries. */
  #first = 0;
  #second = 0;
  /** How many cycles in a row have found nothing to do, with nothing happening between them or since. */
  #quietCycles = 0;
  #over = false;

  /** @throws {InputError} if the trace can't be simulated, or its file is damaged */
  constructor(source: TraceSource, options: SimulationOptions, observer: Observer = {}) {
    const { trace } = source;
    const seed = options.seed ?? trace.seed;
    this.#source = source;
    this.#options = options;
    this.#observer = observer;
    this.#endUs = Math.min(options.untilUs ?? Number.POSITIVE_INFINITY, trace.durationUs);
    this.#timeline = new Timeline(slotsOf(trace.workloads.length));
    const timeline = this.#timeline;
    const answer = (first: number, second: number, ns: number) => this.#answerLater(first, second, ns);
    const world = worldOf(seed, options.world ?? 1, trace.workloads.length);
    const killed = (workload: number) => this.#killed(workload);
    this.#guest = new Guest(trace.guest, trace.workloads, timeline, answer, () => this.#host.book, world, killed);
    this.#hostRandom = randomStream(seed, "host");
    const hostSpec = { ...trace.host, callNs: trace.host.callNs * world.call };
    this.#host = new Host(hostSpec, this.#guest.balloon.frames, this.#hostRandom, {
      targetNow: () => Math.floor(this.#target.at(timeline.nowUs)),
      nowUs: () => timeline.nowUs,
      answer,
    });
    this.#random = randomStream(seed, "unseed");
    const { timer } = this.#guest;
    this.#clock = new TickClock(timeline, timer.hz, timer.isWheel, Slot.Cycle, world.driverPhaseUs);
    const policy = options.policy ?? DEFAULT_POLICY;
    this.#driver = policy.create(options.rates, {
      allocator: this.#guest.balloon,
      hypervisor: this.#host,
      clock: this.#clock,
      cpu: trace.guest.cpu,
      events: { cycleBegins: () => this.#cycleBegins(), cycleEnds: () => this.#cycleEnds() },
    });
    this.#driverFields = Object.keys(this.#driver.state);
    this.#live = new LiveView(source, timeline, policy, this.#driver, this.#guest, this.#host, this.#target);
    this.view = this.#live;

    this.#takeChange();
    this.#applyChanges();
    this.#guest.warmUp();
    if (options.sampleEveryUs !== undefined) timeline.at(Slot.Sample, 0);
    this.#begin(trace.guest.balloon, world.driverPhaseUs);
  }

  /**
   * The driver is loaded; where it was before, with so many pages in its balloon, its timer is due in the next whole second
   * of the guest's clock, of which `phaseUs` are over.
   */
  #begin(balloon: number, phaseUs: number): void {
    if (balloon === 0) return this.#driver.load();
    this.#host.hold();
    this.#driver.resume(balloon);
    this.#timeline.at(Slot.Cycle, phaseUs === 0 ? 0 : 1_000_000 - phaseUs);
  }

  /** Lets go of the trace, where the run does not go on. */
  close(): void {
    this.#source.close();
  }

  /** Whether the run is over. */
  get isOver(): boolean {
    return this.#over;
  }

  /** What the run is made of, to look at. */
  get parts(): RunParts {
    return { timeline: this.#timeline, guest: this.#guest, host: this.#host, driver: this.#driver };
  }

  /** Runs to the end. */
  run(): void {
    while (this.runFor(Number.POSITIVE_INFINITY));
  }

  /** Runs for so many events, none of them later than `lastUs`; false once there are no more. */
  runFor(events: number, lastUs = Number.POSITIVE_INFINITY): boolean {
    for (let left = events; left > 0 && !this.#over; left--) {
      if (lastUs < this.#endUs && this.#timeline.nextUs() > lastUs) return false;
      this.#event();
    }
    return !this.#over;
  }

  /** How much of the run is done, 0..1; 0 where the trace does not say how long it is. */
  get progress(): number {
    if (this.#over) return 1;
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
    this.#guest.archive(a);
    this.#host.archive(a);
    this.#hostRandom.archive(a);
    this.#random.archive(a);
    const { state } = this.#driver;
    for (const name of this.#driverFields) state[name] = a.number(state[name] as number);
    this.#target.archive(a);
    this.#live.archive(a);
    this.#first = a.number(this.#first);
    this.#second = a.number(this.#second);
    this.#quietCycles = a.number(this.#quietCycles);
    this.#over = a.boolean(this.#over);
    // The trace is read again as far as it was.
    const taken = a.number(this.#changesTaken);
    const more = a.boolean(this.#moreChanges);
    while (this.#changesTaken < taken && this.#moreChanges) this.#takeChange();
    if (this.#changesTaken !== taken) throw new RangeError("the state is that of another trace");
    if (!more && this.#moreChanges) this.#takeChange();
  }

  /** From here on `observer` watches the run, and whoever did before does not. */
  observe(observer: Observer): void {
    this.#observer = observer;
  }

  #event(): void {
    const timeline = this.#timeline;
    const nextUs = timeline.nextUs();
    // A trace of unknown length is over when its rows are.
    const endUs = this.#moreChanges ? this.#endUs : Math.min(this.#endUs, this.#source.endUs);
    if (nextUs > endUs || nextUs === Number.POSITIVE_INFINITY) return this.#end(endUs);
    // The first of them may still show what happened before, the second one shows that nothing does any more.
    if (this.#quietCycles >= 2 && timeline.dueUs(Slot.Cycle) === nextUs) this.#skip(endUs);
    const slot = timeline.next();
    if (slot === Slot.Cycle) return this.#driver.cycle();
    if (slot === Slot.Sample) return this.#sample();
    if (slot === Slot.Balloon) {
      if (this.#guest.balloon.waiting) return this.#guest.balloon.resume();
      return this.#driver.answer(this.#first, this.#second);
    }
    this.#quietCycles = 0;
    if (slot === Slot.Trace) {
      this.#applyChanges();
      this.#guest.look();
    } else this.#guest.resume(slot);
  }

  #end(endUs: number): void {
    const timeline = this.#timeline;
    if (Number.isFinite(endUs)) timeline.nowUs = Math.max(timeline.nowUs, endUs);
    this.#settle();
    this.#over = true;
    this.#observer.end?.(this.view);
    this.#source.close();
  }

  /** Brings the accounts that observers see up to now. */
  #settle(): void {
    this.#guest.pressure.settle(this.#timeline.nowUs);
    this.#live.settle();
  }

  #sample(): void {
    this.#settle();
    this.#observer.sample?.(this.view);
    this.#timeline.at(Slot.Sample, this.#timeline.nowUs + (this.#options.sampleEveryUs ?? Number.POSITIVE_INFINITY));
  }

  #killed(workload: number): void {
    this.#settle();
    this.#observer.kill?.(this.view, workload);
  }

  #takeChange(): void {
    this.#moreChanges = this.#source.next(this.#change);
    if (this.#moreChanges) this.#changesTaken++;
  }

  /** Puts all changes of this instant in force and announces the next one. */
  #applyChanges(): void {
    const timeline = this.#timeline;
    const c = this.#change;
    this.#live.settle();
    let retargeted = false;
    while (this.#moreChanges && c.atUs <= timeline.nowUs) {
      if (c.series === SERIES_TARGET) {
        const before = this.#target.at(timeline.nowUs);
        this.#target.set(c.atUs, c.value, c.untilUs, c.untilValue);
        retargeted ||= this.#target.at(timeline.nowUs) !== before || this.#target.moves(timeline.nowUs);
      } else this.#guest.change(c.series, c.atUs, c.value, c.untilUs, c.untilValue);
      this.#takeChange();
    }
    timeline.at(Slot.Trace, this.#moreChanges ? c.atUs : Number.POSITIVE_INFINITY);
    this.#live.unknown = this.#target.unknown || this.#guest.unknown;
    if (!retargeted) return;
    this.#settle();
    this.#observer.target?.(this.view);
  }

  /** The driver gets an answer after the time that it took; at once if it took none. */
  #answerLater(first: number, second: number, ns: number): void {
    if (ns === 0) return this.#driver.answer(first, second);
    this.#first = first;
    this.#second = second;
    this.#live.driverNs += Math.round(ns);
    this.#timeline.after(Slot.Balloon, ns);
  }

  #cycleBegins(): void {
    this.#guest.pressure.set(Slot.Balloon, Activity.Running, this.#timeline.nowUs);
    this.#live.cycleBegins();
  }

  #cycleEnds(): void {
    this.#guest.pressure.set(Slot.Balloon, Activity.Idle, this.#timeline.nowUs);
    this.#live.cycleEnds();
    const quiet = this.#options.everyCycle !== true && !this.#live.cycle.changed && this.#skippable();
    this.#quietCycles = quiet ? this.#quietCycles + 1 : 0;
    this.#settle();
    this.#observer.cycle?.(this.view);
  }

  /** Whether the cycles to come are known: at the target, which stands still, and no rule or failure in their way. */
  #skippable(): boolean {
    return (
      this.#driver.isSteady &&
      this.#guest.memory.total <= 0xffff_ffff &&
      !this.#target.moves(this.#timeline.nowUs) &&
      // The driver at work would keep a stall of others from being a full one.
      this.#guest.pressure.busy === 0 &&
      // A skipped cycle must not run into the quarter of a second that costs it the next one.
      this.#host.callNs * 8 < 1e9
    );
  }

  /**
   * Skips the cycles before the last one that begins before anything else happens. The one that is due, at whole second
   * `second`, and those behind it follow each other in whole seconds, late by what the timer wheel adds.
   */
  #skip(endUs: number): void {
    const timeline = this.#timeline;
    const clock = this.#clock;
    const untilUs = Math.min(timeline.nextUsWithout(Slot.Cycle), this.#host.plainUntilUs(), endUs + 1);
    const dueUs = timeline.dueUs(Slot.Cycle);
    const { cpu } = this.view.trace.guest;
    let cycles = Math.floor((untilUs - dueUs) / 1e6) + 1;
    while (cycles > 0 && clock.laterCycleUs(dueUs, cycles, cpu) >= untilUs) cycles--;
    if (cycles <= 0 || !Number.isFinite(untilUs)) return;
    const ns = Math.round(this.#host.callNs);
    const startUs = clock.laterCycleUs(dueUs, cycles - 1, cpu);
    this.#driver.skip(cycles);
    this.#host.skip(cycles);
    const us = timeline.pass(Slot.Balloon, ns, cycles - 1);
    this.#live.skip(cycles, ns, us, { startUs, us: timeline.pass(Slot.Balloon, ns, 1) });
    timeline.at(Slot.Cycle, clock.laterCycleUs(dueUs, cycles, cpu));
  }
}
