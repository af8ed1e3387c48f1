import { DEFAULT_PSI_LIMIT } from "../../common/balloon-limits.ts";
import { InputError } from "../../common/errors.ts";
import { DEFAULT_GIVE_WAY, type GiveWaySettings } from "../../common/give-way.ts";
import { describe } from "../../common/quote.ts";
import { parseRates } from "../../common/rates-file.ts";
import { isLocal, type ListenAddress, parseListenAddress } from "../../common/server/listen-address.ts";
import {
  type Bytes,
  PAGE_BYTES,
  type Pages,
  type Percent,
  parseRateArgument,
  parseSizeArgument,
  parseTimeArgument,
  type Us,
} from "../../common/units.ts";
import { type Rates, VMMEMCTL } from "../../engine/index.ts";
import { type Ceiling, parseCeiling } from "../control/ceiling.ts";
import type { IoPermission, WorkerOptions } from "../native/addon.ts";
import { CHOICES, DEFAULT_SOCKET, DEFAULT_STATE } from "./choices.ts";
import { readConfigFile } from "./config-file.ts";
import { groupId } from "./group.ts";

/** The format of the log. */
export type LogFormat = "text" | "json";

/** All settings of a daemon. */
export interface Settings {
  readonly rates: Rates;
  /** Pages of RAM that the balloon leaves available; null: `defaultFloor`. */
  readonly floorPages: number | null;
  /** The most that the balloon may have; null: all that the host asks for. */
  readonly max: Ceiling | null;
  /** Limit of PSI full (avg10), in per cent, above which allocations do not sleep. */
  readonly psiLimit: Percent;
  /** The rule by which the balloon gives way under memory pressure; null: it does not. */
  readonly giveWay: GiveWaySettings | null;
  /** Address of metrics and health, beside the control socket; null: none. */
  readonly metrics: ListenAddress | null;
  /** File for metrics, for the textfile collector of node_exporter; null: none. */
  readonly metricsFile: string | null;
  readonly log: LogFormat;
  /** File for a recording of the machine and the balloon. */
  readonly record: string | null;
  /** Most bytes of that file and of the one before it together; `cycles` has the same limit. */
  readonly recordLimitBytes: number;
  /** File for a row per cycle. */
  readonly cycles: string | null;
  readonly ioPermission: IoPermission;
  readonly pin: WorkerOptions["pin"];
  /** Whether `pin: "mlock"` is permitted although the kernel may move locked pages. */
  readonly allowUnpinnedMoves: boolean;
  /** Highest level of the host's protocol that may be used; `auto`: the highest one that both sides have. */
  readonly protocol: (typeof CHOICES.protocol)[number];
  /** Path of the control socket, for `balloon-hw status`. */
  readonly socket: string;
  /** Directory for what is kept over restarts. */
  readonly state: string;
  /** Start on a machine that does not look like VMware's. */
  readonly anyHypervisor: boolean;
  /** Start although the kernel's own driver is loaded. */
  readonly besideKernelDriver: boolean;
}

/** Options of the command line or of a configuration file, by their long names; not checked yet. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** 256 MiB: some ten days. */
const DEFAULT_RECORD_LIMIT_PAGES = 65_536;

const oneOf =
  <const T extends string>(choices: readonly T[]) =>
  (value: unknown): T => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new InputError(`expected ${choices.map((c) => `"${c}"`).join(", ")}, found ${describe(value)}`);
  };

const text = (value: unknown): string => {
  if (typeof value === "string" && value !== "") return value;
  throw new InputError(`expected a path, found ${describe(value)}`);
};

/** A size with its unit. A bare number would count pages, and most users mean bytes or MiB. */
const sizeWithUnit = (value: unknown): Pages => {
  if (typeof value === "string") return parseSizeArgument(value);
  throw new InputError(`expected a size with a unit, such as "512MiB", found ${describe(value)}`);
};

/**
 * A floor. A floor of 0 would let the balloon take the last page of the machine, and the kernel would kill the
 * workload.
 */
const floorSize = (value: unknown): Pages => {
  const pages = sizeWithUnit(value);
  if (pages > 0) return pages;
  throw new InputError(
    `expected a size of 4KiB or more, found ${describe(value)}: at a floor of 0 the balloon may take the last page of the machine; leave it out for the default, Hyper-V's formula`,
  );
};

/** The smallest limit: a recording of about an hour. */
const MIN_RECORD_LIMIT_PAGES = 1024;

const recordLimit = (value: unknown): Bytes => {
  const pages = sizeWithUnit(value);
  if (pages >= MIN_RECORD_LIMIT_PAGES) return pages;
  throw new InputError(`expected 4MiB or more, found ${describe(value)}`);
};

const flag = (value: unknown): boolean => {
  if (typeof value === "boolean") return value;
  throw new InputError(`expected true or false, found ${describe(value)}`);
};

const percent = (value: unknown): Percent => {
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && number >= 0 && number <= 100) return number;
  throw new InputError(`expected a number of per cent from 0 to 100, found ${describe(value)}`);
};

const positivePercent = (value: unknown): Percent => {
  const number = percent(value);
  if (number > 0) return number;
  throw new InputError(`expected a number of per cent above 0, to 100, found ${describe(value)}`);
};

