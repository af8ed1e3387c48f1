import type { Bytes, Us } from "../../../common/units.ts";
import type { HostParams } from "../params.ts";
import type { Decisions, Outcome, TargetPolicy, TargetPolicyInstance } from "../target-policy.ts";
import type { HostView, VmFigures } from "../view.ts";

/** Values of the policy's parameters. */
export interface SqueezedParams extends HostParams {
  readonly inaccuracy: Bytes;
  readonly "stuck-after": Us;
  readonly "two-phases": number;
  readonly "give-up-stuck": number;
  readonly "allow-for-inaccuracy": number;
  readonly reserve: Bytes;
  readonly "balance-every": Us;
}

/** Xen's squeezed, of XAPI: frees memory for new VMs, and balances what is left. */
export const SQUEEZED: TargetPolicy<SqueezedParams> = {
  name: "squeezed",
  meaning:
    "Xen's squeezed: every guest has the same fraction of its dynamic range, such that the host has the free memory that it wants.",
  params: [
    {
      name: "inaccuracy",
      kind: "bytes",
      default: 4096,
      min: 0,
      max: 2 ** 40,
      meaning: "How far from its target a VM still is at its target, for VMs whose state has no inaccuracy.",
    },
    {
      name: "stuck-after",
      kind: "time",
      default: 5_000_000,
      min: 0,
      max: 3600_000_000,
      meaning: "A VM that has not moved towards its target for longer is stuck, until it moves again.",
    },
    {
      name: "two-phases",
      kind: "switch",
      default: 1,
      min: 0,
      max: 1,
      meaning: "1: guests get memory only when no guest has to give any more. 0: at once.",
    },
    {
      name: "give-up-stuck",
      kind: "switch",
      default: 1,
      min: 0,
      max: 1,
      meaning: "1: stuck VMs are left out, and the others give more. 0: they are waited for.",
    },
    {
      name: "allow-for-inaccuracy",
      kind: "switch",
      default: 1,
      min: 0,
      max: 1,
      meaning: "1: a VM counts as giving less than its minimum suggests, by twice its inaccuracy. 0: it does not.",
    },
    {
      name: "reserve",
      kind: "bytes",
      default: 9 * 2 ** 20,
      min: 0,
      max: 2 ** 52,
      meaning: "The free memory that the host is to have if its state has no goal.",
    },
    {
      name: "balance-every",
      kind: "time",
      default: 10_000_000,
      min: 1000,
      max: 3600_000_000,
      meaning: "Time between two looks at a host whose VMs are in balance, in runs of hosts.",
    },
  ],
  everyUs: 1_000_000,
  sampleUs: null,
  populates: true,
  goal: "free",
  needs: {
    host: [["free"]],
    vm: ["min", "max", "target", "actual"],
    optionalHost: ["goal"],
    optionalVm: ["inaccuracy", "ballooning"],
  },
  create: (params) => new Squeezed(params),
};

/** A VM with all figures that count. */
interface Domain {
  readonly name: string;
  readonly min: Bytes;
  readonly max: Bytes;
  readonly target: Bytes;
  readonly actual: Bytes;
  readonly inaccuracy: Bytes;
  readonly ballooning: boolean;
}

/** What is remembered of a VM. */
interface Progress {
  actual: Bytes;
  /** When it was last seen at its target, or to move towards it. */
  movedUs: Us;
  stuck: boolean;
}

interface SqueezedState {
  readonly progress: Map<string, Progress>;
  /** VMs that the last decision left out. */
  inactive: readonly string[];
  /**
   * The targets that it has set last. A host that counts in pages, or whose balloons have a largest size, shows other ones: they are
   * no reason to set them again.
   */
  readonly set: Map<string, Bytes>;
  /** Whether it was at its end at the last decision, and looks now and then whether VMs are still in balance. */
  isResting: boolean;
}

class Squeezed implements TargetPolicyInstance {
  readonly state: SqueezedState = { progress: new Map(), inactive: [], set: new Map(), isResting: false };
  /** In the same view its VMs become stuck, after a time. */
  readonly settles = Number.POSITIVE_INFINITY;
  readonly #params: SqueezedParams;

  constructor(params: SqueezedParams) {
    this.#params = params;
  }

  observe(): void {}

