import { RunError } from "../../../common/errors.ts";
import { PAGE_BYTES, type Pages, type Us } from "../../../common/units.ts";
import { LARGE_PAGE_FRAMES } from "../../../engine/index.ts";
import type { HostScenario } from "../scenario/types.ts";
import type { Decisions, TargetPolicyInstance, Wakes } from "../target-policy.ts";
import type { HostView } from "../view.ts";
import { Order, Report, Sampling, Work } from "./exchange.ts";
import { HostMemory } from "./host-memory.ts";
import { Member } from "./member.ts";
import { policyView } from "./policy-view.ts";
import type { HostObserver, HostRunView, SampledObserver } from "./run-view.ts";
import { split } from "./split.ts";
import { LEASE } from "./vm-book.ts";
import type { VmGroup } from "./vm-group.ts";

/**
 * Time between two meetings of the VMs with the host, in which each lives by what it was granted, in microseconds. Half of it
 * changes figures of a host that is very short of memory by a few per cent.
 */
export const QUANTUM_US: Us = 50_000;
/** The longest that a run may have instead. */
const MAX_QUANTUM_US: Us = 100_000;

/** VMs that can't make anything happen on the host run ahead as far as the next multiple of this. */
const AHEAD_US: Us = 1_000_000;
/** The least that each VM must be able to take for VMs to run ahead: less is gone at once. */
const LEASE_MIN: Pages = 16_384;

/** How a host runs. */
export interface HostRunOptions {
  /** Time between two meetings, up to 100,000; default `QUANTUM_US`. */
  readonly quantumUs?: Us;
  /** End of the run, if before that of the scenario. */
  readonly untilUs?: Us;
  /** Looks at all books after every meeting. */
  readonly isChecked?: boolean;
}

/** An observer, and when it takes its next sample; Infinity: never. */
interface Watch {
  readonly observer: HostObserver;
  readonly everyUs: Us;
  nextUs: Us;
}

/**
 * A host in virtual time: its VMs run side by side, and meet it at the ends of *quanta*. In a quantum each VM lives by what the
 * host has granted it; at its end the host balances its book, swaps what does not fit, and lets its policy decide. Quanta in which
 * no VM has anything to do are passed over.
 */
