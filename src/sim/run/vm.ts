import type { BalloonInstance, BalloonPolicy, Params } from "../../engine/index.ts";
import { Guest } from "../guest/guest.ts";
import { Activity } from "../guest/pressure.ts";
import { HostChannel } from "../host/channel.ts";
import type { TargetMind } from "../host/mind.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { BalloonFrames } from "../state/balloon-frames.ts";
import { PendingAnswer } from "../time/pending-answer.ts";
import { Slot, slotsOf } from "../time/slots.ts";
import { TickClock } from "../time/ticks.ts";
import type { Timeline } from "../time/timeline.ts";
import { type Change, SERIES_TARGET, type TraceSource } from "../trace/types.ts";
import { worldOf } from "../trace/world.ts";
import type { Observer, RunView } from "../view/types.ts";
import { LiveView } from "./view.ts";

/** Work cycles in a row without work that prove a steady state: the first may still reflect an earlier change. */
const STEADY_CYCLES = 2;

/**
 * A work cycle of a quarter of a second loses the driver its next whole second. A steady one makes one call, so the cycles of a
 * host whose calls take half of that are not skipped.
 */
const MAX_SKIPPED_CALL_NS = 125_000_000;

/** What a VM is. */
export interface VmSpec {
  /** The trace of its guest, its workloads, its host's rules. */
  readonly source: TraceSource;
  readonly policy: BalloonPolicy;
  /** Values of the policy's parameters. */
  readonly rates: Params;
  /** Instead of the trace's own seed. */
  readonly seed?: string | undefined;
  /** Number of the `World` that it runs in, from 1. */
  readonly world: number;
  /** Calls `Observer.sample` at time 0 and at each multiple of this; in microseconds. */
  readonly sampleEveryUs?: number | undefined;
  /** Whether work cycles are run one by one where they could be skipped. */
  readonly everyCycle: boolean;
}

/** How many slots of a timeline a VM takes. */
export const vmSlots = ({ trace }: TraceSource): number => slotsOf(trace.workloads.length);

/**
 * A virtual machine on a timeline: a guest, its balloon driver, the channel to a host whose mind sets the driver's target. It
 * owns a range of the timeline's slots and knows of no other VM. The owner of the timeline hands it the events of its slots.
 */
export class Vm implements Archived {
  readonly view: RunView;
  readonly guest: Guest;
  readonly channel: HostChannel;
  readonly policy: BalloonPolicy;
  readonly driver: BalloonInstance;
  readonly frames = new BalloonFrames();
  readonly #spec: VmSpec;
  readonly #timeline: Timeline;
  readonly #firstSlot: number;
  readonly #slots: number;
  readonly #mind: TargetMind;
  #observer: Observer;
  readonly #answers: PendingAnswer;
  readonly #clock: TickClock;
  readonly #driverPhaseUs: number;
  /** The fields of the driver's state. */
  readonly #driverFields: readonly string[];
  readonly #channelRandom: RandomStream;
  readonly #live: LiveView;
  readonly #change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  #hasChanges = true;
  /** Changes taken from the trace so far. */
  #changesTaken = 0;
  /** How many cycles in a row have found nothing to do, with nothing happening between them or since. */
  #steadyCycles = 0;

