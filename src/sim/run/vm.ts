import type { Ns, Pages } from "../../common/units.ts";
import type { BalloonInstance, BalloonPolicy, Params } from "../../engine/index.ts";
import type { Backing } from "../guest/backing.ts";
import type { Shrinker } from "../guest/balloon-shrinker.ts";
import { Guest } from "../guest/guest.ts";
import type { GuestMemory } from "../guest/memory.ts";
import { Activity } from "../guest/pressure.ts";
import { HostChannel } from "../host/channel.ts";
import { ignoredRules } from "../host/ignored-rules.ts";
import type { TargetMind } from "../host/mind.ts";
import { type RandomStream, randomStream } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { BalloonFrames } from "../state/balloon-frames.ts";
import { PendingAnswer } from "../time/pending-answer.ts";
import { Slot, VmSlots } from "../time/slots.ts";
import { TickClock } from "../time/ticks.ts";
import type { Timeline } from "../time/timeline.ts";
import { type Change, type HostRule, SERIES_TARGET, type TraceSource } from "../trace/types.ts";
import { varied, withLapPhases, worldOf } from "../trace/world.ts";
import type { CauseSink, TargetLine } from "../view/causes.ts";
import { observeAll } from "../view/observe-all.ts";
import type { Observer, RunView } from "../view/types.ts";
import { checkPolicyFits } from "./policy-fits.ts";
import { LiveView } from "./view.ts";

/** Consecutive idle cycles of the driver after which further cycles may be skipped. */
const STEADY_CYCLES = 2;

/**
 * The driver sets its timer to a whole second, a second ahead (`roundTicksRelative`). A cycle that takes a quarter of a
 * second or more therefore loses the next whole second, and the times of further cycles can't be computed in advance. An
 * idle cycle sends one command: cycles are skipped only if a command takes less than half of that. The other half is for
 * the delay of the timer wheel, up to 80 ms at 100 ticks a second.
 */
const SKIP_COMMAND_LIMIT_NS = 125_000_000;

const SECOND_US = 1_000_000;

/** `BalloonView.waitsFor` of a driver that sleeps in the middle of its work. */
const SLEEP = "sleep";

/** The configuration of a VM. */
export interface VmSpec {
  /** The trace of its guest, its workloads, its host's rules. */
  readonly source: TraceSource;
  readonly policy: BalloonPolicy;
  /** Values of the policy's parameters. */
  readonly rates: Params;
  /** Replaces the trace's seed. */
  readonly seed?: string | undefined;
  /** Number of the `World`, the variation of the trace in which the VM runs, from 1. */
  readonly world: number;
  /** Phase of the driver's second at the beginning of the trace, in microseconds below a second, instead of the world's. */
  readonly driverPhaseUs?: number | undefined;
  /** Phases of the laps of workloads with these names, instead of the world's; see `WorkloadWorld.phase`. */
  readonly lapPhases?: ReadonlyMap<string, number> | undefined;
  /** Time between calls of `Observer.sample`, the first at time 0, in microseconds; none if absent. */
  readonly sampleEveryUs?: number | undefined;
  /** Whether to simulate every work cycle, idle ones too, instead of skipping idle ones. */
  readonly everyCycle: boolean;
  /** Creates the host's memory under the guest; absent: the host has enough for all of it. */
  readonly backing?: ((memory: GuestMemory, frames: BalloonFrames) => Backing) | undefined;
  /** Is told why the run stalls, and observes it; absent: nothing is. */
  readonly causes?: CauseSink | undefined;
}

/**
 * A virtual machine on a timeline: a guest, its balloon driver, and the channel to a host; the host's mind sets the
 * driver's target. The VM owns a range of the timeline's slots and has no access to other VMs. `Simulation` passes the
 * events of these slots to `event`.
 */
