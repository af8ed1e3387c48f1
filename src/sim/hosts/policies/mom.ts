import type { Bytes } from "../../../common/units.ts";
import type { HostParams } from "../params.ts";
import type { TargetPolicy, TargetPolicyInstance } from "../target-policy.ts";
import type { HostView, VmFigures } from "../view.ts";

/** Values of the policy's parameters. */
export interface MomParams extends HostParams {
  readonly pressure: number;
  readonly critical: number;
  readonly "guest-free": number;
  readonly "max-change": number;
  readonly "min-change": number;
  readonly samples: number;
  /** How a guest's minimum and what it uses make its lower bound. */
  readonly "lower-bound": "min" | "max";
}

const MAX_SAMPLES = 1000;

/** The policy `balloon.rules` of MOM, the memory manager of oVirt. */
export const MOM: TargetPolicy<MomParams> = {
  name: "mom",
  meaning:
    "MOM (oVirt): shrinks every guest by up to 5 % while less than 20 % of the host is free, else lets them grow by as much.",
  params: [
    {
      name: "pressure",
      kind: "ratio",
      default: 0.2,
      min: 0.0001,
      max: 1,
      meaning: "Guests shrink while a smaller fraction of the host's memory than this is free.",
    },
    {
      name: "critical",
      kind: "ratio",
      default: 0.05,
      min: 0,
      max: 1,
      atMost: "pressure",
      meaning: "At this free fraction and below, guests have to give memory that they use.",
    },
    {
      name: "guest-free",
      kind: "ratio",
      default: 0.2,
      min: 0,
      max: 1,
      meaning: "Fraction of its size that a guest keeps free without pressure; under pressure less, in proportion.",
    },
    {
      name: "max-change",
      kind: "ratio",
      default: 0.05,
      min: 0,
      max: 1,
      meaning: "Largest change of a guest in a decision, as a fraction of its size.",
    },
    {
      name: "min-change",
      kind: "ratio",
      default: 0.0025,
      min: 0,
      max: 1,
      meaning: "A change that is no larger than this fraction of the size is not made.",
    },
    {
      name: "samples",
      kind: "count",
      default: 10,
      min: 1,
      max: MAX_SAMPLES,
      meaning: "Number of samples, the last ones, of which averages are taken.",
    },
    {
      name: "lower-bound",
      kind: "choice",
      default: "max",
      choices: ["max", "min"],
      meaning:
        "The lower bound of a size: the larger (max) or the smaller (min) one of the guest's minimum and of what it uses and keeps " +
        "free. Versions differ; with min, a minimum that is set is none.",
    },
  ],
  everyUs: 10_000_000,
  sampleUs: 5_000_000,
  goal: "none",
  needs: { host: [["memory", "free"]], vm: ["size", "min", "max", "free"], optionalVm: ["ballooning"] },
  create: (params) => new Mom(params),
};

/** What is remembered of a VM: its figures in the last samples, the oldest first. */
interface Samples {
  readonly size: Bytes[];
  readonly free: Bytes[];
}

interface MomState {
  readonly hostFree: Bytes[];
  readonly vms: Map<string, Samples>;
}

class Mom implements TargetPolicyInstance {
  readonly state: MomState = { hostFree: [], vms: new Map() };
  readonly settles: number;
  readonly #params: MomParams;

  constructor(params: MomParams) {
    this.#params = params;
    this.settles = params.samples;
  }

  observe({ host, vms }: HostView): void {
    this.#keep(this.state.hostFree, host.free ?? 0);
    const names = new Set(vms.map(({ name }) => name));
    for (const name of this.state.vms.keys()) if (!names.has(name)) this.state.vms.delete(name);
    for (const { name, size = 0, free } of vms) {
      // Without an agent, or before it runs, there is no sample of the guest.
      if (free === undefined) continue;
      const samples = this.state.vms.get(name) ?? { size: [], free: [] };
      this.state.vms.set(name, samples);
      this.#keep(samples.size, size);
      this.#keep(samples.free, free);
    }
  }

  decide({ host, vms }: HostView) {
    const { pressure } = this.#params;
    const { memory = 0 } = host;
    const hostFree = memory === 0 ? 0 : mean(this.state.hostFree) / memory;
    const targets = new Map<string, Bytes>();
    for (const vm of vms.filter((one) => this.#isReady(one))) {
      const size = hostFree < pressure ? this.#shrunk(vm, hostFree) : this.#grown(vm);
      if (size !== null && this.#isWorthIt(vm, size)) targets.set(vm.name, size);
    }
    return {
      targets,
      state: hostFree >= pressure ? "free" : hostFree > this.#params.critical ? "pressure" : "critical",
    };
  }

  /** Whether a guest has a driver that runs, and an agent that has answered. Others are left as they are. */
  #isReady({ name, ballooning, free }: VmFigures): boolean {
    return ballooning !== false && free !== undefined && this.state.vms.has(name);
  }

  /** The size of a guest that has to give memory; null: it stays as it is. */
  #shrunk(vm: VmFigures, hostFree: number): Bytes | null {
    const { size = 0 } = vm;
    const { pressure, critical } = this.#params;
    const guestFree =
      hostFree <= critical ? hostFree - CRITICAL_OFFSET : this.#params["guest-free"] * (hostFree / pressure);
    const next = Math.max(Math.trunc(size * (1 - this.#params["max-change"])), this.#lowerBound(vm, guestFree));
    return next <= size ? next : null;
  }

  /** The size of a guest that may have more; null: it has all. */
  #grown(vm: VmFigures): Bytes | null {
    const { size = 0, max = 0 } = vm;
    if (size >= max) return null;
    const next = Math.min(Math.trunc(size * (1 + this.#params["max-change"])), max);
    return Math.min(Math.max(next, this.#lowerBound(vm, this.#params["guest-free"])), max);
  }

  /** The smallest size of a guest that keeps a fraction of its size free. */
  #lowerBound({ name, size = 0, min = 0 }: VmFigures, guestFree: number): Bytes {
    const samples = this.state.vms.get(name);
    const used = mean(samples?.size ?? []) - mean(samples?.free ?? []);
    const wanted = Math.max(0, Math.trunc(used + guestFree * size));
    return this.#params["lower-bound"] === "min" ? Math.min(min, wanted) : Math.max(min, wanted);
  }

  #isWorthIt({ size = 0 }: VmFigures, next: Bytes): boolean {
    return Math.abs(next - size) > this.#params["min-change"] * size;
  }

  #keep(samples: number[], value: number): void {
    samples.push(value);
    if (samples.length > this.#params.samples) samples.shift();
  }
}

/** Where the host is short, guests are left a negative fraction of free memory: the host's less this. */
const CRITICAL_OFFSET = 0.05;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
