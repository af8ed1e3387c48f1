import { PAGE_BYTES, type Us } from "../../../common/units.ts";
import type { HostScenario } from "../scenario/types.ts";
import type { Decisions, TargetPolicyInstance, Wakes } from "../target-policy.ts";
import type { HostView } from "../view.ts";
import { Order, Sampling, Work } from "./exchange.ts";
import type { HostMemory } from "./host-memory.ts";
import type { Meetings } from "./meetings.ts";
import { policyView } from "./policy-view.ts";

/** The rounds of a host's policy: when it takes a sample and decides, on what, and what becomes of its decisions. */
export class PolicyRounds {
  /** State of the host by the policy's words; null: it has none, or has not decided yet. */
  state: string | null = null;
  /** Decisions so far, and targets that they have changed. */
  decisions = 0;
  changes = 0;
  /** Bounds of free memory outside of which it wants to be asked before its time. */
  wakes: Wakes = {};
  readonly #scenario: HostScenario;
  readonly #policy: TargetPolicyInstance;
  readonly #memory: HostMemory;
  readonly #meetings: Meetings;
  #observeUs: Us;
  #decideUs: Us = 0;

  constructor(scenario: HostScenario, memory: HostMemory, meetings: Meetings) {
    this.#scenario = scenario;
    this.#policy = scenario.policy.create(scenario.params);
    this.#memory = memory;
    this.#meetings = meetings;
    this.#observeUs = scenario.policy.sampleUs === null ? Number.POSITIVE_INFINITY : 0;
  }

  /** When it is to be asked next, if free memory stays within its bounds. */
  get nextUs(): Us {
    return Math.min(this.#observeUs, this.#decideUs);
  }

  /**
   * It takes a sample, and decides, where these are due, or where it wants to be asked because of the free memory. Yields from time
   * to time while a policy in a thread of its own works.
   * @param settle called before it decides: VMs that had orders have carried them out
   * @returns what it has decided; null: nothing was due
   */
  *consult(nowUs: Us, settle: () => void): Generator<void, Decisions | null, void> {
    const isSample = nowUs >= this.#observeUs;
    const isDecision = nowUs >= this.#decideUs || this.#isWoken();
    if (!isSample && !isDecision) return null;
    const { everyUs, sampleUs } = this.#scenario.policy;
    const view = this.#view(nowUs, isSample ? Sampling.Take : Sampling.Look);
    if (isSample) {
      yield* this.#ask("observe", view);
      this.#policy.observe(view);
      this.#observeUs = later(this.#observeUs, sampleUs ?? Number.POSITIVE_INFINITY, nowUs);
    }
    settle();
    if (!isDecision) return null;
    yield* this.#ask("decide", view);
    const decisions = this.#policy.decide(view);
    this.#decideUs = nowUs + (decisions.againUs ?? everyUs);
    this.wakes = decisions.wakes ?? {};
    this.#apply(decisions);
    this.decisions++;
    return decisions;
  }

  *#ask(call: "observe" | "decide", view: HostView): Generator<void, void, void> {
    const policy = this.#policy;
    if (policy.ask === undefined) return;
    while (policy.isReady?.() === false) yield;
    policy.ask(call, view);
    while (policy.isReady?.() === false) yield;
  }

  #isWoken(): boolean {
    const { below, above } = this.wakes;
    if (below === undefined && above === undefined) return false;
    const free = this.#memory.free * PAGE_BYTES;
    return (below !== undefined && free < below) || (above !== undefined && free >= above);
  }

  /** What it sees now. */
  #view(nowUs: Us, sampling: number): HostView {
    const meetings = this.#meetings;
    const { policy } = this.#scenario;
    const on = meetings.on();
    const isSampling = policy.samplingUs !== undefined;
    for (const vm of on) {
      const member = meetings.of(vm);
      const { order } = member;
      // A VM that has nothing to do is as it was.
      if (isSampling || member.dueUs(nowUs) <= nowUs) meetings.order(member, 0, nowUs, nowUs);
      else order[Order.Work] = Work.Look;
      order[Order.Backed] = Number.POSITIVE_INFINITY;
      order[Order.Sampling] = isSampling ? sampling : Sampling.None;
      order[Order.IsLook] = 1;
    }
    meetings.meet(on);
    const seen = on.map((vm) => meetings.of(vm));
    return policyView(policy, nowUs, this.#memory, seen);
  }

  #apply({ targets, state, hostSwap, blocked = [], breakLargePages = false }: Decisions): void {
    this.state = state ?? null;
    this.#memory.useLargePages(this.#scenario.largePages && !breakLargePages);
    for (const member of this.#meetings.members) {
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
      this.changes++;
    }
  }
}

/** The first time after `nowUs` of those a period apart. */
const later = (fromUs: Us, periodUs: Us, nowUs: Us): Us =>
  Number.isFinite(periodUs)
    ? fromUs + periodUs * (Math.floor((nowUs - fromUs) / periodUs) + 1)
    : Number.POSITIVE_INFINITY;