const time = (value: unknown): Us => {
  if (typeof value === "string") return parseTimeArgument(value);
  throw new InputError(`expected a time such as "90s" or "5m", found ${describe(value)}`);
};

const pace = (value: unknown): Pages => {
  if (typeof value !== "string") throw new InputError(`expected a rate such as "64MiB/s", found ${describe(value)}`);
  const pages = Math.floor(parseRateArgument(value));
  if (pages >= 1) return pages;
  throw new InputError(`expected 4KiB/s or more, found ${describe(value)}`);
};

/** Readers of the options that a configuration file may contain. */
const READERS = {
  rates: text,
  floor: floorSize,
  max: (value: unknown) => parseCeiling(value),
  "psi-limit": percent,
  "give-way": flag,
  "give-way-psi": positivePercent,
  "give-way-after": time,
  "give-way-pace": pace,
  "give-way-hold-off": time,
  "give-way-hold-off-max": time,
  metrics: parseListenAddress,
  "metrics-remote": flag,
  "metrics-group": (value: unknown) => groupId(value),
  "metrics-file": text,
  log: oneOf(CHOICES.log),
  record: text,
  "record-limit": recordLimit,
  cycles: text,
  "io-permission": oneOf(CHOICES.ioPermission),
  pin: oneOf(CHOICES.pin),
  "allow-unpinned-moves": flag,
  protocol: oneOf(CHOICES.protocol),
  socket: text,
  state: text,
  "any-hypervisor": flag,
  "beside-kernel-driver": flag,
} as const;

type Read = { [K in keyof typeof READERS]?: ReturnType<(typeof READERS)[K]> };

/** The rule by which the balloon gives way, by the options about it; null: it is off. */
function giveWayOf(read: Read): GiveWaySettings | null {
  if (read["give-way"] === false) return null;
  return {
    psi: read["give-way-psi"] ?? DEFAULT_GIVE_WAY.psi,
    afterUs: read["give-way-after"] ?? DEFAULT_GIVE_WAY.afterUs,
    pace: read["give-way-pace"] ?? DEFAULT_GIVE_WAY.pace,
    holdOffUs: read["give-way-hold-off"] ?? DEFAULT_GIVE_WAY.holdOffUs,
    holdOffMaxUs: read["give-way-hold-off-max"] ?? DEFAULT_GIVE_WAY.holdOffMaxUs,
  };
}

/** Valid names in a configuration file. */
export const SETTING_NAMES: readonly string[] = Object.keys(READERS);

/**
 * The settings of a daemon: the defaults, overridden by a configuration file, overridden by the command line.
 * @param configFile its path, if there is one
 * @param options the command line's options, by long names; an undefined one is absent
 * @throws {InputError} naming the option, or the file with line and column, and the error
 */
export function loadSettings(configFile: string | undefined, options: RawSettings): Settings {
  const read: Read = configFile === undefined ? {} : readConfigFile(configFile, SETTING_NAMES, readOption);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    try {
      Object.assign(read, { [name]: readOption(name, value) });
    } catch (error) {
      throw error instanceof InputError ? new InputError(`--${name}: ${error.message}`) : error;
    }
  }
  const metrics = read.metrics ?? null;
  if (metrics !== null && !isLocal(metrics) && read["metrics-remote"] !== true) {
    throw new InputError(
      "--metrics: other machines could reach this address, and metrics are neither encrypted nor protected: use 127.0.0.1 or unix:PATH, or add --metrics-remote",
    );
  }
  const gid = read["metrics-group"];
  if (gid !== undefined && metrics?.kind !== "unix") {
    throw new InputError("--metrics-group: needs --metrics unix:PATH, whose socket it may use");
  }
  const pin = read.pin ?? "auto";
  const allowUnpinnedMoves = read["allow-unpinned-moves"] ?? false;
  if (allowUnpinnedMoves && pin !== "mlock") {
    throw new InputError("--allow-unpinned-moves: needs --pin mlock");
  }
  return {
    rates: parseRates(VMMEMCTL, read.rates),
    floorPages: read.floor ?? null,
    max: read.max ?? null,
    psiLimit: read["psi-limit"] ?? DEFAULT_PSI_LIMIT,
    giveWay: giveWayOf(read),
    metrics: gid === undefined || metrics?.kind !== "unix" ? metrics : { ...metrics, gid },
    metricsFile: read["metrics-file"] ?? null,
    log: read.log ?? "text",
    record: read.record ?? null,
    recordLimitBytes: (read["record-limit"] ?? DEFAULT_RECORD_LIMIT_PAGES) * PAGE_BYTES,
    cycles: read.cycles ?? null,
    ioPermission: read["io-permission"] ?? "auto",
    pin,
    allowUnpinnedMoves,
    protocol: read.protocol ?? "auto",
    socket: read.socket ?? DEFAULT_SOCKET,
    state: read.state ?? DEFAULT_STATE,
    anyHypervisor: read["any-hypervisor"] ?? false,
    besideKernelDriver: read["beside-kernel-driver"] ?? false,
  };
}

const readOption = (name: string, value: unknown): unknown => READERS[name as keyof typeof READERS](value);
