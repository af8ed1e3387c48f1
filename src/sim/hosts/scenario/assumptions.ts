/** What a host file does not say and the reader assumes, as far as it matters to a result: a sentence each. */
import { formatCost, formatSize, type Ns, type Us } from "../../../common/units.ts";
import { DEFAULT_OVERHEAD, spreadOf } from "./copies.ts";
import type { HostFile, PolicyChoice } from "./file.ts";
import type { VmSettings } from "./settings.ts";
import type { HostSwap, VmScenario } from "./types.ts";
import type { VmKind } from "./vms.ts";

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

/** An entry of a host file with its VMs. */
export interface Copies {
  readonly kind: VmKind;
  readonly vms: readonly VmScenario[];
}

/** @param durationUs length of the host's run */
export const assumptionsOf = (
  file: HostFile,
  choice: PolicyChoice,
  all: readonly Copies[],
  durationUs: Us,
): string[] => [
  `The targets of the VMs' traces have no effect: the policy ${choice.policy.name} sets all targets.`,
  ...aboutHost(file),
  ...aboutVms(choice, all, durationUs),
];

function aboutHost(file: HostFile): string[] {
  const { size, readNs, writeNs } = swapOf(file);
  const costs = `${formatCost(readNs)} to read a page and ${formatCost(writeNs)} to write one`;
  const hasCosts = size === 0 || (file.swap.readNs !== null && file.swap.writeNs !== null);
  return [
    ...(file.reserved === null ? ["The host itself uses no memory (host.reserved)."] : []),
    ...(file.swap.size === null
      ? [`The host's swap is as large as its memory, ${formatSize(size)} (host.swap.size).`]
      : []),
    ...(hasCosts ? [] : [`The host's swap needs ${costs}, as an SSD (host.swap.readCost, writeCost).`]),
  ];
}

function aboutVms({ policy }: PolicyChoice, all: readonly Copies[], durationUs: Us): string[] {
  const reads = (field: "min" | "free"): boolean => policy.needs.vm.includes(field);
  const lacks = (key: keyof VmSettings) => (one: Copies) => one.kind.settings[key] === undefined;
  const isOn = ({ vms }: Copies): boolean => vms.some(({ onUs }) => onUs === 0);
  /** A sentence about the entries of which something is true; none if there are none. */
  const about = (sentence: string, applies: (one: Copies) => boolean): string[] => {
    const names = all.filter(applies).map(({ kind }) => kind.name);
    return names.length === 0 ? [] : [`${sentence}: ${listed(names)}.`];
  };
  return [
    ...about(`The host needs ${formatSize(DEFAULT_OVERHEAD)} beside the guest's memory (overhead)`, lacks("overhead")),
    ...about(
      "The policy leaves a VM at least what its largest balloon leaves (min)",
      (one) => reads("min") && lacks("min")(one),
    ),
    ...about("An agent tells the host the guest's free memory (agent)", (one) => reads("free") && lacks("agent")(one)),
    ...about(
      "All free memory of the guest has been touched before the run (touched)",
      (one) => isOn(one) && lacks("touched")(one),
    ),
    ...about("No driver is named, so the guest has vmmemctl", ({ kind }) => kind.isDriverAssumed),
    ...about("Copies begin at drawn phases of their trace (spread)", ({ kind }) => spreadOf(kind) > 0),
    ...about("The trace ends before the run, and begins again (repeat)", (one) => beginsAgain(one, durationUs)),
    ...about(
      "Powered on during the run, so balloon, swap and page cache are empty then",
      ({ vms }) => !vms.every(({ onUs }) => onUs === 0),
    ),
  ];
}

/** Whether one of the VMs comes to the end of its trace, and begins again. */
const beginsAgain = ({ kind, vms }: Copies, durationUs: Us): boolean =>
  vms.some(
    ({ repeats, phaseUs, onUs, offUs }) => repeats && phaseUs + Math.min(offUs, durationUs) - onUs > kind.lengthUs,
  );

function listed(names: readonly string[]): string {
  const others = names.length - MAX_NAMED;
  return others > 0 ? `${names.slice(0, MAX_NAMED).join(", ")} and ${others} more` : names.join(", ");
}
