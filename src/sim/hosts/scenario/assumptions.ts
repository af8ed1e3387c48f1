/** What a host file does not say and the reader assumes, as far as it matters to a result: a sentence each. */
import { formatCost, formatSize, type Ns, type Us } from "../../../common/units.ts";
import type { HostFile, PolicyChoice } from "./file.ts";
import { DEFAULT_MAX_BALLOON } from "./sizes.ts";
import type { HostSwap } from "./types.ts";
import { DEFAULT_OVERHEAD, drawsPhase, type VmGroup } from "./vms.ts";

/** Costs of a page in the host's swap where nothing is said: one request at a time to an SSD. */
const SSD_READ_NS: Ns = 100_000;
const SSD_WRITE_NS: Ns = 50_000;
/** Names that a sentence lists. */
const MAX_NAMED = 4;

/**
 * The host's swap. By default it is as large as the host's memory, so that hosts with up to twice their memory in VMs show what
 * swapping costs them, and not what happens when there is no room left.
 */
export const swapOf = ({ memory, swap }: HostFile): HostSwap => ({
  size: swap.size ?? memory,
  readNs: swap.readNs ?? SSD_READ_NS,
  writeNs: swap.writeNs ?? SSD_WRITE_NS,
});

/** @param durationUs length of the host's run */
export function assumptionsOf(
  file: HostFile,
  { policy }: PolicyChoice,
  groups: readonly VmGroup[],
  durationUs: Us,
): string[] {
  const swap = swapOf(file);
  const lacking = (key: keyof VmGroup["settings"]): VmGroup[] =>
    groups.filter(({ settings }) => settings[key] === undefined);
  const reads = (field: "min" | "free"): boolean => policy.needs.vm.includes(field);
  const hasCosts = file.swap.readNs !== null && file.swap.writeNs !== null;
  const costs = `${formatCost(swap.readNs)} to read a page and ${formatCost(swap.writeNs)} to write one`;
  const repeated = groups.filter((group) => repeatsWithin(group, durationUs));
  const booted = groups.filter(({ settings }) => (settings.on ?? 0) > 0);
  return sentences([
    [true, `The targets of the VMs' traces have no effect: the policy ${policy.name} sets all targets.`],
    [file.reserved === null, "The host itself uses no memory (host.reserved)."],
    [file.swap.size === null, `The host's swap is as large as its memory, ${formatSize(swap.size)} (host.swap.size).`],
    [!hasCosts && swap.size > 0, `The host's swap needs ${costs}, as an SSD (host.swap.readCost, writeCost).`],
    [
      lacking("overhead").length > 0,
      `The host needs ${formatSize(DEFAULT_OVERHEAD)} for a VM beside the guest's memory (overhead).`,
    ],
    [
      reads("min") && lacking("min").length > 0,
      `The policy leaves a VM at least what its largest balloon leaves (min; maxBalloon is ${DEFAULT_MAX_BALLOON} by default): ${namesOf(lacking("min"))}.`,
    ],
    [
      reads("free") && lacking("agent").length > 0,
      `An agent tells the host the guest's free memory (agent): ${namesOf(lacking("agent"))}.`,
    ],
    [
      groups.some((group) => group.isDriverAssumed),
      `No driver is named, so the guest has vmmemctl: ${namesOf(groups.filter((group) => group.isDriverAssumed))}.`,
    ],
    [
      groups.some(drawsPhase),
      `Copies of a VM begin at drawn phases of their trace: ${namesOf(groups.filter(drawsPhase))}.`,
    ],
    [repeated.length > 0, `Traces that end before the run begin again (repeat): ${namesOf(repeated)}.`],
    [
      booted.length > 0,
      `VMs that are powered on during the run begin with empty balloon, swap and page cache: ${namesOf(booted)}.`,
    ],
  ]);
}

const sentences = (all: readonly (readonly [applies: boolean, sentence: string])[]): string[] =>
  all.flatMap(([applies, sentence]) => (applies ? [sentence] : []));

/** Whether the trace of a group ends before its VMs do, and begins again. */
function repeatsWithin({ settings, lengthUs, entry }: VmGroup, durationUs: Us): boolean {
  const { on = 0, off = Number.POSITIVE_INFINITY, repeat = true, phase } = settings;
  const shifted = phase === undefined ? entry.count !== null : phase > 0;
  return repeat && (shifted || Math.min(off, durationUs) - on > lengthUs);
}

function namesOf(groups: readonly VmGroup[]): string {
  const names = groups.slice(0, MAX_NAMED).map(({ name }) => name);
  const others = groups.length - names.length;
  return others > 0 ? `${names.join(", ")} and ${others} more` : names.join(", ");
}
