import type { Bytes } from "../../../../common/units.ts";
import type { HostParams } from "../../params.ts";
import type { Decisions, TargetPolicy, TargetPolicyInstance, Wakes } from "../../target-policy.ts";
import type { HostFigures, HostView, VmFigures } from "../../view.ts";
import { type FreeState, freeState, minFree, stateBounds } from "./free-states.ts";
import { activeOf, SAMPLING_US, type SampledVm, sampledVms } from "./sampler.ts";
import { type Claim, shareOut } from "./share-out.ts";

/** Values of the policy's parameters. */
export interface EsxParams extends HostParams {
  readonly tax: number;
  readonly "max-balloon": number;
  readonly clear: number;
  readonly soft: number;
  readonly hard: number;
  readonly low: number;
  readonly hysteresis: number;
}

/** Shares of a VM whose state has none; only their proportion counts. */
const DEFAULT_SHARES = 1000;
const MAX_MULTIPLE = 100;

const threshold = (name: string, value: number, atMost: string | null, meaning: string) => ({
  name,
  kind: "ratio" as const,
  default: value,
  min: 0,
  max: MAX_MULTIPLE,
  ...(atMost === null ? {} : { atMost }),
  meaning,
});

/** VMware ESX: states of free memory, and min-funding revocation with a tax on idle memory. */
export const ESX: TargetPolicy<EsxParams> = {
  name: "esx",
  meaning:
    "VMware ESX: balloons when the host's free memory is low, and takes first from VMs with few shares for their active memory.",
  params: [
    {
      name: "tax",
      kind: "ratio",
      default: 0.75,
      min: 0,
      max: 0.999,
      meaning: "Tax on idle memory: an idle page costs a VM 1 / (1 - tax) times what an active one costs.",
    },
    {
      name: "max-balloon",
      kind: "ratio",
      default: 0.65,
      min: 0,
      max: 1,
      meaning: "Most of a VM's configured memory that its balloon may hold; the host swaps the rest.",
    },
    threshold("clear", 4, null, "Below this multiple of minFree the host is in the state clear, above in high."),
    threshold("soft", 0.64, "clear", "Below this multiple of minFree the host balloons."),
    threshold("hard", 0.32, "soft", "Below this multiple of minFree the host also compresses and swaps."),
    threshold(
      "low",
      0.16,
      "hard",
      "Below this multiple of minFree VMs above their targets get no more memory, either.",
    ),
    {
      name: "hysteresis",
      kind: "ratio",
      default: 0.25,
      min: 0,
      max: MAX_MULTIPLE,
      meaning: "A state is left at its threshold times one plus this (the width is an assumption).",
    },
  ],
  everyUs: 15_000_000,
  sampleUs: 15_000_000,
  samplingUs: SAMPLING_US,
  goal: "change",
  needs: {
    host: [["memory", "free"]],
    vm: ["size", "max"],
    vmOneOf: [["active", "sampled"]],
    optionalHost: ["goal"],
    optionalVm: ["actual", "target", "shares", "reservation", "limit", "overhead", "least", "ballooning"],
  },
  create: (params) => new Esx(params),
};

const isShort = (state: FreeState): boolean => state !== "high" && state !== "clear";
const isSwapping = (state: FreeState): boolean => state === "hard" || state === "low";

interface EsxState {
  /** The host's state at the last decision; null before the first one. */
  free: FreeState | null;
  /** What sampling has shown, by the names of VMs. */
  vms: ReadonlyMap<string, SampledVm>;
}

class Esx implements TargetPolicyInstance {
  readonly state: EsxState = { free: null, vms: new Map() };
  readonly #params: EsxParams;

  constructor(params: EsxParams) {
    this.#params = params;
  }

