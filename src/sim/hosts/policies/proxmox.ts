import type { Bytes } from "../../../common/units.ts";
import type { HostParams } from "../params.ts";
import type { TargetPolicy } from "../target-policy.ts";
import type { HostFigures, VmFigures } from "../view.ts";

/** Values of the policy's parameters. */
export interface ProxmoxParams extends HostParams {
  readonly target: number;
  readonly maxchange: Bytes;
  readonly deadzone: Bytes;
  readonly enough: number;
}

/** Shares of a VM whose configuration has none. */
const DEFAULT_SHARES = 1000;

/** A VM that takes part, with the size that has been decided for it so far. */
interface Part {
  readonly name: string;
  readonly min: Bytes;
  readonly max: Bytes;
  /** Size at the beginning of the round. */
  readonly size: Bytes;
  readonly shares: number;
  readonly free: Bytes;
  decided: Bytes;
}

/**
 * Proxmox VE's automatic ballooning: keeps the host's used memory at a fraction of its memory, by distributing what is missing or
 * left over to the VMs above their minimums in proportion to their shares.
 */
export const PROXMOX: TargetPolicy<ProxmoxParams> = {
  name: "proxmox",
  meaning:
    "Proxmox VE: keeps 80 % of the host's memory in use, and shares out the rest above the VMs' minimums by their shares.",
  params: [
    {
      name: "target",
      kind: "ratio",
      default: 0.8,
      min: 0,
      max: 1,
      meaning: "Fraction of the host's memory that is to be in use.",
    },
    {
      name: "maxchange",
      kind: "bytes",
      default: 100 * 2 ** 20,
      min: 1,
      max: 2 ** 52,
      meaning: "Largest change of a VM in a round.",
    },
    {
      name: "deadzone",
      kind: "bytes",
      default: 10 * 2 ** 20,
      min: 0,
      max: 2 ** 52,
      meaning: "A goal that is no larger than this, up or down, changes nothing.",
    },
    {
      name: "enough",
      kind: "ratio",
      default: 0.25,
      min: 0,
      max: 1,
      meaning:
        "A guest with more free memory than this fraction of its minimum has enough: others get memory first, and it gives first.",
    },
  ],
  everyUs: 10_000_000,
  sampleUs: null,
  goal: "change",
  needs: {
    host: [["goal"], ["memory", "used"]],
    vm: ["size", "max", "min"],
    optionalVm: ["free", "shares", "ballooning", "migrating"],
  },
  create: (params) => ({
    state: {},
    settles: 0,
    observe: () => {},
    decide: ({ host, vms }) => ({ targets: targetsOf(goalOf(host, params), vms, params) }),
  }),
};

/** How much more memory the VMs may have, or less. */
const goalOf = ({ goal, memory = 0, used = 0 }: HostFigures, { target }: ProxmoxParams): Bytes =>
  goal ?? Math.trunc(memory * target - used);

function targetsOf(goal: Bytes, vms: readonly VmFigures[], params: ProxmoxParams): Map<string, Bytes> {
  const parts = vms.filter(takesPart).map(partOf);
  if (Math.abs(goal) > params.deadzone) {
    const first = parts.filter((part) => hasEnough(part, params) === goal < 0);
    const rest = distribute(first, goal, params.maxchange);
    const isFruitless = goal > 0 ? rest >= goal : rest <= goal;
    if (isFruitless) distribute(parts, rest, params.maxchange);
  }
  return new Map(parts.filter(({ size, decided }) => decided !== size).map(({ name, decided }) => [name, decided]));
}

/** The VM has a driver that runs, a minimum and shares, and does not leave the host. */
const takesPart = ({ size = 0, min = 0, shares, ballooning = true, migrating = false }: VmFigures): boolean =>
  ballooning && size !== 0 && min !== 0 && !migrating && shares !== 0;

const partOf = ({ name, min = 0, max = 0, size = 0, shares = DEFAULT_SHARES, free = 0 }: VmFigures): Part => ({
  name,
  min,
  max,
  size,
  shares,
  free,
  decided: size,
});

const hasEnough = ({ free, min, size }: Part, { enough }: ProxmoxParams): boolean =>
  free > 0 && free > min * enough && size >= min;

/**
 * Distributes a goal over VMs, in passes: a pass gives each VM its part, by shares, of what the VMs have above their minimums and
 * what is left; the next one distributes what limits have kept from a VM.
 * @returns what could not be distributed
 */
function distribute(list: readonly Part[], goal: Bytes, maxchange: Bytes): Bytes {
  let open = list;
  let rest = goal;
  for (let again = true; again && rest !== 0 && open.length > 0; ) {
    const pass = onePass(open, rest, goal > 0, maxchange);
    rest -= pass.changes;
    open = pass.open;
    again = pass.changed;
  }
  return rest;
}

/** One pass: what it changed in sum, whether it changed anything, and the VMs that the next one considers. */
function onePass(
  open: readonly Part[],
  rest: Bytes,
  isGrowing: boolean,
  maxchange: Bytes,
): { changes: Bytes; changed: boolean; open: Part[] } {
  const shares = open.reduce((sum, part) => sum + part.shares, 0);
  const above = open.reduce((sum, { decided, min }) => sum + decided - min, 0) + rest;
  let changes = 0;
  let changed = false;
  const left: Part[] = [];
  for (const part of open) {
    const wanted = part.min + Math.trunc((above / shares) * part.shares);
    const next = limitedSize(part, Math.max(part.min, Math.min(wanted, part.max)), isGrowing, maxchange);
    if (next === null) continue;
    left.push(part);
    if (next !== part.size && next !== part.decided) {
      changes += next - part.decided;
      changed = true;
      part.decided = next;
    }
  }
  return { changes, changed, open: left };
}

/** The size on the way to the desired one that a round may reach; null: the VM is done for this round. */
function limitedSize({ size }: Part, desired: Bytes, isGrowing: boolean, maxchange: Bytes): Bytes | null {
  if (isGrowing && desired > size) return Math.min(size + maxchange, desired);
  if (desired < size) return Math.max(size - maxchange, desired);
  return null;
}
