/** A host and its VMs, written by a person, for a policy to decide on. docs/host-policies.md has the format. */
import { emptyInput } from "../../common/empty-input.ts";
import { InputError } from "../../common/errors.ts";
import { describe, quote } from "../../common/quote.ts";
import { type Bytes, parseBytes, parseTime } from "../../common/units.ts";
import { boolean, type Decoder, type Fields, type Reader } from "../trace/decode.ts";
import { decodeText } from "../trace/decode-text.ts";
import { type DriverModel, IDEAL_DRIVER } from "./driver-model.ts";
import { MAX_ROUNDS } from "./limits.ts";
import { type GivenParams, type HostParams, paramsOf } from "./params.ts";
import { paramsReader } from "./params-reader.ts";
import { beginsLikeHost, refuseOtherFiles } from "./scenario/recognize.ts";
import type { TargetPolicy } from "./target-policy.ts";
import {
  HOST_FIELDS,
  type HostField,
  type HostFigures,
  type PageSample,
  type VmField,
  type VmFigures,
} from "./view.ts";

/** A VM with the model of its balloon driver. */
export interface StatedVm extends VmFigures {
  readonly driver: DriverModel;
}

/** A host at one time. */
export interface HostState {
  readonly host: HostFigures;
  readonly vms: readonly StatedVm[];
}

/** The content of a file: states in the order of time, at least one, and values of the policy's parameters. */
export interface StateFile {
  readonly states: readonly HostState[];
  readonly params: HostParams;
}

const STATE_KEYS = ["host", "vms", "params"];
const SAMPLED_KEYS = ["run", "touched"];
const DRIVER_KEYS = ["rate", "stuck", "min", "max"];
const MAX_NAME = 100;
const MAX_SHARES = 1e9;
/** Shortest time between two changes of a driver that is stuck now and then: a millisecond. */
const MIN_STUCK_US = 1000;

/**
 * Reads the text of a file.
 * @param name of the file in messages; safe to print
 * @param sets values of parameters that override those of the file
 * @throws {InputError} with the first error: `NAME:LINE:COLUMN: $.path: message`
 */
export function parseHostState(text: string, name: string, policy: TargetPolicy, sets: GivenParams): StateFile {
  if (text.trim() === "") throw emptyInput(name, "the state of a host (docs/host-policies.md)");
  const expected = "the state of a host";
  refuseOtherFiles(name, text, expected);
  // Both have a host and VMs.
  if (beginsLikeHost(text) && /"policy"\s*:/.test(text)) {
    throw new InputError(`${name}: is a host file, expected ${expected} (balloon-sim host runs hosts)`);
  }
  const { states, given } = decodeText(text, { name, line: 1 }, (value, decoder) => statesIn(value, decoder, policy));
  const ofFile: GivenParams = {
    values: given,
    // Only options can make values wrong now: a bound that the file has kept.
    fail: (param, message) => {
      throw new InputError(`${name}: ${quote(param)}: ${message}`);
    },
  };
  return { states, params: paramsOf(policy.params, [ofFile, sets]) };
}

function statesIn(value: unknown, decoder: Decoder, policy: TargetPolicy) {
  const given = new Map<string, unknown>();
  const one = (state: unknown): HostState => stateIn(state, decoder, policy, given);
  const states = Array.isArray(value) ? decoder.list(value, one) : [one(value)];
  if (Array.isArray(value) && (value.length === 0 || value.length > MAX_ROUNDS)) {
    throw new InputError(`expected 1 to ${MAX_ROUNDS} states, found ${value.length}`);
  }
  return { states, given };
}