  /**
   * @param firstSlot the first of its `vmSlots` slots of the timeline
   * @param mind decides the target
   * @throws {InputError} if the trace can't be simulated, or its file is damaged
   * @throws {ParamError} if the driver can't run with the rates
   */
  constructor(timeline: Timeline, firstSlot: number, spec: VmSpec, mind: TargetMind, observer: Observer = {}) {
    const { source, policy } = spec;
    const { trace } = source;
    const seed = spec.seed ?? trace.seed;
    const world = worldOf(seed, spec.world, trace.workloads.length);
    this.#spec = spec;
    this.policy = policy;
    this.#timeline = timeline;
    this.#firstSlot = firstSlot;
    this.#slots = vmSlots(source);
    this.#mind = mind;
    this.#observer = observer;
    this.#answers = new PendingAnswer(timeline, firstSlot + Slot.Balloon);
    this.guest = new Guest(trace.guest, trace.workloads, {
      timeline,
      firstSlot,
      frames: this.frames,
      answers: this.#answers,
      world,
      killed: (workload) => this.#killed(workload),
    });
    this.#channelRandom = randomStream(seed, "host");
    const hostSpec = { ...trace.host, callNs: trace.host.callNs * world.call };
    this.channel = new HostChannel(hostSpec, this.frames, this.#channelRandom, this.#answers, {
      targetNow: () => mind.targetAt(timeline.nowUs),
      nowUs: () => timeline.nowUs,
    });
    const { timer } = this.guest;
    this.#driverPhaseUs = world.driverPhaseUs;
    this.#clock = new TickClock(timeline, timer.hz, timer.isWheel, firstSlot + Slot.Cycle, world.driverPhaseUs);
    this.driver = policy.create(spec.rates, {
      allocator: this.guest.balloon,
      hypervisor: this.channel,
      clock: this.#clock,
      cpu: trace.guest.cpu,
      events: { cycleBegins: () => this.#cycleBegins(), cycleEnds: () => this.#cycleEnds() },
    });
    // What a checkpoint left under way is for the driver.
    this.#answers.expect((first, second) => this.driver.answer(first, second));
    this.#driverFields = Object.keys(this.driver.state);
    this.#live = new LiveView(source, timeline, this, mind, this.#answers);
    this.view = this.#live;
  }