export class Vm implements Archived {
  readonly view: RunView;
  readonly guest: Guest;
  readonly channel: HostChannel;
  readonly policy: BalloonPolicy;
  readonly driver: BalloonInstance;
  readonly frames = new BalloonFrames();
  /** The host's memory under the guest; null: the host has enough for all of it. */
  backing: Backing | null = null;
  /** As `HostView.ignoredRules`. */
  readonly ignoredRules: readonly HostRule[];
  readonly #spec: VmSpec;
  readonly #timeline: Timeline;
  readonly #slots: VmSlots;
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
  /** Consecutive idle cycles, without an event of the trace or of the guest's other slots between them or since. */
  #steadyCycles = 0;

  /**
   * @param timeline reserves the VM's slots
   * @param mind decides the target
   * @throws {InputError} if the trace can't be simulated, or its file is damaged
   * @throws {ParamError} if the driver can't run with the rates
   */
  constructor(timeline: Timeline, spec: VmSpec, mind: TargetMind, observer: Observer = {}) {
    const { source, policy } = spec;
    const { trace } = source;
    const seed = spec.seed ?? trace.seed;
    const drawn = worldOf(seed, spec.world, trace.workloads.length);
    const world = withLapPhases(drawn, trace.workloads, spec.lapPhases);
    this.#spec = spec;
    this.policy = policy;
    this.#timeline = timeline;
    const { backing, causes = null } = spec;
    const reports = policy.reportsFreePages?.(spec.rates) === true;
    const slots = new VmSlots(timeline, trace.workloads.length, reports);
    this.#slots = slots;
    this.#mind = mind;
    this.#observer = this.#withCauses(observer);
    const { callNs, entryNs, largeEntryNs, unlockEntryNs, unlockLargeEntryNs } = trace.host;
    const hostSpec = {
      ...trace.host,
      callNs: varied(callNs, world.call),
      entryNs: varied(entryNs, world.call),
      largeEntryNs: varied(largeEntryNs, world.call),
      unlockEntryNs: varied(unlockEntryNs, world.call),
      unlockLargeEntryNs: varied(unlockLargeEntryNs, world.call),
    };
    this.#answers = new PendingAnswer(timeline, slots.of(Slot.Balloon), () => this.#driverBecomes(Activity.Idle));
    this.guest = new Guest(trace.guest, trace.workloads, {
      timeline,
      slots,
      frames: this.frames,
      answers: this.#answers,
      commandNs: hostSpec.callNs,
      world,
      killed: (workload) => this.#killed(workload),
      shrinker: policy.relief?.(spec.rates).inReclaim ? this.#shrinker() : undefined,
      oomRelief: policy.relief?.(spec.rates).onOom ? () => this.#relieve() : undefined,
      reported: reports ? (messages, pages) => this.driver.reported?.(messages, pages) : undefined,
      backing: backing && ((memory) => this.#backedBy(backing(memory, this.frames))),
      causes,
    });
    checkPolicyFits(policy, trace.guest.profile, this.guest.profile);
    this.#channelRandom = randomStream(seed, "host");
    this.channel = new HostChannel(hostSpec, this.frames, this.#channelRandom, this.#answers, {
      targetNow: () => this.#targetNow(),
      nowUs: () => timeline.nowUs,
      causes,
    });
    const { timer } = this.guest;
    this.#driverPhaseUs = spec.driverPhaseUs ?? world.driverPhaseUs;
    this.#clock = new TickClock(
      timeline,
      slots.of(Slot.Cycle),
      { ...timer, phaseUs: this.#driverPhaseUs },
      this.#answers,
    );
    this.driver = policy.create(spec.rates, {
      allocator: this.guest.balloon,
      hypervisor: this.channel,
      device: this.channel,
      clock: this.#clock,
      cpu: trace.guest.cpu,
      events: { cycleBegins: () => this.#cycleBegins(), cycleEnds: () => this.#cycleEnds() },
    });
    this.ignoredRules = ignoredRules(policy, spec.rates, trace.host);
    this.#driverFields = Object.keys(this.driver.state);
    this.#live = new LiveView(source, timeline, this, mind, this.#answers);
    this.view = this.#live;
    causes?.attach(this.view);
  }

  /**
   * Applies the trace's changes at time 0. Then loads the driver, or resumes it if the trace begins with pages in the
   * balloon. Called once, before the first event.
   */
  begin(): void {
    this.#takeChange();
    this.#applyChanges();
    const { balloon } = this.#spec.source.trace.guest;
    if (balloon > 0) this.driver.resume(balloon, this.channel.resume());
    this.guest.warmUp(this.driver.view.large ?? 0);
    if (this.#spec.sampleEveryUs !== undefined) this.#timeline.at(this.#slots.of(Slot.Sample), 0);
    if (balloon === 0) this.driver.load();
    else {
      this.channel.lockAllocated();
      // The driver's timer expires on whole seconds of the guest's clock; the run begins `#driverPhaseUs` after one.
      this.#timeline.at(this.#slots.of(Slot.Cycle), this.#driverPhaseUs === 0 ? 0 : SECOND_US - this.#driverPhaseUs);
    }
    this.#lookForFreeBlocks();
  }

  /** Whether the trace has further changes. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** Replaces the observer. */
  observe(observer: Observer): void {
    this.#observer = this.#withCauses(observer);
  }

  #withCauses(observer: Observer): Observer {
    const { causes } = this.#spec;
    return causes === undefined ? observer : observeAll([observer, causes]);
  }

  /** Whether a slot of the timeline belongs to this VM. */
  owns(slot: number): boolean {
    return this.#slots.has(slot);
  }

  /** Handles the event of one of the VM's slots. */
  event(slot: number): void {
    this.#handle(slot);
    this.#lookForFreeBlocks();
  }

  #handle(slot: number): void {
    const actor = this.#slots.actorOf(slot);
    if (actor === Slot.Cycle) return this.driver.cycle();
    if (actor === Slot.Sample) return this.#sample();
    if (actor === Slot.Balloon) {
      if (this.guest.balloon.waiting) return this.guest.balloon.resume();
      if (this.driver.view.waitsFor === SLEEP) this.#driverBecomes(Activity.Running);
      return this.#answers.deliver();
    }
    this.#steadyCycles = 0;
    if (actor === Slot.Trace) {
      this.#applyChanges();
      this.guest.look();
    } else if (slot === this.#slots.reporting) this.guest.reporting?.resume();
    else this.guest.resume(actor);
  }

  /** Called after the mind has changed the target by itself, between two events. */
  retarget(): void {
    this.#steadyCycles = 0;
    this.#retargeted();
  }

  /**
   * When the VM's next event is due that is no idle cycle of the driver: until then the VM does nothing but what `skip` can
   * skip, and touches memory. Infinity if nothing is pending.
   */
  busyUs(): number {
    const timeline = this.#timeline;
    const { first, reserved: count } = this.#slots;
    const cycleSlot = this.#slots.of(Slot.Cycle);
    const sampleSlot = this.#slots.of(Slot.Sample);
    const firstUs = timeline.nextUs();
    // What an observer does is not the VM's.
    const nextUs = timeline.dueUs(sampleSlot) === firstUs ? timeline.nextUsAmong(first, count, sampleSlot) : firstUs;
    if (this.#steadyCycles < STEADY_CYCLES || timeline.dueUs(cycleSlot) !== nextUs) return nextUs;
    const othersUs = timeline.nextUsAmong(first, count, cycleSlot, sampleSlot);
    return Math.min(othersUs, Math.max(nextUs, this.channel.nextTargetRuleUs()));
  }

  #lookForFreeBlocks(): void {
    const { reporting } = this.guest;
    if (reporting === null) return;
    if (this.driver.view.isLoaded) reporting.look();
    else reporting.end();
  }

  /** The target that the driver gets: that of the host, unless a daemon's balloon gives way. */
  #targetNow(): Pages {
    const { nowUs } = this.#timeline;
    const hostTarget = this.#mind.targetAt(nowUs);
    return this.guest.balloon.givingWay?.steer(nowUs, hostTarget, this.driver.view.size) ?? hostTarget;
  }

