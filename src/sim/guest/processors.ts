import type { Ns } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "../time/timeline.ts";

/** What the guest's processors are shared by besides the actors' events. Implemented by `Pressure`. */
export interface EventlessWork {
  /** Processors that work without events uses, in the mean. */
  readonly duty: number;
}

/** What the processors are made of. */
export interface ProcessorsParts {
  readonly timeline: Timeline;
  /** The slots of the guest's actors, by which they are known. */
  readonly actors: { readonly first: number; readonly count: number };
  /** Number of processors. */
  readonly cpus: number;
  /** Processor time after which another actor gets its turn: a tick, in nanoseconds. */
  readonly turnNs: Ns;
  readonly eventless: EventlessWork;
}

/**
 * The guest's processors and the actors that wait for one. An actor works in steps; before each it asks for a processor
 * (`grant`), and then says how long it works (`work`). While no more actors work than there are processors, each has its
 * own. Else they take turns of a tick, in the order in which they asked: the scheduler preempts a task at a tick
 * (kernel/sched/fair.c `check_preempt_tick()`).
 */
export class Processors implements Archived {
  readonly #timeline: Timeline;
  readonly #first: number;
  /** Number of processors. */
  readonly cpus: number;
  readonly #turnNs: Ns;
  readonly #eventless: EventlessWork;
  /** The end of each actor's last step, in microseconds. */
  readonly #untilUs: Float64Array;
  /** When each actor last got a processor, in microseconds; -1 before. It keeps it for the whole event. */
  readonly #grantedUs: Float64Array;
  /** The end of each actor's interleaved work, in microseconds. */
  readonly #interleavedUntilUs: Float64Array;
  /** Processor time of each actor's turn so far, in nanoseconds. */
  readonly #usedNs: Float64Array;
  /** Time that interrupts have taken from each actor since its last work began, in nanoseconds. */
  readonly #lostNs: Float64Array;
  /** Whether an actor waits for a processor, and how many do. */
  readonly #waits: Uint8Array;
  #waiting = 0;

  constructor({ timeline, actors, cpus, turnNs, eventless }: ProcessorsParts) {
    this.#timeline = timeline;
    this.#first = actors.first;
    this.cpus = cpus;
    this.#turnNs = turnNs;
    this.#eventless = eventless;
    this.#untilUs = new Float64Array(actors.count);
    this.#grantedUs = new Float64Array(actors.count).fill(-1);
    this.#interleavedUntilUs = new Float64Array(actors.count);
    this.#usedNs = new Float64Array(actors.count);
    this.#lostNs = new Float64Array(actors.count);
    this.#waits = new Uint8Array(actors.count);
  }