  decide({ nowUs, host, vms }: HostView): Decisions {
    const { free = 0, goal = this.#params.reserve } = host;
    const all = vms.map((vm) => this.#domainOf(vm));
    this.#watchAll(all, nowUs);
    const active = all.filter((domain) => domain.ballooning && !this.#isLeftOut(domain));
    const wanted = this.#proportional(active, free, goal);
    const freeing = active.filter((domain) => isToFree(domain, wanted.get(domain.name) as Bytes));
    const chosen = this.#params["two-phases"] === 1 && freeing.length > 0 ? freeing : active;
    const changes = chosen.filter((domain) => this.#isNew(domain, wanted.get(domain.name) as Bytes));
    if (changes.length === 0 && this.state.isResting) return this.#rest(new Map());
    const held = this.#holdInactive(all, active);
    if (changes.length === 0 && active.every(isAtTarget)) {
      const outcome = this.#outcome(all, active, free, goal);
      return { ...this.#rest(held), outcome };
    }
    this.state.isResting = false;
    const targets = new Map([...held, ...chosen.map(({ name }) => [name, wanted.get(name) as Bytes] as const)]);
    this.#remember(targets);
    return { targets, state: freeing.length > 0 ? "freeing" : "allocating" };
  }

  #isNew({ name, target }: Domain, wanted: Bytes): boolean {
    return wanted !== target && wanted !== this.state.set.get(name);
  }

  #remember(targets: ReadonlyMap<string, Bytes>): void {
    for (const [name, target] of targets) this.state.set.set(name, target);
  }

  /** Until VMs are out of balance again. Each time they are, it begins anew: no VM is stuck then. */
  #rest(targets: ReadonlyMap<string, Bytes>): Decisions {
    this.state.isResting = true;
    this.state.progress.clear();
    this.state.inactive = [];
    this.#remember(targets);
    return { targets, againUs: this.#params["balance-every"] };
  }

  #domainOf(vm: VmFigures): Domain {
    const { name, min = 0, max = 0, size = 0, actual = size, target = actual, ballooning = true } = vm;
    return { name, min, max, target, actual, ballooning, inaccuracy: vm.inaccuracy ?? this.#params.inaccuracy };
  }

  #watchAll(domains: readonly Domain[], nowUs: Us): void {
    const names = new Set(domains.map(({ name }) => name));
    for (const known of [this.state.progress, this.state.set]) {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    }
    for (const domain of domains) this.#watch(domain, nowUs);
  }

  /** Notes whether a VM has moved towards its target, and whether it is stuck. */
  #watch(domain: Domain, nowUs: Us): void {
    const { name, actual, target } = domain;
    const known = this.state.progress.get(name) ?? { actual, movedUs: nowUs, stuck: false };
    this.state.progress.set(name, known);
    const moved = actual - known.actual;
    known.actual = actual;
    // Its patience begins when there is a way to go: a driver that was at its target for long may sleep when it gets another one.
    if (isAtTarget(domain)) known.movedUs = nowUs;
    else if (moved !== 0 && moved > 0 === target > actual) {
      known.movedUs = nowUs;
      known.stuck = false;
    } else if (nowUs - known.movedUs > this.#params["stuck-after"]) known.stuck = true;
  }

  #isStuck({ name }: Domain): boolean {
    return this.state.progress.get(name)?.stuck ?? false;
  }

  #isLeftOut(domain: Domain): boolean {
    return this.#params["give-up-stuck"] === 1 && this.#isStuck(domain);
  }

  /** The least that a VM gives if it is sent to its minimum. */
  #freeable({ actual, min, inaccuracy }: Domain): Bytes {
    return Math.max(0, actual - min - (this.#params["allow-for-inaccuracy"] === 1 ? 2 * inaccuracy : 0));
  }

  /** The most free memory that the host can have. */
  #mostFree(active: readonly Domain[], free: Bytes): Bytes {
    return active.reduce((sum, domain) => sum + this.#freeable(domain), free);
  }

  /** Targets that give every VM the same fraction of its dynamic range. */
  #proportional(active: readonly Domain[], free: Bytes, goal: Bytes): Map<string, Bytes> {
    const surplus = Math.max(0, this.#mostFree(active, free) - goal);
    const range = active.reduce((sum, { min, max }) => sum + max - min, 0);
    const gamma = range === 0 ? 0 : Math.min(1, surplus / range);
    return new Map(active.map(({ name, min, max }) => [name, min + Math.trunc(gamma * (max - min))]));
  }

  /** Targets of VMs that are left out from now on: they may give what they were asked for, but not take any more. */
  #holdInactive(all: readonly Domain[], active: readonly Domain[]): Map<string, Bytes> {
    const inactive = all.filter((domain) => !active.includes(domain));
    const fresh = inactive.filter(({ name }) => !this.state.inactive.includes(name));
    this.state.inactive = inactive.map(({ name }) => name);
    return new Map(fresh.filter((domain) => heldAt(domain) !== domain.target).map((one) => [one.name, heldAt(one)]));
  }

  #outcome(all: readonly Domain[], active: readonly Domain[], free: Bytes, goal: Bytes): Outcome {
    const stuck = all.filter((domain) => domain.ballooning && this.#isLeftOut(domain)).map(({ name }) => name);
    if (free >= goal)
      return { success: true, stuck, why: `the host has ${free} bytes free of the ${goal} that it wants` };
    const lack = `the host has ${free} bytes free and wants ${goal}`;
    const most = this.#mostFree(active, free);
    if (stuck.length > 0) return { success: false, stuck, why: `${lack}: drivers are stuck` };
    if (most < goal)
      return { success: false, stuck, why: `${lack}: the minimums are too high, ${most} at most could be free` };
    return { success: false, stuck, why: `${lack}: all guests are at their targets` };
  }
}

const isAtTarget = ({ actual, target, inaccuracy }: Domain): boolean => Math.abs(actual - target) <= inaccuracy;

/** Whether a new target makes a VM give memory. */
const isToFree = ({ actual, inaccuracy }: Domain, target: Bytes): boolean => actual - target > inaccuracy;

/** The target of a VM that is left out, within its dynamic range. */
const heldAt = ({ min, max, target, actual }: Domain): Bytes => Math.min(max, Math.max(min, Math.min(target, actual)));
