import { RunError } from "../../../common/errors.ts";
import { PAGE_BYTES, type Pages, type Us } from "../../../common/units.ts";
import type { HostScenario } from "../scenario/types.ts";
import { Order, Report, Work } from "./exchange.ts";
import { HostMemory } from "./host-memory.ts";
import { leasesOf } from "./leases.ts";
import { Meetings } from "./meetings.ts";
import { Member } from "./member.ts";
import { PolicyRounds } from "./policy-rounds.ts";
import type { HostRunView, SampledObserver } from "./run-view.ts";
import { split } from "./split.ts";
import type { VmGroup } from "./vm-group.ts";
import { Watches } from "./watches.ts";

/**
 * Time between two meetings of the VMs with the host, in which each lives by what it was granted, in microseconds. Half of it
 * changes most figures of a host by less than worlds do (docs/host-model.md, with an exception).
 */
export const QUANTUM_US: Us = 50_000;
/** The longest that a run may have instead. */
const MAX_QUANTUM_US: Us = 100_000;

/** VMs that can't make anything happen on the host run ahead as far as the next multiple of this. */
const AHEAD_US: Us = 1_000_000;

/** How a host runs. */
export interface HostRunOptions {
  /** Time between two meetings, up to 100,000; default `QUANTUM_US`. */
  readonly quantumUs?: Us;
  /** End of the run, if before that of the scenario. */
  readonly untilUs?: Us;
  /** Looks at all books after every meeting. */
  readonly isChecked?: boolean;
}

/**
 * A host in virtual time: its VMs run side by side, and meet it at the ends of *quanta*. In a quantum each VM lives by what the
 * host has granted it; at its end the host balances its book, swaps what does not fit, and lets its policy decide. Quanta in which
 * no VM has anything to do are passed over.
 */
export class HostRun {
  readonly #group: VmGroup;
  readonly #members: readonly Member[];
  readonly #memory: HostMemory;
  readonly #meetings: Meetings;
  readonly #policy: PolicyRounds;
  readonly #watches: Watches;
  readonly #quantumUs: Us;
  readonly #endUs: Us;
  readonly #isChecked: boolean;
  /** Pages that VMs have waited for the host to write, since it last balanced its book. */
  #paid: Pages = 0;
  readonly #unfit = { untouched: 0, swapped: 0 };
  /** The rest of the run. */
  readonly #rest: Generator<void, void, void> = this.#whole();
  #nowUs: Us = 0;
  /** Time of the view: that of the run, or of a sample in a time in which nothing happens. */
  #viewUs: Us = 0;
  readonly #view: HostRunView;

