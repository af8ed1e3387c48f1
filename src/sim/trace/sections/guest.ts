import { InputError } from "../../../common/errors.ts";
import { DEFAULT_GIVE_WAY } from "../../../common/give-way.ts";
import { describe, quote } from "../../../common/quote.ts";
import { type Pages, type Percent, parseSize } from "../../../common/units.ts";
import { costHint } from "../cost-keys.ts";
import { integer, nullable, oneOf, type Reader, text } from "../decode.ts";
import { bundledMachine, isMachinePath, parseMachine, unknownMachine } from "../machines.ts";
import { missingFeatures, PROFILES, unknownProfile } from "../profile.ts";
import { constant, SIZE, seriesOf } from "../series.ts";
import { type GuestSpec, LRU_NAMES, type MachineProfile, THP_MODES } from "../types.ts";
import { giveWay } from "./give-way.ts";
import { costs, MAX_CPUS, machine, tickRate } from "./machine.ts";

export const GUEST_KEYS = [
  "memory",
  "profile",
  "driver",
  "machine",
  "lru",
  "swap",
  "balloon",
  "swappiness",
  "minFree",
  "lowmemReserve",
  "watermarkScaleFactor",
  "thp",
  "floor",
  "psiLimit",
  "giveWay",
  "hz",
  "cpus",
  "cpu",
  "kernelMemory",
  "costs",
];

/** Longest path of a machine file, in UTF-16 units. */
const MAX_PATH = 4096;
/** Profile of a guest without `profile`. */
const DEFAULT_PROFILE = "linux-6.1";

/** Fallback if `guest` itself is invalid: never simulated. */
export const NO_GUEST: GuestSpec = {
  memory: Number.NaN,
  profile: DEFAULT_PROFILE,
  driver: null,
  machine: null,
  lru: null,
  swap: 0,
  balloon: 0,
  swappiness: null,
  minFree: null,
  lowmemReserve: 0,
  watermarkScaleFactor: null,
  thp: "never",
  floor: null,
  psiLimit: null,
  giveWay: null,
  hz: null,
  cpus: null,
  cpu: 0,
  kernelMemory: constant(0),
  costs: {},
};

export const guest: Reader<GuestSpec> = (value, decoder) => {
  const fields = decoder.object(value, GUEST_KEYS, ["memory"], costHint);
  const spec: GuestSpec = {
    memory: decoder.field(fields, "memory", memory, Number.NaN),
    profile: decoder.field(fields, "profile", profile, DEFAULT_PROFILE),
    driver: decoder.field(fields, "driver", nullable(text(64)), null),
    machine: decoder.field(fields, "machine", nullable(machineOrName), null),
    lru: decoder.field(fields, "lru", nullable(oneOf(LRU_NAMES)), null),
    swap: decoder.field(fields, "swap", parseSize, 0),
    balloon: decoder.field(fields, "balloon", parseSize, 0),
    swappiness: decoder.field(fields, "swappiness", nullable(integer(0, 200)), null),
    minFree: decoder.field(fields, "minFree", nullable(parseSize), null),
    lowmemReserve: decoder.field(fields, "lowmemReserve", parseSize, 0),
    watermarkScaleFactor: decoder.field(fields, "watermarkScaleFactor", nullable(integer(1, 1000)), null),
    thp: decoder.field(fields, "thp", oneOf(THP_MODES), "never"),
    floor: decoder.field(fields, "floor", nullable(parseSize), null),
    psiLimit: decoder.field(fields, "psiLimit", nullable(percent), null),
    giveWay: decoder.field(fields, "giveWay", giveWay, DEFAULT_GIVE_WAY),
    hz: decoder.field(fields, "hz", nullable(tickRate), null),
    cpus: decoder.field(fields, "cpus", nullable(integer(1, MAX_CPUS)), null),
    cpu: decoder.field(fields, "cpu", integer(0, MAX_CPUS - 1), 0),
    kernelMemory: decoder.field(fields, "kernelMemory", seriesOf(SIZE), constant(0)),
    costs: decoder.field(fields, "costs", costs, {}),
  };
  if (spec.cpus !== null && spec.cpu >= spec.cpus) {
    decoder.problem(`processor ${spec.cpu} of a guest with ${spec.cpus} (the first is 0)`, "cpu");
  }
  for (const { field, message } of missingFeatures(spec)) decoder.problem(message, field);
  return spec;
};

const memory: Reader<Pages> = (value) => {
  const pages = parseSize(value);
  if (pages === 0) throw new InputError("a guest has memory");
  return pages;
};

const profile: Reader<string> = (value, decoder) => {
  const name = text(64)(value, decoder);
  if (PROFILES.has(name)) return name;
  throw unknownProfile(name);
};

/** The name of a machine of the package, the path of a machine file beside the trace, or a machine. */
const machineOrName: Reader<MachineProfile> = (value, decoder) => {
  if (typeof value !== "string") return machine(value, decoder);
  text(MAX_PATH)(value, decoder);
  const bundled = bundledMachine(value);
  if (bundled !== null) return bundled;
  if (!isMachinePath(value)) throw unknownMachine(value);
  if (decoder.beside === null) {
    throw new InputError(
      `the machine file ${quote(value)} is searched for beside the trace's file, but this trace is not in a file: write the machine itself here`,
    );
  }
  const file = decoder.beside(value);
  return parseMachine(file.text, file.name);
};

const percent: Reader<Percent> = (value) => {
  if (typeof value === "number" && value >= 0 && value <= 100) return value;
  throw new InputError(`expected a number of per cent from 0 to 100, found ${describe(value)}`);
};