  /** Puts the trace's state of time 0 in place and loads the driver. Called once, before the first event. */
  begin(): void {
    this.#takeChange();
    this.#applyChanges();
    this.guest.warmUp();
    if (this.#spec.sampleEveryUs !== undefined) this.#timeline.at(this.#firstSlot + Slot.Sample, 0);
    const { balloon } = this.#spec.source.trace.guest;
    if (balloon === 0) return this.driver.load();
    this.channel.hold();
    this.driver.resume(balloon);
    // Its timer is due in the next whole second of the guest's clock, of which a part is over.
    this.#timeline.at(this.#firstSlot + Slot.Cycle, this.#driverPhaseUs === 0 ? 0 : 1_000_000 - this.#driverPhaseUs);
  }

  /** Whether the trace still has changes to come. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** From here on `observer` watches the VM, instead of the one before. */
  observe(observer: Observer): void {
    this.#observer = observer;
  }

  /** Whether a slot of the timeline is one of this VM's. */
  owns(slot: number): boolean {
    return slot >= this.#firstSlot && slot < this.#firstSlot + this.#slots;
  }

  /** Carries out the event of one of its slots. */
  event(slot: number): void {
    const own = slot - this.#firstSlot;
    if (own === Slot.Cycle) return this.driver.cycle();
    if (own === Slot.Sample) return this.#sample();
    if (own === Slot.Balloon) {
      if (this.guest.balloon.waiting) return this.guest.balloon.resume();
      return this.#answers.deliver();
    }
    this.#steadyCycles = 0;
    if (own === Slot.Trace) {
      this.#applyChanges();
      this.guest.look();
    } else this.guest.resume(own);
  }

  /** Brings the accounts that observers see up to now. */
  settle(): void {
    this.guest.pressure.settle(this.#timeline.nowUs);
    this.#live.settle();
  }

  /** Tells the observer that the run is over. */
  end(): void {
    this.settle();
    this.#observer.end?.(this.view);
  }

  /**
   * Where the driver's next work cycle is the timeline's next event, and the cycles to come are known: skips those before the
   * last one that begins before anything else happens in this VM, and not after `endUs`. They follow each other in whole
   * seconds, late by what the timer wheel adds.
   */
  skip(endUs: number): void {
    const timeline = this.#timeline;
    const cycleSlot = this.#firstSlot + Slot.Cycle;
    const dueUs = timeline.dueUs(cycleSlot);
    if (this.#steadyCycles < STEADY_CYCLES || dueUs !== timeline.nextUs()) return;
    const clock = this.#clock;
    const othersUs = timeline.nextUsAmong(this.#firstSlot, this.#slots, cycleSlot);
    const untilUs = Math.min(othersUs, this.channel.plainUntilUs(), endUs + 1);
    const { cpu } = this.view.trace.guest;
    let cycles = Math.floor((untilUs - dueUs) / 1e6) + 1;
    while (cycles > 0 && clock.laterCycleUs(dueUs, cycles, cpu) >= untilUs) cycles--;
    if (cycles <= 0 || !Number.isFinite(untilUs)) return;
    const ns = Math.round(this.channel.callNs);
    const startUs = clock.laterCycleUs(dueUs, cycles - 1, cpu);
    const balloonSlot = this.#firstSlot + Slot.Balloon;
    this.driver.skip(cycles);
    this.channel.skip(cycles);
    this.#answers.skip(cycles, ns);
    const us = timeline.pass(balloonSlot, ns, cycles - 1);
    this.#live.skip(cycles, ns, us, { startUs, us: timeline.pass(balloonSlot, ns, 1) });
    timeline.at(cycleSlot, clock.laterCycleUs(dueUs, cycles, cpu));
  }

  /**
   * All that the rest of its run depends on, between two events, but for the timeline. The trace is read again as far as it was.
   * @throws {RangeError} if the state is that of another trace
   */
  archive(a: Archive): void {
    this.frames.archive(a);
    this.guest.archive(a);
    this.channel.archive(a);
    this.#channelRandom.archive(a);
    const { state } = this.driver;
    for (const name of this.#driverFields) state[name] = a.number(state[name] as number);
    this.#mind.archive(a);
    this.#answers.archive(a);
    this.#live.archive(a);
    this.#steadyCycles = a.number(this.#steadyCycles);
    const taken = a.number(this.#changesTaken);
    const more = a.boolean(this.#hasChanges);
    while (this.#changesTaken < taken && this.#hasChanges) this.#takeChange();
    if (this.#changesTaken !== taken) throw new RangeError("the state is that of another trace");
    if (!more && this.#hasChanges) this.#takeChange();
  }

  #sample(): void {
    this.settle();
    this.#observer.sample?.(this.view);
    const everyUs = this.#spec.sampleEveryUs ?? Number.POSITIVE_INFINITY;
    this.#timeline.at(this.#firstSlot + Slot.Sample, this.#timeline.nowUs + everyUs);
  }

  #killed(workload: number): void {
    this.settle();
    this.#observer.kill?.(this.view, workload);
  }

  #takeChange(): void {
    this.#hasChanges = this.#spec.source.next(this.#change);
    if (this.#hasChanges) this.#changesTaken++;
  }

  /** Puts all changes of this instant in force and announces the next one. */
  #applyChanges(): void {
    const timeline = this.#timeline;
    const c = this.#change;
    this.#live.settle();
    let isRetargeted = false;
    while (this.#hasChanges && c.atUs <= timeline.nowUs) {
      if (c.series === SERIES_TARGET) {
        const isOther = this.#mind.follow(c, timeline.nowUs);
        isRetargeted ||= isOther;
      } else this.guest.change(c.series, c.atUs, c.value, c.untilUs, c.untilValue);
      this.#takeChange();
    }
    timeline.at(this.#firstSlot + Slot.Trace, this.#hasChanges ? c.atUs : Number.POSITIVE_INFINITY);
    this.#live.unknown = this.#mind.unknown || this.guest.unknown;
    if (!isRetargeted) return;
    this.settle();
    this.#observer.target?.(this.view);
  }

  #cycleBegins(): void {
    this.guest.pressure.set(this.#firstSlot + Slot.Balloon, Activity.Running, this.#timeline.nowUs);
    this.#live.cycleBegins();
  }

  #cycleEnds(): void {
    this.guest.pressure.set(this.#firstSlot + Slot.Balloon, Activity.Idle, this.#timeline.nowUs);
    this.#live.cycleEnds();
    const isSteady = !this.#spec.everyCycle && !this.#live.cycle.changed && this.#areCyclesKnown();
    this.#steadyCycles = isSteady ? this.#steadyCycles + 1 : 0;
    this.settle();
    this.#observer.cycle?.(this.view);
  }

  /** Whether the cycles to come are known: at the target, which stands still, and no rule or failure in their way. */
  #areCyclesKnown(): boolean {
    return (
      this.driver.isSteady &&
      this.guest.memory.total <= 0xffff_ffff &&
      !this.#mind.moves(this.#timeline.nowUs) &&
      // The driver at work would keep a stall of others from being a full one.
      this.guest.pressure.busy === 0 &&
      this.channel.callNs < MAX_SKIPPED_CALL_NS
    );
  }
}
