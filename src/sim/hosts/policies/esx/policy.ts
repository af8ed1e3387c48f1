import type { Bytes } from "../../../../common/units.ts";
import type { HostParams } from "../../params.ts";
import type { Decisions, TargetPolicy, TargetPolicyInstance } from "../../target-policy.ts";
import type { HostFigures, HostView, VmFigures } from "../../view.ts";
import { type FreeState, freeState, minFree } from "./free-states.ts";
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
  goal: "change",
  needs: {
    host: [["memory", "free"]],
    vm: ["size", "max", "active"],
    optionalHost: ["goal"],
    optionalVm: ["shares", "reservation", "limit", "overhead", "ballooning"],
  },
  create: (params) => new Esx(params),
};

const isShort = (state: FreeState): boolean => state !== "high" && state !== "clear";
const isSwapping = (state: FreeState): boolean => state === "hard" || state === "low";

interface EsxState {
  /** The host's state at the last decision; null before the first one. */
  free: FreeState | null;
}

class Esx implements TargetPolicyInstance {
  readonly state: EsxState = { free: null };
  readonly settles = 0;
  readonly #params: EsxParams;

  constructor(params: EsxParams) {
    this.#params = params;
  }

  observe(): void {}

  decide({ host, vms }: HostView): Decisions {
    const state = this.#enter(host);
    const gives = isShort(state) || (host.goal ?? 0) < 0;
    const total = vms.reduce((sum, { size = 0 }) => sum + size, goalOf(host));
    const allocations = shareOut(
      total,
      vms.map((vm) => claimOf(vm, this.#params.tax, gives)),
    );
    const targets = new Map(
      vms.map((vm) => [vm.name, Math.max(this.#leastByBalloon(vm), allocations.get(vm.name) ?? 0)]),
    );
    // A limit is enforced in every state, what the host lacks only in the last two.
    const mayHave = isSwapping(state) ? allocations : new Map(vms.map((vm) => [vm.name, mostOf(vm)]));
    const hostSwap = beyond(targets, mayHave);
    return {
      targets,
      state,
      ...(hostSwap.size === 0 ? {} : { hostSwap }),
      ...(state === "low" ? { blocked: aboveTarget(vms, targets) } : {}),
    };
  }

  #enter({ memory = 0, free = 0 }: HostFigures): FreeState {
    const wanted = minFree(memory);
    this.state.free = freeState(wanted === 0 ? 0 : free / wanted, this.#params, this.state.free);
    return this.state.free;
  }

  /** The size below which a balloon can't take a guest. */
  #leastByBalloon({ size = 0, max = 0, ballooning = true }: VmFigures): Bytes {
    return ballooning ? Math.ceil(max * (1 - this.#params["max-balloon"])) : size;
  }
}

/** How much more the VMs may have for the host to have `minFree` free. */
const goalOf = ({ memory = 0, free = 0, goal }: HostFigures): Bytes => goal ?? free - minFree(memory);

/** The most that a VM may have. */
const mostOf = ({ max = 0, limit = max }: VmFigures): Bytes => Math.min(max, limit);

/**
 * What a VM may get. Without a shortage no VM gives any, and what is left over is shared out. The weight is the VM's shares by
 * the mean cost of its pages, of which the idle ones cost more.
 * @param gives whether it may get less than it has
 */
function claimOf(vm: VmFigures, tax: number, gives: boolean): Claim {
  const { name, size = 0, shares = DEFAULT_SHARES, active = 0, reservation = 0, overhead = 0 } = vm;
  const most = mostOf(vm);
  const idleCost = 1 / (1 - tax);
  return {
    name,
    weight: shares / (active + idleCost * (1 - active)),
    least: Math.min(most, gives ? reservation + overhead : size),
    most,
  };
}

/** By how much targets are above what VMs may have, for the VMs of which that is true. */
const beyond = (targets: ReadonlyMap<string, Bytes>, mayHave: ReadonlyMap<string, Bytes>): Map<string, Bytes> =>
  new Map(
    [...targets].flatMap(([name, target]) => {
      const rest = target - (mayHave.get(name) ?? target);
      return rest > 0 ? [[name, rest] as const] : [];
    }),
  );

const aboveTarget = (vms: readonly VmFigures[], targets: ReadonlyMap<string, Bytes>): string[] =>
  vms.filter(({ name, size = 0 }) => size > (targets.get(name) ?? size)).map(({ name }) => name);
