import { InputError } from "../../../common/errors.ts";
import { formatPath } from "../../../common/json.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { describe } from "../../../common/quote.ts";
import { formatTime, parseCost, parseTime } from "../../../common/units.ts";
import { Capability, Status } from "../../../engine/index.ts";
import { type Decoder, integer, listOf, nullable, oneOf, type Reader, timeInside } from "../decode.ts";
import { constant, seriesOf, TARGET } from "../series.ts";
import type { HostCommand, HostRule, HostSpec } from "../types.ts";

export const HOST_KEYS = [
  "target",
  "callCost",
  "entryCost",
  "unlockEntryCost",
  "largeEntryCost",
  "unlockLargeEntryCost",
  "capabilities",
  "refusals",
  "resets",
  "faults",
];
export const COMMANDS = [
  "start",
  "guest-id",
  "get-target",
  "lock",
  "unlock",
  "batched-lock",
  "batched-unlock",
  "batched-2m-lock",
  "batched-2m-unlock",
  "doorbell-set",
] as const satisfies readonly HostCommand[];

/** Names of the capabilities in a trace file, beside the basic one, which every host has. */
export const CAPABILITY_NAMES = {
  batched: Capability.Batched,
  "batched-2m": Capability.Batched2m,
  doorbell: Capability.Doorbell,
  "64-bit-target": Capability.Target64,
} as const;

export type CapabilityName = keyof typeof CAPABILITY_NAMES;

/** The names of some capabilities (a sum of bits), without the basic one. */
export const capabilityNames = (capabilities: number): CapabilityName[] =>
  (Object.keys(CAPABILITY_NAMES) as CapabilityName[]).filter((name) => (capabilities & CAPABILITY_NAMES[name]) !== 0);

/** The sum of the bits of named capabilities and the basic one, which every host has. */
export const capabilitySum = (names: readonly CapabilityName[]): number =>
  names.reduce<number>((sum, name) => sum | CAPABILITY_NAMES[name], Capability.Basic);

/** Names of the protocol's status numbers in a trace file. */
export const STATUS_NAMES: ReadonlyMap<string, number> = new Map([
  ["success", Status.Success],
  ["cmd-invalid", Status.CommandInvalid],
  ["ppn-invalid", Status.PpnInvalid],
  ["ppn-locked", Status.PpnLocked],
  ["ppn-unlocked", Status.PpnUnlocked],
  ["ppn-pinned", Status.PpnPinned],
  ["pinned", Status.PpnPinned],
  ["ppn-notneeded", Status.PpnNotNeeded],
  ["notneeded", Status.PpnNotNeeded],
  ["reset", Status.Reset],
  ["busy", Status.Busy],
  ["failure", Status.Failure],
]);

/** Default cost of a command over the backdoor: an exit to the hypervisor and back. */
const DEFAULT_CALL_NS = 2000;
/**
 * Default cost of a page of a batched command, beside that: what the host does for a page is not a cost of the guest's
 * processor that any published measurement separates from the exit, and it is in no cost of a command for one page.
 */
const DEFAULT_ENTRY_NS = 0;
/**
 * Capabilities of a host that names none: batches and pages of 2 MiB. A doorbell is granted on request only, so that drivers
 * learn of targets at the same times.
 */
const DEFAULT_CAPABILITIES = Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Target64;

const RULE_KEYS = ["at", "from", "until", "count", "every", "fraction", "status"];

/** The host of a trace without one: its target is always 0. */
export const NO_HOST: HostSpec = {
  target: constant(0),
  callNs: DEFAULT_CALL_NS,
  entryNs: DEFAULT_ENTRY_NS,
  largeEntryNs: DEFAULT_ENTRY_NS,
  unlockEntryNs: DEFAULT_ENTRY_NS,
  unlockLargeEntryNs: DEFAULT_ENTRY_NS,
  capabilities: DEFAULT_CAPABILITIES,
  rules: [],
};