function stateIn(value: unknown, decoder: Decoder, policy: TargetPolicy, given: Map<string, unknown>): HostState {
  const fields = decoder.object(value, STATE_KEYS, ["vms"]);
  if (Object.hasOwn(fields, "params")) {
    const isFirst = decoder.here.length === 0 || decoder.here[0] === 0;
    if (!isFirst) decoder.keyProblem("only the first state may have parameters", "params");
    const written = decoder.field(fields, "params", paramsReader(policy.params), null);
    for (const [name, one] of written ?? []) given.set(name, one);
  }
  if (!Object.hasOwn(fields, "host")) requireHost(null, decoder, policy);
  const host = decoder.field(fields, "host", (one) => hostIn(one, decoder, policy), {});
  const vms = decoder.field(fields, "vms", (list) => vmsIn(list, decoder, policy), []);
  return { host, vms };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function hostIn(value: unknown, decoder: Decoder, policy: TargetPolicy): HostFigures {
  const fields = decoder.object(value, HOST_FIELDS);
  if (hasOnly(value, HOST_FIELDS)) requireHost(fields, decoder, policy);
  // A goal that is a change may be negative.
  const goal = bytes(policy.goal !== "free");
  const host = compact({
    memory: decoder.field(fields, "memory", bytes(), undefined),
    free: decoder.field(fields, "free", bytes(), undefined),
    used: decoder.field(fields, "used", bytes(), undefined),
    goal: decoder.field(fields, "goal", goal, undefined),
  });
  checkOrder(host, HOST_ORDER, decoder);
  return host;
}

/** Whether an object has no unknown key: else a missing field may be one that is misspelt, and the unknown key is the error. */
const hasOnly = (value: unknown, known: readonly string[]): boolean =>
  isObject(value) && Object.keys(value).every((key) => known.includes(key));

/**
 * Checks that a host has all fields of one of the alternatives that the policy needs.
 * @param fields null: there is no host
 */
function requireHost(fields: Fields | null, decoder: Decoder, { name, needs }: TargetPolicy): void {
  const missing = needs.host.map((group) => group.filter((field) => fields === null || !Object.hasOwn(fields, field)));
  if (missing.some((group) => group.length === 0)) return;
  const wanted = needs.host.map((group) => group.map((field) => quote(field)).join(" and ")).join(", or ");
  const [nearest = []] = missing.toSorted((a, b) => a.length - b.length);
  const what = fields === null ? "host" : (nearest[0] ?? "");
  decoder.problem(`${quote(what)} is missing: ${name} needs ${wanted}${fields === null ? " of it" : ""}`);
}

function vmsIn(value: unknown, decoder: Decoder, policy: TargetPolicy): StatedVm[] {
  const seen = new Set<string>();
  return decoder.list(value, (vm) => {
    const result = vmIn(vm, decoder, policy);
    if (seen.has(result.name)) decoder.problem(`another VM has the name ${quote(result.name)}, too`, "name");
    seen.add(result.name);
    return result;
  });
}

/** The fields of a VM, in the order of the manual, with what reads each. */
const VM_READERS: { readonly [K in VmField]: Reader<NonNullable<VmFigures[K]>> } = {
  max: bytes(),
  min: bytes(),
  least: bytes(),
  size: bytes(),
  target: bytes(),
  actual: bytes(),
  inaccuracy: bytes(),
  free: bytes(),
  shares: numberIn(0, MAX_SHARES),
  active: numberIn(0, 1),
  sampled,
  reservation: bytes(),
  limit: bytes(),
  overhead: bytes(),
  ballooning: boolean,
  migrating: boolean,
};

const VM_KEYS = ["name", ...Object.keys(VM_READERS), "driver"];

function vmIn(value: unknown, decoder: Decoder, policy: TargetPolicy): StatedVm {
  const fields = decoder.object(value, VM_KEYS, ["name"]);
  for (const field of hasOnly(value, VM_KEYS) ? policy.needs.vm : []) {
    if (!Object.hasOwn(fields, field)) decoder.problem(`${quote(field)} is missing: ${policy.name} needs it`);
  }
  for (const group of hasOnly(value, VM_KEYS) ? (policy.needs.vmOneOf ?? []) : []) {
    if (group.some((field) => Object.hasOwn(fields, field))) continue;
    decoder.problem(`${quote(group[0] ?? "")} is missing: ${policy.name} needs ${group.map(quote).join(" or ")}`);
  }
  const figures = Object.fromEntries(
    Object.entries(VM_READERS).flatMap(([key, reader]) => {
      const read = decoder.field<unknown, undefined>(fields, key, reader, undefined);
      return read === undefined ? [] : [[key, read]];
    }),
  ) as Omit<VmFigures, "name">;
  checkOrder(figures, VM_ORDER, decoder);
  return {
    ...figures,
    name: decoder.field(fields, "name", vmName, ""),
    driver: decoder.field(fields, "driver", driver, IDEAL_DRIVER),
  };
}

/** Bounds of a VM and of a host: the first field of each pair is no more than the second. */
const VM_ORDER = [
  ["min", "max"],
  ["size", "max"],
  ["reservation", "max"],
  ["reservation", "limit"],
  ["free", "max"],
] as const;
const HOST_ORDER = [["free", "memory"]] as const;

function checkOrder<K extends string>(
  figures: Readonly<Partial<Record<K, number>>>,
  order: readonly (readonly [low: K, high: K])[],
  decoder: Decoder,
): void {
  for (const [low, high] of order) {
    const [least, most] = [figures[low], figures[high]];
    if (least === undefined || most === undefined || least <= most) continue;
    decoder.problem(`expected no more than ${quote(high)}, which is ${most}, found ${least}`, low);
  }
}

const vmName: Reader<string> = (value) => {
  if (typeof value === "string" && value !== "" && value.length <= MAX_NAME) return value;
  throw new InputError(`expected a name of 1 to ${MAX_NAME} characters, found ${describe(value)}`);
};

const driver: Reader<DriverModel> = (value, decoder) => {
  const fields = decoder.object(value, DRIVER_KEYS);
  const result = {
    rate: decoder.field<Bytes, Bytes>(fields, "rate", bytes(), IDEAL_DRIVER.rate),
    min: decoder.field<Bytes, Bytes>(fields, "min", bytes(), IDEAL_DRIVER.min),
    max: decoder.field<Bytes, Bytes>(fields, "max", bytes(), IDEAL_DRIVER.max),
    stuck: decoder.field(fields, "stuck", stuck, IDEAL_DRIVER.stuck),
  };
  if (result.min > result.max)
    decoder.problem(`expected no more than "max", which is ${result.max}, found ${result.min}`, "min");
  return result;
};

/** What page sampling has shown: `{"run": "15s", "touched": 0.3}`. */
function sampled(value: unknown, decoder: Decoder): PageSample {
  const fields = decoder.object(value, SAMPLED_KEYS, SAMPLED_KEYS);
  return {
    runUs: decoder.field(fields, "run", parseTime, 0),
    touched: decoder.field(fields, "touched", numberIn(0, 1), 0),
  };
}

const stuck: Reader<DriverModel["stuck"]> = (value, decoder) => {
  if (typeof value === "boolean") return value;
  if (!isObject(value)) throw new InputError(`expected true, false or {"every": "0.25s"}, found ${describe(value)}`);
  const fields = decoder.object(value, ["every"], ["every"]);
  const everyUs = decoder.field(fields, "every", parseTime, MIN_STUCK_US);
  if (everyUs < MIN_STUCK_US)
    decoder.problem(`expected a millisecond or more, found ${describe(fields.every)}`, "every");
  return { everyUs };
};

function bytes(signed = false): Reader<Bytes> {
  return (value) => parseBytes(value, { signed });
}

function numberIn(min: number, max: number): Reader<number> {
  return (value) => {
    if (typeof value === "number" && value >= min && value <= max) return value + 0;
    throw new InputError(`expected a number from ${min} to ${max}, found ${describe(value)}`);
  };
}

/** Without the members that are undefined. */
const compact = (fields: Readonly<Record<HostField, Bytes | undefined>>): HostFigures =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as HostFigures;