export class HostRun {
  readonly #scenario: HostScenario;
  readonly #group: VmGroup;
  readonly #members: readonly Member[];
  readonly #memory: HostMemory;
  readonly #policy: TargetPolicyInstance;
  readonly #observers: readonly Watch[];
  readonly #quantumUs: Us;
  readonly #endUs: Us;
  readonly #isChecked: boolean;
  /** Pages that VMs have waited for the host to write, since it last balanced its book. */
  #paid: Pages = 0;
  #hasBegun = false;
  #isOver = false;
  #nowUs: Us = 0;
  #observeUs: Us;
  #decideUs: Us = 0;
  #wakes: Wakes = {};
  /** Time of the view: that of the run, or of a sample in a time in which nothing happens. */
  #viewUs: Us = 0;
  #state: string | null = null;
  #decisions = 0;
  #changes = 0;
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
    this.#scenario = scenario;
    this.#group = group;
    this.#memory = new HostMemory(scenario);
    this.#members = scenario.vms.map((vm, index) => new Member(vm, index, this.#memory, group));
    this.#policy = scenario.policy.create(scenario.params);
    this.#observers = observers.map(watch);
    this.#quantumUs = quantumUs;
    this.#endUs = Math.min(untilUs ?? Number.POSITIVE_INFINITY, scenario.durationUs);
    this.#isChecked = isChecked;
    this.#observeUs = scenario.policy.sampleUs === null ? Number.POSITIVE_INFINITY : 0;
    const run = this;
    this.#view = {
      scenario,
      memory: this.#memory,
      vms: this.#members,
      get timeUs() {
        return run.#viewUs;
      },
      get state() {
        return run.#state;
      },
      get decisions() {
        return run.#decisions;
      },
      get changes() {
        return run.#changes;
      },
    };
  }

  /** Runs to the end. @throws {InputError} @throws {RunError} as `VmGroup.meet`, and by the policy */
  run(): void {
    while (this.runFor(Number.POSITIVE_INFINITY));
  }

  /**
   * Runs for a number of meetings of the VMs with the host; false once the run is over.
   * @throws {InputError} @throws {RunError} as `run`
   */
  runFor(meetings: number): boolean {
    if (this.#isOver) return false;
    if (!this.#hasBegun) this.#begin();
    this.#hasBegun = true;
    for (let left = meetings; left > 0 && this.#nowUs < this.#endUs; left--) this.#advance();
    if (this.#nowUs < this.#endUs) return true;
    this.#isOver = true;
    this.#end();
    return false;
  }

  /** The fraction of the run that is done, 0 to 1. */
  get progress(): number {
    return this.#nowUs / this.#endUs;
  }

  get view(): HostRunView {
    return this.#view;
  }

  #begin(): void {
    this.#power();
    this.#fitAtStart();
    this.#consult();
    this.#check();
  }

  /** Runs to the next time at which something happens. */
  #advance(): void {
    const fromUs = this.#nowUs;
    const horizonUs = this.#horizonUs();
    const aheadUs = Math.min(horizonUs, fromUs - (fromUs % AHEAD_US) + AHEAD_US);
    const due = this.#dueUntil(aheadUs);
    const leases = due.length === 0 ? null : this.#leases(due);
    if (leases === null) this.#runQuantum(horizonUs);
    else this.#runAhead(due, leases, aheadUs);
    this.#viewUs = this.#nowUs;
    const us = this.#nowUs - fromUs;
    this.#power();
    this.#fit(us);
    this.#consult();
    this.#check();
  }

  /** The end of the quantum in which the host has something to do next that is not up to VMs. */
  #horizonUs(): Us {
    let nextUs = Math.min(this.#observeUs, this.#decideUs);
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

  /** The VMs that have something to do until then. */
  #dueUntil(us: Us): number[] {
    const due: number[] = [];
    for (let vm = 0; vm < this.#members.length; vm++) {
      if ((this.#members[vm] as Member).dueUs(this.#nowUs) <= us) due.push(vm);
    }
    return due;
  }

  /**
   * What VMs may have backed before they have to meet the host, so that all of them together can't make anything happen on it
   * meanwhile: so they can run ahead without meeting it. Null: something may happen.
   */
  #leases(due: readonly number[]): Pages[] | null {
    const memory = this.#memory;
    if (!memory.isQuiet || this.#members.some(({ isBlocked, isSwept }) => isBlocked || isSwept)) return null;
    const { below = 0, above } = this.#wakes;
    if (above !== undefined) {
      const rise = this.#members.reduce((sum, { isOn, coming }) => sum + (isOn ? coming : 0), 0);
      if ((memory.free + rise) * PAGE_BYTES >= above) return null;
    }
    // A VM that is backed with large pages may take a whole one for the last page.
    const kept = Math.ceil(below / PAGE_BYTES) + memory.vms.length * LARGE_PAGE_FRAMES;
    const leases = memory.grants(due, kept);
    return leases.some((pages) => pages < LEASE_MIN) ? null : leases;
  }

  /** VMs run up to a time without meeting the host, or until they have to. */
  #runAhead(due: readonly number[], leases: readonly Pages[], untilUs: Us): void {
    this.#sampleUntil(untilUs);
    due.forEach((vm, i) => {
      const member = this.#members[vm] as Member;
      this.#order(member, 0, untilUs);
      member.order[Order.Backed] = Number.POSITIVE_INFINITY;
      member.order[Order.Lease] = member.memory.backed + (leases[i] as Pages);
      member.order[Order.QuantumUs] = this.#quantumUs;
    });
    const atUs = this.#meetAll(due, untilUs - this.#nowUs);
    this.#nowUs = Math.min(untilUs, atUs);
  }

  /** VMs run for a quantum, or to the end of the next one in which one of them has something to do. */
  #runQuantum(horizonUs: Us): void {
    let nextUs = horizonUs;
    let kept = 0;
    for (const member of this.#members) nextUs = Math.min(nextUs, member.dueUs(this.#nowUs));
    if (this.#memory.vms.some(({ debt }) => debt > 0)) nextUs = this.#nowUs;
    const untilUs = this.#quantumEnd(nextUs);
    this.#sampleUntil(untilUs);
    const due = this.#dueUntil(untilUs);
    for (const member of this.#members) if (member.isSwept && member.dueUs(this.#nowUs) > untilUs) kept += LEASE;
    const grants = this.#memory.grants(due, kept);
    due.forEach((vm, i) => {
      this.#order(this.#members[vm] as Member, grants[i] as Pages, untilUs);
    });
    this.#meetAll(due, untilUs - this.#nowUs);
    this.#nowUs = untilUs;
  }

  /**
   * VMs carry out their orders in a time; the host notes what that cost it.
   * @returns the earliest time up to which one of them has run
   */
  #meetAll(due: readonly number[], us: Us): Us {
    let atUs = Number.POSITIVE_INFINITY;
    let read = 0;
    this.#paid = 0;
    for (const vm of due) {
      const { report, memory } = this.#members[vm] as Member;
      read -= report[Report.Reads] as number;
      this.#paid -= report[Report.Written] as number;
      memory.growth = -memory.backed;
    }
    this.#meet(due);
    for (const vm of due) {
      const { report, memory } = this.#members[vm] as Member;
      read += report[Report.Reads] as number;
      this.#paid += report[Report.Written] as number;
      memory.growth += memory.backed;
      atUs = Math.min(atUs, report[Report.AtUs] as Us);
    }
    this.#memory.noteDevice(read, this.#paid, us);
    return atUs;
  }

  #order(member: Member, grant: Pages, untilUs: Us): void {
    const { order, memory } = member;
    const { readNs, writeNs } = this.#memory;
    order[Order.Work] = Work.Run;
    order[Order.NowUs] = this.#nowUs;
    order[Order.UntilUs] = untilUs;
    order[Order.Backed] = memory.backed + (member.isBlocked ? 0 : grant);
    order[Order.ReadNs] = readNs;
    order[Order.WriteNs] = writeNs;
    order[Order.BlockNs] = member.isBlocked ? this.#quantumUs * 1000 : 0;
    order[Order.SwapOut] = memory.swapOut;
    order[Order.Sampling] = Sampling.None;
    order[Order.QuantumUs] = 0;
    order[Order.IsLook] = 0;
    memory.swapOut = 0;
    member.hasOrders = false;
  }

  /** VMs carry out their orders; the host notes what they have reported. */
  #meet(vms: readonly number[]): void {
    this.#group.meet(vms);
    for (const vm of vms) {
      const { memory, order, report } = this.#members[vm] as Member;
      // What it still has to swap is swapped in the host's book.
      memory.backed = (report[Report.Backed] as Pages) - memory.swapOut;
      memory.swapped = (report[Report.Swapped] as Pages) + memory.swapOut;
      order[Order.Target] = -1;
    }
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
    for (const { observer } of this.#observers) observer.kill?.(this.#view, victim);
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
    const member = this.#members[vm] as Member;
    member.target = member.balloonFor(member.scenario.target * PAGE_BYTES);
    member.order[Order.Work] = Work.Begin;
    member.order[Order.NowUs] = this.#nowUs;
    member.order[Order.Target] = member.target;
    member.order[Order.IsLook] = 1;
    member.memory.isOn = true;
    member.beganUs = this.#nowUs;
    this.#meet([vm]);
  }

  #powerOff(vm: number): void {
    const member = this.#members[vm] as Member;
    member.order[Order.Work] = Work.End;
    member.order[Order.NowUs] = this.#nowUs;
    this.#group.meet([vm]);
    Object.assign(member.memory, { isOn: false, backed: 0, swapped: 0, growth: 0, debt: 0, swapOut: 0 });
    member.endedUs = this.#nowUs;
  }

  /**
   * At time 0 the VMs have been on for long, so what does not fit is gone already: free pages of guests first, as if they had been
   * in a balloon since.
   */
  #fitAtStart(): void {
    const on = this.#on();
    // In proportion to the free pages of each; a VM can't forget more than these.
    const freePages = on.map((vm) => (this.#members[vm] as Member).report[Report.Free] as Pages);
    const parts = split(Math.max(0, -this.#memory.free), freePages);
    on.forEach((vm, i) => {
      const { order } = this.#members[vm] as Member;
      order[Order.Work] = Work.Forget;
      order[Order.SwapOut] = parts[i] as Pages;
    });
    this.#meet(on);
    this.#fit(0);
    this.#memory.forgetDevice();
  }

  /** The policy takes a sample, and decides, where these are due, or where it wants to be asked because of the free memory. */
  #consult(): void {
    const now = this.#nowUs;
    const isSample = now >= this.#observeUs;
    const isDecision = now >= this.#decideUs || this.#isWoken();
    if (!isSample && !isDecision) return;
    const { everyUs, sampleUs } = this.#scenario.policy;
    const view = this.#policyView(isSample ? Sampling.Take : Sampling.Look);
    if (isSample) {
      this.#policy.observe(view);
      this.#observeUs = later(this.#observeUs, sampleUs ?? Number.POSITIVE_INFINITY, now);
    }
    // VMs that had orders have carried them out.
    this.#fit(0);
    if (!isDecision) return;
    const decisions = this.#policy.decide(view);
    this.#decideUs = now + (decisions.againUs ?? everyUs);
    this.#wakes = decisions.wakes ?? {};
    this.#apply(decisions);
    this.#decisions++;
    for (const { observer } of this.#observers) observer.decide?.(this.#view, decisions);
  }

  #isWoken(): boolean {
    const { below, above } = this.#wakes;
    if (below === undefined && above === undefined) return false;
    const free = this.#memory.free * PAGE_BYTES;
    return (below !== undefined && free < below) || (above !== undefined && free >= above);
  }

  /** The view of the policy. */
  #policyView(sampling: number): HostView {
    const { policy } = this.#scenario;
    const on = this.#on();
    const isSampling = policy.samplingUs !== undefined;
    for (const vm of on) {
      const member = this.#members[vm] as Member;
      const { order } = member;
      // A VM that has nothing to do is as it was.
      if (isSampling || member.dueUs(this.#nowUs) <= this.#nowUs) this.#order(member, 0, this.#nowUs);
      else order[Order.Work] = Work.Look;
      order[Order.Backed] = Number.POSITIVE_INFINITY;
      order[Order.Sampling] = isSampling ? sampling : Sampling.None;
      order[Order.IsLook] = 1;
    }
    this.#meet(on);
    return policyView(
      policy,
      this.#nowUs,
      this.#memory,
      on.map((vm) => this.#members[vm] as Member),
    );
  }

  #apply({ targets, state, hostSwap, blocked = [], breakLargePages = false }: Decisions): void {
    this.#state = state ?? null;
    this.#memory.useLargePages(this.#scenario.largePages && !breakLargePages);
    for (const member of this.#members) {
      if (!member.isOn) continue;
      const { name } = member.scenario;
      const size = targets.get(name);
      member.isBlocked = blocked.includes(name);
      member.memory.debt = Math.ceil((hostSwap?.get(name) ?? 0) / PAGE_BYTES);
      const target = size === undefined ? member.target : member.balloonFor(size);
      if (target === member.target) continue;
      member.target = target;
      member.order[Order.Target] = target;
      member.hasOrders = true;
      this.#changes++;
    }
  }

  /** Samples from now on, before a time until which nothing changes: so samples do not change the run. */
  #sampleUntil(untilUs: Us): void {
    if (this.#observers.every(({ nextUs }) => nextUs >= untilUs)) return;
    this.#look();
    for (const watch of this.#observers) {
      for (; watch.nextUs < untilUs; watch.nextUs += watch.everyUs) {
        this.#viewUs = watch.nextUs;
        watch.observer.sample?.(this.#view);
      }
    }
    this.#viewUs = this.#nowUs;
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

  /** All VMs that are on report all their figures, as they are. */
  #look(): void {
    const on = this.#on();
    for (const vm of on) {
      const { order } = this.#members[vm] as Member;
      order[Order.Work] = Work.Look;
      order[Order.Sampling] = Sampling.None;
      order[Order.IsLook] = 1;
    }
    this.#group.meet(on);
  }

  /** The VMs that are on. */
  #on(): number[] {
    return this.#members.flatMap(({ isOn }, vm) => (isOn ? [vm] : []));
  }

  #end(): void {
    const on = this.#on();
    for (const vm of on) this.#order(this.#members[vm] as Member, 0, this.#endUs);
    this.#meet(on);
    this.#fit(0);
    this.#check();
    this.#look();
    for (const { observer } of this.#observers) observer.end?.(this.#view);
    this.#members.forEach(({ isOn }, vm) => {
      if (isOn) this.#powerOff(vm);
    });
    this.#group.close();
  }
}

function watch({ observer, everyUs = Number.POSITIVE_INFINITY }: SampledObserver): Watch {
  if (!(everyUs > 0)) throw new RangeError(`samples every ${everyUs} us`);
  return { observer, everyUs, nextUs: everyUs === Number.POSITIVE_INFINITY ? everyUs : 0 };
}

/** The first time after `nowUs` of those a period apart. */
const later = (fromUs: Us, periodUs: Us, nowUs: Us): Us =>
  Number.isFinite(periodUs)
    ? fromUs + periodUs * (Math.floor((nowUs - fromUs) / periodUs) + 1)
    : Number.POSITIVE_INFINITY;