export const host: Reader<HostSpec> = (value, decoder) => {
  const fields = decoder.object(value, HOST_KEYS);
  const entryNs = decoder.field(fields, "entryCost", parseCost, DEFAULT_ENTRY_NS);
  const largeEntryNs = decoder.field(fields, "largeEntryCost", parseCost, entryNs);
  return {
    target: decoder.field(fields, "target", seriesOf(TARGET), constant(0)),
    callNs: decoder.field(fields, "callCost", parseCost, DEFAULT_CALL_NS),
    entryNs,
    largeEntryNs,
    unlockEntryNs: decoder.field(fields, "unlockEntryCost", parseCost, entryNs),
    unlockLargeEntryNs: decoder.field(fields, "unlockLargeEntryCost", parseCost, largeEntryNs),
    capabilities: decoder.field(fields, "capabilities", capabilities, DEFAULT_CAPABILITIES),
    rules: [
      ...decoder.field(fields, "refusals", listOf(refusal), []),
      ...decoder.field(fields, "resets", listOf(reset), []),
      ...decoder.field(fields, "faults", listOf(fault), []),
    ],
  };
};

/** The sum of some capabilities; the basic one is always among them. */
const capabilities: Reader<number> = (value, decoder) => {
  return capabilitySum(listOf(oneOf(Object.keys(CAPABILITY_NAMES) as CapabilityName[]))(value, decoder));
};

const refusal: Reader<HostRule> = (value, decoder) => {
  const fields = decoder.object(value, RULE_KEYS);
  return rule(fields, decoder, "lock", decoder.field(fields, "status", status, Status.PpnPinned));
};

const fault: Reader<HostRule> = (value, decoder) => {
  const fields = decoder.object(value, ["command", ...RULE_KEYS], ["command", "status"]);
  const command = decoder.field(fields, "command", oneOf(COMMANDS), "start");
  return rule(fields, decoder, command, decoder.field(fields, "status", status, Status.Failure));
};

/** A reset: the host answers the next GET_TARGET with RESET, once. */
const reset: Reader<HostRule> = (value, decoder) => ({
  command: "get-target",
  fromUs: timeInside(value, decoder),
  untilUs: Number.POSITIVE_INFINITY,
  count: 1,
  every: 1,
  fraction: 1,
  status: Status.Reset,
  path: formatPath(decoder.here),
});

function rule(
  fields: Readonly<Record<string, unknown>>,
  decoder: Decoder,
  command: HostCommand,
  answer: number,
): HostRule {
  const once = Object.hasOwn(fields, "at");
  if (once && Object.hasOwn(fields, "from"))
    decoder.problem('"at" (once) and "from" (from then on) exclude each other');
  const fromUs = decoder.field(fields, once ? "at" : "from", timeInside, 0);
  const untilUs = decoder.field(fields, "until", nullable(parseTime), null) ?? Number.POSITIVE_INFINITY;
  if (untilUs <= fromUs) {
    decoder.problem(`${formatTime(untilUs)} is not after the rule's beginning, ${formatTime(fromUs)}`, "until");
  }
  return {
    command,
    fromUs,
    untilUs,
    count: decoder.field(fields, "count", integer(1, Number.MAX_SAFE_INTEGER), once ? 1 : Number.POSITIVE_INFINITY),
    every: decoder.field(fields, "every", integer(1, Number.MAX_SAFE_INTEGER), 1),
    fraction: decoder.field(fields, "fraction", probability, 1),
    status: answer,
    path: formatPath(decoder.here),
  };
}

const probability: Reader<number> = (value) => {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw new InputError(`expected a fraction above 0, at most 1, found ${describe(value)}`);
};

/** A status of the protocol, as a name or a number. */
const status: Reader<number> = (value) => {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value + 0;
  const known = typeof value === "string" ? STATUS_NAMES.get(value) : undefined;
  if (known !== undefined) return known;
  const hint = typeof value === "string" ? didYouMean(value, STATUS_NAMES.keys()) : "";
  throw new InputError(
    `expected a status number or one of ${[...STATUS_NAMES.keys()].join(", ")}, found ${describe(value)}${hint}`,
  );
};