  /** Further samples change the estimates. */
  get settles(): number {
    return this.state.vms.size === 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  observe({ vms }: HostView): void {
    this.state.vms = sampledVms(this.state.vms, vms);
  }

  decide({ host, vms }: HostView): Decisions {
    const state = this.#enter(host);
    const total = vms.reduce((sum, vm) => sum + backingOf(vm), goalOf(host));
    const equilibrium = shareOut(
      total,
      vms.map((vm) => this.#claimOf(vm)),
    );
    const gives = isShort(state) || (host.goal ?? 0) < 0;
    const allocations = gives ? equilibrium : grown(vms, equilibrium, this.#spare(host));
    const shares = vms.map((vm) => this.#shareOf(vm, allocations.get(vm.name) ?? 0, isSwapping(state)));
    const hostSwap = new Map(shares.filter(({ swap }) => swap > 0).map(({ name, swap }) => [name, swap]));
    return {
      targets: new Map(shares.map(({ name, target }) => [name, target])),
      state,
      ...(hostSwap.size === 0 ? {} : { hostSwap }),
      ...(state === "low" ? { blocked: shares.filter(({ excess }) => excess > 0).map(({ name }) => name) } : {}),
      breakLargePages: state !== "high",
      wakes: wakesOf(state, host, this.#params),
    };
  }

  #enter({ memory = 0, free = 0 }: HostFigures): FreeState {
    const wanted = minFree(memory);
    this.state.free = freeState(wanted === 0 ? 0 : free / wanted, this.#params, this.state.free);
    return this.state.free;
  }

  /**
   * What balloons may give back in a state in which nothing is taken from VMs: down to half way between the thresholds of soft and
   * hard, so that the host is in soft then if VMs above their equilibrium have to give it, and not in hard.
   */
  #spare({ memory = 0, free = 0, goal }: HostFigures): Bytes {
    const { soft, hard } = this.#params;
    return Math.max(0, goal ?? free - ((soft + hard) / 2) * minFree(memory));
  }

  /**
   * What a VM may get of the memory that backs VMs: no more than what does now and what its balloon holds. The weight is the VM's shares
   * by the mean cost of its pages, of which the idle ones cost more.
   */
  #claimOf(vm: VmFigures): Claim {
    const { name, size = 0, max = 0, shares = DEFAULT_SHARES, reservation = 0, overhead = 0 } = vm;
    const active = activeOf(vm, this.state.vms);
    const most = Math.min(mostOf(vm), backingOf(vm) + Math.max(0, max - size));
    const idleCost = 1 / (1 - this.#params.tax);
    return {
      name,
      weight: shares / (active + idleCost * (1 - active)),
      least: Math.min(most, reservation + overhead),
      most,
    };
  }

  /** What becomes of a VM that may have so much of the memory that backs VMs. */
  #shareOf(vm: VmFigures, allocation: Bytes, mayAll: boolean): Share {
    const { name, size = 0, target: before = size } = vm;
    const backing = backingOf(vm);
    const wanted = size + allocation - backing;
    const target = Math.max(this.#leastByBalloon(vm), Math.min(wanted, mostOf(vm)));
    // A limit is enforced in every state, what the host lacks only in the last two.
    const excess = Math.max(0, backing - (mayAll ? allocation : mostOf(vm)));
    // What the balloon was asked for at the last decision had its time.
    const late = mayAll ? Math.max(0, size - Math.max(before, target)) : 0;
    return { name, target, excess, swap: Math.max(0, Math.min(excess, excess - (size - target) + late)) };
  }

  /** The size below which a balloon can't take a guest. */
  #leastByBalloon({ size = 0, max = 0, least = 0, ballooning = true }: VmFigures): Bytes {
    return ballooning ? Math.max(least, Math.ceil(max * (1 - this.#params["max-balloon"]))) : size;
  }
}

/** A VM's part in a decision. */
interface Share {
  readonly name: string;
  readonly target: Bytes;
  /** By how much it has more backing than it may have. */
  readonly excess: Bytes;
  /** What the host has to take of that by itself. */
  readonly swap: Bytes;
}

/**
 * What VMs get if none gives any but for its limit: those that have less than in the equilibrium come nearer to it.
 * @param spare how much more they may have together
 */
function grown(vms: readonly VmFigures[], equilibrium: ReadonlyMap<string, Bytes>, spare: Bytes): Map<string, Bytes> {
  const wanted = vms.map((vm) => Math.max(0, (equilibrium.get(vm.name) ?? 0) - backingOf(vm)));
  const sum = wanted.reduce((all, one) => all + one, 0);
  const part = sum === 0 ? 0 : Math.min(1, spare / sum);
  return new Map(
    vms.map((vm, index) => [
      vm.name,
      Math.min(mostOf(vm), backingOf(vm) + Math.floor(part * (wanted[index] as Bytes))),
    ]),
  );
}

/** How much more the VMs may have for the host to have `minFree` free. */
const goalOf = ({ memory = 0, free = 0, goal }: HostFigures): Bytes => goal ?? free - minFree(memory);

/** The host's memory behind that of the guest. */
const backingOf = ({ size = 0, actual = size }: VmFigures): Bytes => actual;

/** The most that a VM may have. */
const mostOf = ({ max = 0, limit = max }: VmFigures): Bytes => Math.min(max, limit);

/** The amounts of free memory at which the host is in another state. */
function wakesOf(state: FreeState, { memory = 0 }: HostFigures, params: EsxParams): Wakes {
  const { below, above } = stateBounds(state, params);
  const wanted = minFree(memory);
  return {
    ...(below === undefined ? {} : { below: below * wanted }),
    ...(above === undefined ? {} : { above: above * wanted }),
  };
}