  /**
   * Whether the slot's actor has a processor now. If not, its event comes when one may be free: the actor does nothing
   * and asks again then.
   */
  grant(slot: number): boolean {
    const { nowUs } = this.#timeline;
    const actor = slot - this.#first;
    const until = this.#untilUs;
    let working = 0;
    let soonestUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < until.length; i++) {
      const untilUs = until[i] as number;
      if (untilUs <= nowUs || i === actor) continue;
      working++;
      if (untilUs < soonestUs) soonestUs = untilUs;
    }
    const free = this.cpus - working;
    const hadIt = until[actor] === nowUs || this.#grantedUs[actor] === nowUs;
    const goesOn = hadIt && (this.#usedNs[actor] as number) < this.#turnNs;
    const hasWaited = this.#waits[actor] === 1;
    if (free > 0 && (hasWaited || goesOn || free > this.#waiting)) {
      if (!goesOn) this.#usedNs[actor] = 0;
      if (hasWaited) this.leave(slot);
      this.#grantedUs[actor] = nowUs;
      return true;
    }
    this.#join(actor);
    this.#timeline.at(slot, free > 0 ? nowUs : soonestUs);
    return false;
  }

  /**
   * The slot's actor wakes up after a sleep and needs a processor; its event comes now. It is the next one that gets a
   * processor: the scheduler lets it preempt a task that has run since (kernel/sched/fair.c `check_preempt_wakeup()`).
   * Here tasks end their step before.
   */
  wake(slot: number): void {
    this.#join(slot - this.#first);
    this.#usedNs.fill(this.#turnNs);
    this.#timeline.at(slot, this.#timeline.nowUs);
  }

  /** The slot's actor needs no processor any more. */
  leave(slot: number): void {
    const actor = slot - this.#first;
    if (this.#waits[actor] === 0) return;
    this.#waits[actor] = 0;
    this.#waiting--;
  }

  #join(actor: number): void {
    if (this.#waits[actor] === 1) return;
    this.#waits[actor] = 1;
    this.#waiting++;
  }

  /** Factor, at least 1, by which the next step takes longer because interleaved and eventless work shares the processors. */
  get slowdown(): number {
    const { nowUs } = this.#timeline;
    let sharing = this.#eventless.duty;
    for (const untilUs of this.#interleavedUntilUs) if (untilUs > nowUs) sharing++;
    if (sharing === 0) return 1;
    let working = 1;
    for (const untilUs of this.#untilUs) if (untilUs > nowUs) working++;
    return Math.max(1, (Math.min(working, this.cpus) + sharing) / this.cpus);
  }

  /** The part of the time since `fromUs` for which a task had a processor that woke up again and again, 0 to 1. */
  shareSince(fromUs: number): number {
    let working = 1;
    for (const untilUs of this.#untilUs) if (untilUs > fromUs) working++;
    return Math.min(1, this.cpus / working);
  }

  /** Whether the slot's actor works on a processor now, touches without events aside. */
  isWorking(slot: number): boolean {
    const { nowUs } = this.#timeline;
    const actor = slot - this.#first;
    return (this.#untilUs[actor] as number) > nowUs || (this.#interleavedUntilUs[actor] as number) > nowUs;
  }

  /** Interrupts the slot's actor, which works on a processor, for `ns`: its next work takes longer by this time. */
  interrupt(slot: number, ns: Ns): void {
    const actor = slot - this.#first;
    this.#lostNs[actor] = (this.#lostNs[actor] as number) + ns;
  }

  /** Returns the time that interrupts have taken from an actor since its last work began, and forgets it. */
  #takeLost(actor: number): Ns {
    const ns = this.#lostNs[actor] as number;
    this.#lostNs[actor] = 0;
    return ns;
  }

  /**
   * The slot's actor, which has a processor, works; its event comes at the end.
   *
   * @param ns time on the processor, which the slowdown has lengthened
   * @param waitNs time that it waits afterwards, without a processor
   */
  work(slot: number, ns: Ns, waitNs: Ns = 0): void {
    const timeline = this.#timeline;
    const actor = slot - this.#first;
    this.#usedNs[actor] = (this.#usedNs[actor] as number) + ns;
    const untilUs = timeline.nowUs + timeline.pass(slot, ns + this.#takeLost(actor), 1);
    this.#untilUs[actor] = untilUs;
    timeline.at(slot, untilUs + Math.ceil(waitNs / 1000));
  }

  /**
   * The slot's actor does many short pieces of work and waits briefly between them; its event comes at the end. The
   * scheduler gives a task that wakes up the processor at once, and the other one gets it at the next wait
   * (kernel/sched/fair.c `check_preempt_wakeup()`): so it takes no turn, and both get their share of the time.
   *
   * @param ns processor time of all pieces
   */
  interleave(slot: number, ns: Ns): void {
    const timeline = this.#timeline;
    const { nowUs } = timeline;
    let working = 1 + this.#eventless.duty;
    for (const untilUs of this.#untilUs) if (untilUs > nowUs) working++;
    for (const untilUs of this.#interleavedUntilUs) if (untilUs > nowUs) working++;
    timeline.after(slot, (ns + this.#takeLost(slot - this.#first)) * Math.max(1, working / this.cpus));
    this.#interleavedUntilUs[slot - this.#first] = timeline.dueUs(slot);
  }

  archive(a: Archive): void {
    a.numbers(this.#untilUs);
    a.numbers(this.#grantedUs);
    a.numbers(this.#interleavedUntilUs);
    a.numbers(this.#usedNs);
    a.numbers(this.#lostNs);
    a.numbers(this.#waits);
    this.#waiting = a.number(this.#waiting);
  }
}
