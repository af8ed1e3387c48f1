/** What a policy decides in one round after the other, on a host whose VMs do what they are told. */
import type { Bytes, Us } from "../../common/units.ts";
import { IDEAL_DRIVER, isAtRest, movement } from "./driver-model.ts";
import type { HostState, StatedVm, StateFile } from "./host-state.ts";
import type { Decisions, Outcome, TargetPolicy, TargetPolicyInstance } from "./target-policy.ts";
import type { HostFigures } from "./view.ts";

/** How far, and how. */
export interface RoundsOptions {
  /** The most rounds. */
  readonly rounds: number;
  /** Time between rounds, in which VMs move as their drivers do; null: they are at their targets when the next round begins. */
  readonly stepUs: Us | null;
}

/** The end of a series of rounds. */
export interface Ending {
  readonly outcome: "success" | "failure" | "unfinished";
  readonly stuck: readonly string[];
  readonly why: string;
}

/** A round in which something was decided. */
export interface Round {
  /** From 1. */
  readonly round: number;
  readonly atUs: Us;
  /** All targets that the policy has decided, also those that were the same before. */
  readonly targets: ReadonlyMap<string, Bytes>;
  readonly state: string | undefined;
  readonly hostSwap: ReadonlyMap<string, Bytes>;
  readonly blocked: readonly string[];
  /** Set in the last round, if it is known that it is the last. */
  readonly ending: Ending | null;
}

/**
 * The rounds of a policy: the first one, those that decide something new, the last one if there is an outcome, and all rounds of
 * states that are written down. The first states are those of the file, each for a round; each later one is what the
 * decisions before have made of the last one. Without an outcome, rounds end when nothing changes.
 */
export function roundsOf(policy: TargetPolicy, file: StateFile, options: RoundsOptions): Round[] {
  return new Series(policy, file, options).run();
}

class Series {
  readonly #policy: TargetPolicy;
  readonly #instance: TargetPolicyInstance;
  readonly #states: readonly HostState[];
  readonly #options: RoundsOptions;
  readonly #rounds: Round[] = [];
  #now: HostState;
  #nowUs: Us = 0;
  /** Rounds in a row in which nothing changed. */
  #quiet = 0;

  constructor(policy: TargetPolicy, { states, params }: StateFile, options: RoundsOptions) {
    this.#policy = policy;
    this.#instance = policy.create(params);
    this.#states = states;
    this.#options = options;
    this.#now = states[0] as HostState;
  }