  /**
   * @param group the VMs of the scenario
   * @param observers which have no influence on the run
   */
  constructor(
    scenario: HostScenario,
    group: VmGroup,
    options: HostRunOptions = {},
    observers: readonly SampledObserver[] = [],
  ) {
    const { quantumUs = QUANTUM_US, untilUs, isChecked = false } = options;
    if (!(quantumUs > 0 && quantumUs <= MAX_QUANTUM_US)) throw new RangeError(`a quantum of ${quantumUs} us`);
    this.#group = group;
    this.#memory = new HostMemory(scenario);
    this.#members = scenario.vms.map((vm, index) => new Member(vm, index, this.#memory, group));
    this.#meetings = new Meetings(this.#members, this.#memory, group, quantumUs);
    this.#policy = new PolicyRounds(scenario, this.#memory, this.#meetings);
    this.#watches = new Watches(observers);
    this.#quantumUs = quantumUs;
    this.#endUs = Math.min(untilUs ?? Number.POSITIVE_INFINITY, scenario.durationUs);
    this.#isChecked = isChecked;
    const run = this;
    this.#view = {
      scenario,
      memory: this.#memory,
      vms: this.#members,
      unfit: this.#unfit,
      get timeUs() {
        return run.#viewUs;
      },
      get state() {
        return run.#policy.state;
      },
      get decisions() {
        return run.#policy.decisions;
      },
      get changes() {
        return run.#policy.changes;
      },
    };
  }

  /** Runs to the end. @throws {InputError} @throws {RunError} as `VmGroup.meet`, and by the policy */
  run(): void {
    while (this.runFor(Number.POSITIVE_INFINITY));
  }

  /**
   * Runs for a number of meetings of the VMs with the host, of which a short wait for a policy in a thread counts as one; false once
   * the run is over.
   * @throws {InputError} @throws {RunError} as `run`
   */
  runFor(meetings: number): boolean {
    for (let left = meetings; left > 0; left--) if (this.#rest.next().done === true) return false;
    return true;
  }

  /** The fraction of the run that is done, 0 to 1. */
  get progress(): number {
    return this.#nowUs / this.#endUs;
  }

  get view(): HostRunView {
    return this.#view;
  }

  /** The run from its beginning to its end. Yields before each meeting, and in waits for the policy. */
  *#whole(): Generator<void, void, void> {
    this.#power();
    this.#fitAtStart();
    yield* this.#consult();
    this.#changed();
    while (this.#nowUs < this.#endUs) {
      yield;
      this.#advance();
      yield* this.#consult();
      this.#changed();
    }
    this.#end();
  }

  /** Runs to the next time at which something happens. */
  #advance(): void {
    const fromUs = this.#nowUs;
    const horizonUs = this.#horizonUs();
    const aheadUs = Math.min(horizonUs, fromUs - (fromUs % AHEAD_US) + AHEAD_US);
    const due = this.#meetings.dueUntil(aheadUs, fromUs);
    const leases = due.length === 0 ? null : leasesOf(due, this.#memory, this.#meetings, this.#policy.wakes);
    if (leases === null) this.#runQuantum(horizonUs);
    else this.#runAhead(due, leases, aheadUs);
    this.#viewUs = this.#nowUs;
    const us = this.#nowUs - fromUs;
    this.#power();
    this.#fit(us);
  }

  /** The end of the quantum in which the host has something to do next that is not up to VMs. */
  #horizonUs(): Us {
    let { nextUs } = this.#policy;
    for (const { scenario, isOn, isOver } of this.#members) {
      if (!isOver) nextUs = Math.min(nextUs, isOn ? scenario.offUs : scenario.onUs);
    }
    return this.#quantumEnd(nextUs);
  }

  /** The end of the quantum in which a time lies, not before the end of the current one. */
  #quantumEnd(us: Us): Us {
    const now = this.#nowUs;
    const quanta = Math.max(1, Math.ceil((us - now) / this.#quantumUs));
    return Math.min(this.#endUs, now + quanta * this.#quantumUs);
  }

  /** VMs run up to a time without meeting the host, or until they have to. */
  #runAhead(due: readonly number[], leases: readonly Pages[], untilUs: Us): void {
    this.#sampleUntil(untilUs);
    due.forEach((vm, i) => {
      const member = this.#members[vm] as Member;
      this.#meetings.order(member, 0, this.#nowUs, untilUs);
      member.order[Order.Backed] = Number.POSITIVE_INFINITY;
      member.order[Order.Lease] = member.memory.backed + (leases[i] as Pages);
      member.order[Order.QuantumUs] = this.#quantumUs;
    });
    this.#meetFor(due, untilUs);
  }

  /** VMs run for a quantum, or to the end of the next one in which one of them has something to do. */
  #runQuantum(horizonUs: Us): void {
    let nextUs = horizonUs;
    for (const member of this.#members) nextUs = Math.min(nextUs, member.dueUs(this.#nowUs));
    if (this.#memory.vms.some(({ debt }) => debt > 0)) nextUs = this.#nowUs;
    const untilUs = this.#quantumEnd(nextUs);
    this.#sampleUntil(untilUs);
    const meetings = this.#meetings;
    const now = this.#nowUs;
    const due = meetings.dueUntil(untilUs, now);
    const grants = this.#memory.grants(due, meetings.leasesBeside(due));
    due.forEach((vm, i) => {
      meetings.order(meetings.of(vm), grants[i] as Pages, now, untilUs);
    });
    this.#meetFor(due, untilUs);
  }

  /** VMs carry out their orders up to a time, or until one of them has to meet the host earlier. */
  #meetFor(due: readonly number[], untilUs: Us): void {
    const { atUs, paid } = this.#meetings.run(due, this.#nowUs, untilUs);
    this.#paid = paid;
    this.#nowUs = atUs;
  }

  /** Balances the host's book after a time: swaps what does not fit; ends VMs for which there is no swap, either. */
  #fit(us: Us): void {
    let missing = this.#memory.fit(this.#paid, Math.min(us, this.#quantumUs));
    this.#paid = 0;
    while (missing > 0) {
      this.#kill();
      missing = this.#memory.fit(0, 0);
    }
  }

  /** Ends the VM that has the most memory, as Linux's OOM killer does on a host. */
  #kill(): void {
    let victim = -1;
    this.#members.forEach(({ isOn, memory }, vm) => {
      if (isOn && (victim < 0 || memory.backed > (this.#members[victim] as Member).memory.backed)) victim = vm;
    });
    if (victim < 0)
      throw new RunError("the host has no memory for itself: it is all reserved, or needed as overhead of VMs");
    (this.#members[victim] as Member).isKilled = true;
    this.#powerOff(victim);
    this.#watches.kill(this.#view, victim);
  }

  /** Powers VMs on and off whose time has come. */
  #power(): void {
    const now = this.#nowUs;
    this.#members.forEach((member, vm) => {
      const { scenario, isOn, isOver } = member;
      if (isOn && now >= scenario.offUs) this.#powerOff(vm);
      else if (!isOn && !isOver && now >= scenario.onUs && now < scenario.offUs && now < this.#endUs) this.#powerOn(vm);
    });
  }

  #powerOn(vm: number): void {
    const member = this.#meetings.of(vm);
    member.target = member.balloonFor(member.scenario.target * PAGE_BYTES);
    member.beganUs = this.#nowUs;
    this.#meetings.begin(vm, this.#nowUs);
  }

  #powerOff(vm: number): void {
    this.#meetings.end(vm, this.#nowUs);
    this.#meetings.of(vm).endedUs = this.#nowUs;
  }

  /**
   * At time 0 the VMs have been on for long, so what does not fit is gone already: free pages of guests first, as if they had been
   * in a balloon since.
   */
  #fitAtStart(): void {
    const on = this.#meetings.on();
    // In proportion to the free pages of each; a VM can't forget more than these.
    const freePages = on.map((vm) => this.#meetings.of(vm).report[Report.Free] as Pages);
    const parts = split(Math.max(0, -this.#memory.free), freePages);
    on.forEach((vm, i) => {
      const { order } = this.#meetings.of(vm);
      order[Order.Work] = Work.Forget;
      order[Order.SwapOut] = parts[i] as Pages;
    });
    const before = this.#memory.consumed;
    this.#meetings.meet(on);
    this.#unfit.untouched = before - this.#memory.consumed;
    this.#fit(0);
    this.#unfit.swapped = this.#memory.swapped;
    this.#memory.begin();
  }

  /** The policy is asked, where that is due; observers hear of its decisions. */
  *#consult(): Generator<void, void, void> {
    const decisions = yield* this.#policy.consult(this.#nowUs, () => this.#fit(0));
    if (decisions !== null) this.#watches.decide(this.#view, decisions);
  }

  /** Samples from now on, before a time until which nothing changes: so samples do not change the run. */
  #sampleUntil(untilUs: Us): void {
    if (!this.#watches.isDueBefore(untilUs)) return;
    this.#meetings.look();
    this.#watches.sampleUntil(untilUs, this.#view, (us) => {
      this.#viewUs = us;
    });
    this.#viewUs = this.#nowUs;
  }

  /** The host's book stays as it is until the next meeting. */
  #changed(): void {
    this.#check();
    this.#watches.change(this.#view);
  }

  #check(): void {
    if (!this.#isChecked) return;
    this.#memory.check();
    this.#group.check();
    for (const { isOn, report, scenario } of this.#members) {
      const { Backed, Locked, Untouched, Swapped } = Report;
      const sum = [Backed, Locked, Untouched, Swapped].reduce((all, column) => all + (report[column] as Pages), 0);
      if (isOn && sum !== scenario.memory)
        throw new Error(`the book of ${scenario.name} is wrong: it has ${sum} pages`);
    }
  }

  #end(): void {
    const on = this.#meetings.on();
    for (const vm of on) this.#meetings.order(this.#meetings.of(vm), 0, this.#endUs, this.#endUs);
    this.#meetings.meet(on);
    this.#fit(0);
    this.#changed();
    this.#meetings.look();
    this.#watches.end(this.#view);
    this.#members.forEach(({ isOn }, vm) => {
      if (isOn) this.#powerOff(vm);
    });
    this.#group.close();
  }
}