  #backedBy(backing: Backing): Backing {
    this.backing = backing;
    return backing;
  }

  /** Settles the accounts that observers see: computes them up to the current time. */
  settle(): void {
    this.guest.pressure.settle(this.#timeline.nowUs);
    this.#live.settle();
  }

  /** Reports the end of the run to the observer. */
  end(): void {
    this.settle();
    this.#observer.end?.(this.view);
  }

  /**
   * Skips idle cycles if the driver's next cycle is the timeline's next event and further cycles are known to be idle.
   * The last cycle that begins before the VM's next other event, before the next rule for GET_TARGET, and not after
   * `endUs`, is left to run; all cycles before it are skipped. Cycles begin a second apart, each delayed by the
   * resolution of the timer wheel, or to the tick (`BalloonPolicy.isUnrounded`).
   *
   * @param nextUs time of the timeline's next event
   */
  skip(nextUs: number, endUs: number): void {
    if (this.#steadyCycles < STEADY_CYCLES) return;
    const timeline = this.#timeline;
    const cycleSlot = this.#slots.of(Slot.Cycle);
    const dueUs = timeline.dueUs(cycleSlot);
    if (dueUs !== nextUs) return;
    const clock = this.#clock;
    const othersUs = timeline.nextUsAmong(this.#slots.first, this.#slots.reserved, cycleSlot);
    const untilUs = Math.min(othersUs, this.channel.nextTargetRuleUs(), endUs + 1);
    const { cpu } = this.view.trace.guest;
    const laterUs = this.policy.isUnrounded
      ? (n: number) => dueUs + n * SECOND_US
      : (n: number) => clock.laterCycleUs(dueUs, n, cpu);
    let cycles = Math.floor((untilUs - dueUs) / SECOND_US) + 1;
    while (cycles > 0 && laterUs(cycles) >= untilUs) cycles--;
    if (cycles <= 0 || !Number.isFinite(untilUs)) return;
    const ns = Math.round(this.channel.callNs);
    const startUs = laterUs(cycles - 1);
    const balloonSlot = this.#slots.of(Slot.Balloon);
    this.driver.skip(cycles);
    this.channel.skip(cycles);
    this.#answers.skip(cycles, ns);
    const us = timeline.pass(balloonSlot, ns, cycles - 1);
    this.#live.skip(cycles, ns, us, { startUs, us: timeline.pass(balloonSlot, ns, 1) });
    timeline.at(cycleSlot, laterUs(cycles));
  }

  /**
   * Reads or writes the complete state of the VM, except its events, which the timeline stores. Valid between two
   * events. On reading, the trace is read again up to the saved number of changes.
   * @throws {RangeError} if the trace has fewer changes than that
   */
  archive(a: Archive): void {
    this.frames.archive(a);
    this.guest.archive(a);
    this.channel.archive(a);
    this.#channelRandom.archive(a);
    // A checkpoint does not store the reply function, and the driver of a new run has made a request of its own.
    this.#answers.expect((first, second, third, fourth) => this.driver.answer(first, second, third, fourth));
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
    // The saved run had already read the end of the trace.
    if (!more && this.#hasChanges) this.#takeChange();
  }

  #shrinker(): Shrinker {
    const { frames } = this;
    return {
      // Not the driver's count: while the balloon of time 0 is set up, the host has locked none of its pages.
      get size() {
        return frames.inBalloon;
      },
      shrink: (pages) => this.#answers.atOnce(() => this.driver.relieve?.(pages, false)),
    };
  }

  /** Has the driver give pages before an OOM kill; null if it gives none. */
  #relieve(): Ns | null {
    // While the balloon of time 0 is set up, the host has none of its pages.
    if (this.frames.inBalloon === 0) return null;
    let given = 0;
    const ns = this.#answers.atOnce(() => {
      given = this.driver.relieve?.(Number.POSITIVE_INFINITY, true) ?? 0;
    });
    return given === 0 ? null : ns;
  }

  #sample(): void {
    this.settle();
    this.#observer.sample?.(this.view);
    const everyUs = this.#spec.sampleEveryUs ?? Number.POSITIVE_INFINITY;
    this.#timeline.at(this.#slots.of(Slot.Sample), this.#timeline.nowUs + everyUs);
  }

  #killed(workload: number): void {
    this.settle();
    this.#observer.kill?.(this.view, workload);
  }

  #takeChange(): void {
    this.#hasChanges = this.#spec.source.next(this.#change);
    if (this.#hasChanges) this.#changesTaken++;
  }

  /** Applies all changes that are due and schedules the event of the next one. */
  #applyChanges(): void {
    const timeline = this.#timeline;
    const c = this.#change;
    this.#live.settle();
    let isRetargeted = false;
    let line: TargetLine | null = null;
    const before = this.#mind.targetAt(timeline.nowUs);
    while (this.#hasChanges && c.atUs <= timeline.nowUs) {
      if (c.series === SERIES_TARGET) {
        const hasNewTarget = this.#mind.follow(c, timeline.nowUs);
        isRetargeted ||= hasNewTarget;
        // Of several changes at an instant the last one holds.
        line = this.#lineOf(c);
      } else this.guest.change(c);
      this.#takeChange();
    }
    timeline.at(this.#slots.of(Slot.Trace), this.#hasChanges ? c.atUs : Number.POSITIVE_INFINITY);
    this.#live.unknown = this.#mind.unknown || this.guest.unknown;
    if (!isRetargeted) return;
    this.#spec.causes?.retargets?.(before, line);
    this.#retargeted();
  }

  /** The line along which the target moves after a change that the mind has followed; null: it does not move. */
  #lineOf({ untilUs }: Change): TargetLine | null {
    const { nowUs } = this.#timeline;
    if (untilUs <= nowUs || !this.#mind.moves(nowUs)) return null;
    return { target: this.#mind.targetAt(untilUs), untilUs };
  }

  /** Tells the driver, if it hears of that, and the observer that the target is another one. */
  #retargeted(): void {
    if (this.policy.isInterrupted || this.channel.hasDoorbell) this.driver.ring?.();
    this.settle();
    this.#observer.target?.(this.view);
  }

  /**
   * A target that moves along a line changes a host's device once a second: else there would be an interrupt for each page.
   */
  #followLine(): void {
    const { nowUs } = this.#timeline;
    if (!this.policy.isInterrupted || !this.#mind.moves(nowUs)) return;
    this.#timeline.at(this.#slots.of(Slot.Cycle), (Math.floor(nowUs / SECOND_US) + 1) * SECOND_US);
  }

  #driverBecomes(activity: number): void {
    this.guest.pressure.set(this.#slots.of(Slot.Balloon), activity, this.#timeline.nowUs);
  }

  #cycleBegins(): void {
    this.#driverBecomes(Activity.Running);
    this.#live.cycleBegins();
  }

  #cycleEnds(): void {
    this.#driverBecomes(Activity.Idle);
    this.#live.cycleEnds();
    const isSteady = !this.#spec.everyCycle && !this.#live.cycle.changed && this.#areCyclesIdle();
    this.#steadyCycles = isSteady ? this.#steadyCycles + 1 : 0;
    this.#followLine();
    this.settle();
    this.#observer.cycle?.(this.view);
  }

  /**
   * Longest command with which idle cycles begin at times that can be computed. The cycles of an unrounded driver begin with
   * a tick: they are a second apart if they end within the same one.
   */
  get #skipLimitNs(): number {
    return this.policy.isUnrounded ? 1e9 / this.#clock.hz - 2000 : SKIP_COMMAND_LIMIT_NS;
  }

  /** Whether the next cycles would be idle: the balloon is at a constant target, and nothing else is running. */
  #areCyclesIdle(): boolean {
    return (
      this.driver.isSteady &&
      // `vmmemctl` can't send GET_TARGET in larger guests: the command's limit has 32 bits.
      this.guest.memory.total <= 0xffff_ffff &&
      !this.#mind.moves(this.#timeline.nowUs) &&
      // No other actor runs or stalls: while the driver runs, a stall of others is no full stall.
      this.guest.pressure.isQuiet &&
      (this.guest.balloon.givingWay?.isAtRest ?? true) &&
      this.channel.callNs < this.#skipLimitNs
    );
  }
}
