/** The content of a host file, before its traces are read and its VMs are counted out. */
import { InputError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import type { Ns, Pages, Us } from "../../../common/units.ts";
import { documentName, type Fields, matching, type Reader, text } from "../../trace/decode.ts";
import { HOST_FORMAT } from "../../trace/document.ts";
import { WORKLOAD_NAME } from "../../trace/sections/workload.ts";
import { MAX_TEXT } from "../../trace/series.ts";
import { type HostParams, paramsOf } from "../params.ts";
import { checkedBefore, paramsReader } from "../params-reader.ts";
import type { TargetPolicy } from "../target-policy.ts";
import {
  COUNT,
  DEFAULTS_KEYS,
  FILE_FIELDS,
  HOST_FIELDS,
  SWAP_FIELDS,
  seed,
  VM_KEYS,
  type VmSettings,
  vmSettings,
} from "./settings.ts";

/** The version of the format that this program reads. */
export const HOST_VERSION = 1;

/** A VM, or several of the same kind. */
export interface VmEntry {
  /** Its place in the list of the file. */
  readonly index: number;
  readonly name: string | null;
  /** Null: one VM, the trace as written. */
  readonly count: number | null;
  readonly settings: VmSettings;
  /** Whether everything in it could be read. */
  readonly isGood: boolean;
}

/** A host file. What is absent has a default. */
export interface HostFile {
  readonly name: string;
  readonly description: string;
  readonly durationUs: Us | null;
  readonly seed: string;
  readonly memory: Pages;
  readonly reserved: Pages | null;
  readonly largePages: boolean;
  readonly swap: { readonly size: Pages | null; readonly readNs: Ns | null; readonly writeNs: Ns | null };
  readonly policy: PolicyChoice | null;
  readonly defaults: VmSettings;
  readonly vms: readonly VmEntry[];
}

/** A policy with the values of its parameters. */
export interface PolicyChoice {
  readonly policy: TargetPolicy;
  readonly params: HostParams;
}

export const FILE_KEYS = [
  "$schema",
  "format",
  "version",
  "name",
  "description",
  "duration",
  "seed",
  "host",
  "policy",
  "defaults",
  "vms",
];
export const POLICY_KEYS = ["name", "params"];
export const HOST_KEYS = [...Object.keys(HOST_FIELDS), "swap"];
/** Names of VMs appear in column names and on command lines. */
export const VM_NAME = WORKLOAD_NAME;

const vmName = matching(VM_NAME, 'a name of letters, digits, ".", "_" and "-", at most 64 of them');
const NO_SWAP = { size: null, readNs: null, writeNs: null };

/**
 * A reader of host files.
 * @param defaultName the name of a host that gives none
 * @param policyNamed finds the policy of a name; throws an `InputError` if there is none
 */
export function hostFileReader(defaultName: string, policyNamed: (name: string) => TargetPolicy): Reader<HostFile> {
  return (value, decoder) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError(`expected a host with VMs, found ${describe(value)}`);
    }
    const fields = decoder.object(value, FILE_KEYS, ["host", "policy", "vms"]);
    decoder.field(fields, "$schema", text(MAX_TEXT), "");
    decoder.field(fields, "format", format, HOST_FORMAT);
    decoder.field(fields, "version", version, HOST_VERSION);
    return {
      name: decoder.field(fields, "name", documentName(defaultName), defaultName),
      description: decoder.field(fields, "description", text(MAX_TEXT), ""),
      durationUs: decoder.field(fields, "duration", FILE_FIELDS.duration.read, null),
      seed: decoder.field(fields, "seed", seed, "1"),
      ...decoder.field(fields, "host", host, NO_HOST),
      policy: decoder.field(fields, "policy", policyReader(policyNamed), null),
      defaults: decoder.field(fields, "defaults", defaults, {}),
      vms: decoder.field(fields, "vms", vms, []),
    };
  };
}

const format: Reader<string> = (value) => {
  if (value === HOST_FORMAT) return HOST_FORMAT;
  throw new InputError(`this is no host file: expected "${HOST_FORMAT}", found ${describe(value)}`);
};

const version: Reader<number> = (value) => {
  if (value === HOST_VERSION) return HOST_VERSION;
  throw new InputError(
    `expected version ${HOST_VERSION} of the format, the only one that this program reads, found ${describe(value)}`,
  );
};

type Machine = Pick<HostFile, "memory" | "reserved" | "largePages" | "swap">;
const NO_HOST: Machine = { memory: Number.NaN, reserved: null, largePages: false, swap: NO_SWAP };

const host: Reader<Machine> = (value, decoder) => {
  const fields = decoder.object(value, HOST_KEYS, ["memory"]);
  const read = <T>(key: string, fallback: T): T =>
    decoder.field<unknown, T>(fields, key, (HOST_FIELDS[key] as { read: Reader<unknown> }).read, fallback) as T;
  return {
    memory: read("memory", Number.NaN),
    reserved: read<Pages | null>("reserved", null),
    largePages: read("largePages", false),
    swap: decoder.field(fields, "swap", swap, NO_SWAP),
  };
};

const swap: Reader<HostFile["swap"]> = (value, decoder) => {
  const fields = decoder.object(value, Object.keys(SWAP_FIELDS));
  return {
    size: decoder.field(fields, "size", SWAP_FIELDS.size.read, null),
    readNs: decoder.field(fields, "readCost", SWAP_FIELDS.readCost.read, null),
    writeNs: decoder.field(fields, "writeCost", SWAP_FIELDS.writeCost.read, null),
  };
};

/** The name of a policy, or an object with its name and values of its parameters. */
const policyReader =
  (policyNamed: (name: string) => TargetPolicy): Reader<PolicyChoice | null> =>
  (value, decoder) => {
    const named: Reader<TargetPolicy> = (name, d) => policyNamed(text(MAX_TEXT)(name, d));
    if (typeof value === "string") {
      const policy = named(value, decoder);
      return { policy, params: paramsOf(policy.params, []) };
    }
    const fields = decoder.object(value, POLICY_KEYS, ["name"]);
    const policy = decoder.field(fields, "name", named, null);
    if (policy === null) return null;
    const values = decoder.field(fields, "params", paramsReader(policy.params), null);
    return { policy, params: paramsOf(policy.params, values === null ? [] : [{ values, fail: checkedBefore }]) };
  };

const defaults: Reader<VmSettings> = (value, decoder) =>
  vmSettings(decoder.object(value, DEFAULTS_KEYS, [], ownHint), decoder);

const ownHint = (key: string): string =>
  VM_KEYS.includes(key) ? `: each VM has its own ${key}; give it in "vms"` : "";

const vms: Reader<readonly VmEntry[]> = (value, decoder) => {
  const entries = decoder.list(value, vm);
  if (entries.length === 0) throw new InputError("expected at least one VM");
  return entries;
};

const vm: Reader<VmEntry> = (value, decoder) => {
  const before = decoder.problems.length;
  const fields: Fields = decoder.object(value, VM_KEYS, ["trace"]);
  const entry = {
    index: decoder.here.at(-1) as number,
    name: decoder.field(fields, "name", vmName, null),
    count: decoder.field(fields, "count", COUNT.read, null),
    settings: vmSettings(fields, decoder),
  };
  return { ...entry, isGood: decoder.problems.length === before };
};
