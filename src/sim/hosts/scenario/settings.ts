/** The fields of a host file, what reads each, and how each is written on a command line. */
import { InputError } from "../../../common/errors.ts";
import { describe, quote } from "../../../common/quote.ts";
import {
  type Ns,
  PAGE_BYTES,
  type Pages,
  parseCost,
  parseSize,
  parseSizeArgument,
  parseTime,
  parseTimeArgument,
  type Us,
} from "../../../common/units.ts";
import { boolean, type Decoder, type Fields, integer, numberUpTo, type Reader, text } from "../../trace/decode.ts";
import { refuseBareSize } from "./bare-size.ts";

/** Longest path of a file. */
const MAX_PATH = 4096;
/** Largest weight of a VM. */
const MAX_SHARES = 1e9;
/** Most VMs of a host. */
export const MAX_VMS = 10_000;

/** Constants of a balloon driver: in the file, or the path of a rates file. */
export type RatesSetting = string | Readonly<Record<string, unknown>>;

/** Settings of a VM, or of all VMs. A setting that is absent has a default. */
export interface VmSettings {
  readonly trace?: string;
  /** Values of the trace's document, by their paths. */
  readonly set?: ReadonlyMap<string, unknown>;
  readonly memory?: Pages;
  readonly min?: Pages;
  readonly max?: Pages;
  readonly reservation?: Pages;
  readonly limit?: Pages;
  readonly shares?: number;
  readonly maxBalloon?: number;
  readonly target?: Pages;
  readonly overhead?: Pages;
  readonly driver?: string;
  readonly rates?: RatesSetting;
  readonly agent?: boolean;
  readonly on?: Us;
  readonly off?: Us;
  readonly phase?: Us;
  readonly spread?: Us;
  readonly stagger?: Us;
  readonly repeat?: boolean;
  readonly touched?: number;
  readonly seed?: string;
}

/** A field, and how its value on a command line becomes one of the document. */
interface Field<T> {
  readonly read: Reader<T>;
  /** @throws {InputError} without a place */
  readonly argument: (text: string) => unknown;
}

const positiveSize: Reader<Pages> = (value) => {
  const pages = parseSize(value);
  if (pages === 0) throw new InputError("expected a size above 0");
  return pages;
};

const positiveTime: Reader<Us> = (value) => {
  const us = parseTime(value);
  if (us === 0) throw new InputError("expected a time above 0");
  return us;
};

const filled =
  (max: number): Reader<string> =>
  (value, decoder) => {
    const read = text(max)(value, decoder);
    if (read === "") throw new InputError("expected a text that is not empty");
    return read;
  };

export const seed: Reader<string> = (value, decoder) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string" && value !== "") return text(200)(value, decoder);
  throw new InputError(`expected a text or a whole number, found ${describe(value)}`);
};

const anyObject = (value: unknown): Fields => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new InputError(`expected an object, found ${describe(value)}`);
};

const rates: Reader<RatesSetting> = (value, decoder) =>
  typeof value === "string" ? filled(MAX_PATH)(value, decoder) : anyObject(value);

/** Parts of a trace that a VM's settings may replace. */
const SETTABLE = ["guest", "workloads", "host", "seed"];

const traceSettings: Reader<ReadonlyMap<string, unknown>> = (value, decoder) => {
  const fields = anyObject(value);
  for (const key of Object.keys(fields)) {
    const [part = ""] = key.split(".", 1);
    if (key === "host.target")
      decoder.keyProblem("the policy of the host sets the target, so that of a trace has no effect", key);
    else if (!SETTABLE.includes(part) || key.split(".").includes("")) {
      decoder.keyProblem(
        `${quote(key)} is no path in a trace: expected one such as "guest.swap" or "workloads.app.touch"`,
        key,
      );
    }
  }
  return new Map(Object.entries(fields));
};

const sizeField = (read: Reader<Pages>, isMemory: boolean): Field<Pages> => ({
  read(value, decoder) {
    refuseBareSize(value, isMemory);
    return read(value, decoder);
  },
  argument: (written) => `${parseSizeArgument(written) * (PAGE_BYTES / 1024)}KiB`,
});
/** What a machine gets. */
const memory = sizeField(positiveSize, true);
/** A part of that, which may be nothing. */
const size = sizeField(parseSize, false);
const time = (read: Reader<Us>): Field<Us> => ({ read, argument: (written) => parseTimeArgument(written) / 1e6 });
const word = (read: Reader<string>): Field<string> => ({ read, argument: (written) => written });
const number = (read: Reader<number>): Field<number> => ({ read, argument: numberArgument });
const truth: Field<boolean> = { read: boolean, argument: truthArgument };

/** Values that are objects have no form on a command line: their members are set one by one. */
const members = <T>(read: Reader<T>, example: string): Field<T> => ({
  read,
  argument(written) {
    throw new InputError(`expected one value of it, such as ${example}, found ${quote(written)}`);
  },
});

/** The settings of a VM, in the order of the manual. */
export const VM_FIELDS: { readonly [K in keyof VmSettings]-?: Field<NonNullable<VmSettings[K]>> } = {
  trace: word(filled(MAX_PATH)),
  set: members(traceSettings, "vms.NAME.set.guest.swap=1GiB"),
  memory,
  min: size,
  max: memory,
  reservation: size,
  limit: memory,
  shares: number(numberUpTo(MAX_SHARES)),
  maxBalloon: number(numberUpTo(1)),
  target: size,
  overhead: size,
  driver: word(filled(64)),
  rates: { read: rates, argument: (written) => written },
  agent: truth,
  on: time(parseTime),
  off: time(positiveTime),
  phase: time(parseTime),
  spread: time(parseTime),
  stagger: time(parseTime),
  repeat: truth,
  touched: number(numberUpTo(1)),
  seed: word(seed),
};

/** The fields of a VM alone; all others may be given to all VMs. */
export const OWN_FIELDS = ["name", "count", "trace"];
export const VM_KEYS: readonly string[] = ["name", "count", ...Object.keys(VM_FIELDS)];
export const DEFAULTS_KEYS: readonly string[] = VM_KEYS.filter((key) => !OWN_FIELDS.includes(key));

/** The number of copies of a VM. */
export const COUNT: Field<number> = number(integer(1, MAX_VMS));

/** The fields of the host. */
export const HOST_FIELDS: Readonly<Record<string, Field<number> | Field<boolean>>> = {
  memory,
  reserved: size,
  largePages: truth,
};
/** The fields of the host's swap. */
export const SWAP_FIELDS = {
  size,
  readCost: { read: parseCost, argument: costArgument } as Field<Ns>,
  writeCost: { read: parseCost, argument: costArgument } as Field<Ns>,
};
/** Fields of the file itself that a command line may set. */
export const FILE_FIELDS = { duration: time(positiveTime), seed: word(seed) };

/** The settings of a VM, or of all VMs, in an object that may have other keys, too. */
export function vmSettings(fields: Fields, decoder: Decoder): VmSettings {
  return Object.fromEntries(
    Object.entries(VM_FIELDS).flatMap(([key, { read }]) => {
      const value = decoder.field<unknown, undefined>(fields, key, read as Reader<unknown>, undefined);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** A number as an argument of a command. */
export function numberArgument(written: string): number {
  if (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(written)) return Number(written);
  throw new InputError(`expected a number, found ${quote(written)}`);
}

function truthArgument(written: string): boolean {
  if (written === "true" || written === "false") return written === "true";
  throw new InputError(`expected true or false, found ${quote(written)}`);
}

function costArgument(written: string): string {
  parseCost(written);
  return written;
}