  run(): Round[] {
    const { rounds, stepUs } = this.#options;
    for (let round = 1; round <= rounds; round++) {
      this.#now = this.#states[round - 1] ?? this.#now;
      if (this.#decide(round)) return this.#rounds;
      this.#nowUs += stepUs ?? this.#policy.everyUs;
      if (this.#move(round)) return this.#rounds;
      if (round >= this.#states.length && this.#isOver()) return this.#rounds;
    }
    if (stepUs !== null) this.#end(rounds, { outcome: "unfinished", stuck: [], why: this.#unfinished() });
    return this.#rounds;
  }

  /** @returns whether the policy has done what it was asked for */
  #decide(round: number): boolean {
    const view = { nowUs: this.#nowUs, host: this.#now.host, vms: this.#now.vms };
    if (this.#policy.sampleUs !== null) this.#instance.observe(view);
    const decisions = this.#instance.decide(view);
    const isNew = this.#changes(decisions) || decisions.state !== this.#rounds.at(-1)?.state;
    this.#quiet = isNew ? 0 : this.#quiet + 1;
    const { outcome } = decisions;
    const isWritten = this.#states.length > 1 && round <= this.#states.length;
    if (round === 1 || isWritten || isNew || outcome !== undefined) {
      this.#rounds.push({
        round,
        atUs: this.#nowUs,
        targets: decisions.targets,
        state: decisions.state,
        hostSwap: decisions.hostSwap ?? new Map(),
        blocked: decisions.blocked ?? [],
        ending: outcome === undefined ? null : endingOf(outcome),
      });
    }
    this.#now = { ...this.#now, vms: this.#now.vms.map((vm) => ({ ...vm, ...targetOf(vm, decisions) })) };
    return outcome !== undefined;
  }

  /** Whether a target differs from the one before; from the size of a VM that has none. */
  #changes({ targets }: Decisions): boolean {
    return this.#now.vms.some(({ name, size, target = size }) => (targets.get(name) ?? target) !== target);
  }

  /**
   * Moves the VMs for the time until the next round.
   * @returns whether that was the end: a VM took memory that the host does not have
   */
  #move(round: number): boolean {
    const { stepUs } = this.#options;
    if (stepUs !== null) return this.#step(round, stepUs);
    // All at once: what one gives, another one gets.
    const changes = this.#now.vms.map((vm) => movement(IDEAL_DRIVER, wayOf(vm, 0), 0, this.#policy.everyUs));
    const sum = changes.reduce((all, change) => all + change, 0);
    this.#now = {
      host: this.#movedHost(sum),
      vms: this.#now.vms.map((vm, index) => movedVm(vm, changes[index] as Bytes)),
    };
    return false;
  }

  /** Moves the VMs one after the other, in their order, by what their drivers do in a step. */
  #step(round: number, stepUs: Us): boolean {
    const vms: StatedVm[] = [];
    for (const vm of this.#now.vms) {
      const change = movement(vm.driver, wayOf(vm, vm.inaccuracy ?? 0), this.#nowUs - stepUs, this.#nowUs);
      const { free } = this.#now.host;
      if (free !== undefined && change > free) {
        const why = `${vm.name} takes ${change} bytes, and the host has ${free} free`;
        this.#end(round, { outcome: "failure", stuck: [], why });
        return true;
      }
      this.#now = { ...this.#now, host: this.#movedHost(change) };
      vms.push(movedVm(vm, change));
    }
    this.#now = { ...this.#now, vms };
    return false;
  }

  #movedHost(change: Bytes): HostFigures {
    const { free, used, goal } = this.#now.host;
    return {
      ...this.#now.host,
      ...(free === undefined ? {} : { free: Math.max(0, free - change) }),
      ...(used === undefined ? {} : { used: Math.max(0, used + change) }),
      ...(goal === undefined || this.#policy.goal !== "change" ? {} : { goal: goal - change }),
    };
  }

  /** Nothing has changed in the last round, and nothing can change in the next one. */
  #isOver(): boolean {
    const { stepUs } = this.#options;
    return this.#quiet > this.#instance.settles && (stepUs === null || this.#onTheirWay().length === 0);
  }

  #onTheirWay(): string[] {
    return this.#now.vms.filter((vm) => !isAtRest(vm.driver, wayOf(vm, vm.inaccuracy ?? 0))).map(({ name }) => name);
  }

  /** Adds the end to the round if it is there, or to a new one in which nothing was decided. */
  #end(round: number, ending: Ending): void {
    const last = this.#rounds.at(-1);
    if (last?.round === round) this.#rounds.splice(-1, 1, { ...last, ending });
    else {
      const nothing = { targets: new Map(), hostSwap: new Map(), blocked: [] };
      this.#rounds.push({ round, atUs: this.#nowUs, ...nothing, state: last?.state, ending });
    }
  }

  #unfinished(): string {
    const late = this.#onTheirWay();
    const who = late.length === 0 ? "the policy is not at its end" : `not at their targets: ${late.join(", ")}`;
    return `no more rounds, ${who}`;
  }
}

const endingOf = ({ success, stuck, why }: Outcome): Ending => ({
  outcome: success ? "success" : "failure",
  stuck,
  why,
});

const targetOf = ({ name }: StatedVm, { targets }: Decisions) => {
  const target = targets.get(name);
  return target === undefined ? {} : { target };
};

/** A VM without a target, or without a size, stays as it is. */
const wayOf = ({ target, actual, size }: StatedVm, inaccuracy: Bytes) => {
  const from = actual ?? size ?? target ?? 0;
  return { actual: from, target: target ?? from, inaccuracy };
};

/** The VM after a change of its size. What it gets is free in it, and it gives what is free first. */
const movedVm = (vm: StatedVm, change: Bytes): StatedVm => ({
  ...vm,
  ...(vm.size === undefined ? {} : { size: vm.size + change }),
  ...(vm.actual === undefined ? {} : { actual: vm.actual + change }),
  ...(vm.free === undefined ? {} : { free: Math.max(0, vm.free + change) }),
});
