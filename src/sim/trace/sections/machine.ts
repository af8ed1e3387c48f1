import { InputError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { parseCost } from "../../../common/units.ts";
import { COST_KEYS, costHint } from "../cost-keys.ts";
import { type Decoder, integer, matching, type Reader, text } from "../decode.ts";
import { MAX_TEXT } from "../series.ts";
import { COST_FIELDS, type Costs, type MachineProfile, type SwapQueue } from "../types.ts";
import { provenance } from "./provenance.ts";

/** The field `format` of every machine file, and the version that this program reads and writes. */
export const MACHINE_FORMAT = "balloon-sim/machine";
export const MACHINE_VERSION = 1;

/** Possible tick rates of Linux. */
const TICK_RATES = [100, 250, 300, 1000];
/** Maximum number of processors of a guest. */
export const MAX_CPUS = 8192;
/** Maximum size of a swap queue: 64 GiB. */
const MAX_QUEUE_PAGES = 2 ** 24;

const MACHINE_FIELDS = ["name", "hz", "cpus", "swapQueue", "costs"];
export const MACHINE_KEYS = [
  "$schema",
  "format",
  "version",
  "description",
  "daemonCosts",
  "provenance",
  ...MACHINE_FIELDS,
];
const QUEUE_FIELDS = ["plugPages", "depthPages"];
export const QUEUE_KEYS = [...QUEUE_FIELDS, "mergePages"];
/** Segments of a request where a device states no limit (block/blk-settings.c `blk_set_default_limits()`). */
const MERGE_PAGES = 128;
const DAEMON_KEYS = ["alloc", "free"];

/** Fallbacks for the fields of an invalid machine: never simulated. */
const NO_QUEUE: SwapQueue = { plugPages: 1, depthPages: 1, mergePages: 1 };
const NO_COSTS = Object.fromEntries(COST_FIELDS.map((field) => [field, 0])) as unknown as Costs;

/** A machine in a trace or a file: an object in which `format` and `version` may be missing. */
export const machine: Reader<MachineProfile> = (value, decoder) => {
  const fields = decoder.object(value, MACHINE_KEYS, MACHINE_FIELDS, costHint);
  decoder.field(fields, "$schema", text(MAX_TEXT), "");
  decoder.field(fields, "format", format, MACHINE_FORMAT);
  decoder.field(fields, "version", version, MACHINE_VERSION);
  return {
    name: decoder.field(fields, "name", machineName, ""),
    description: decoder.field(fields, "description", text(MAX_TEXT), ""),
    hz: decoder.field(fields, "hz", tickRate, 0),
    cpus: decoder.field(fields, "cpus", integer(1, MAX_CPUS), 0),
    swapQueue: decoder.field(fields, "swapQueue", swapQueue, NO_QUEUE),
    costs: decoder.field(fields, "costs", allCosts, NO_COSTS),
    daemonCosts: decoder.field(fields, "daemonCosts", daemonCosts, null),
    provenance: decoder.field(fields, "provenance", provenance, null),
  };
};

const machineName = matching(/^[A-Za-z0-9._-]{1,64}$/, "a name of 1 to 64 letters, digits, '.', '_' or '-'");

const format: Reader<string> = (value) => {
  if (value === MACHINE_FORMAT) return MACHINE_FORMAT;
  throw new InputError(`this is no machine: expected "${MACHINE_FORMAT}", found ${describe(value)}`);
};

const version: Reader<number> = (value) => {
  if (value === MACHINE_VERSION) return MACHINE_VERSION;
  throw new InputError(
    `expected version ${MACHINE_VERSION} of a machine, the only one that this program reads, found ${describe(value)}`,
  );
};

/** Whether Linux has this tick rate. */
export const isTickRate = (hz: number): boolean => TICK_RATES.includes(hz);

/** A possible tick rate of Linux. */
export const tickRate: Reader<number> = (value) => {
  if (typeof value === "number" && isTickRate(value)) return value;
  throw new InputError(`expected one of ${TICK_RATES.join(", ")} ticks a second, found ${describe(value)}`);
};

const swapQueue: Reader<SwapQueue> = (value, decoder) => {
  const fields = decoder.object(value, QUEUE_KEYS, QUEUE_FIELDS);
  const pages = integer(1, MAX_QUEUE_PAGES);
  const plugPages = decoder.field(fields, "plugPages", pages, 1);
  const depthPages = decoder.field(fields, "depthPages", pages, MAX_QUEUE_PAGES);
  const mergePages = decoder.field(fields, "mergePages", pages, Math.min(MERGE_PAGES, depthPages));
  for (const [name, least] of Object.entries({ plugPages, mergePages })) {
    if (depthPages >= least) continue;
    decoder.problem(`expected a depth of at least the ${least} pages of ${name}, found ${depthPages}`, "depthPages");
  }
  return { plugPages, depthPages, mergePages };
};

/** Any subset of the costs. */
export const costs: Reader<Partial<Costs>> = (value, decoder) =>
  withDerived(someCosts(value, decoder, [...COST_KEYS.keys()], []));

/**
 * Costs that documents may leave out. The first two then have the value of `unmap`, and of `fault`: older documents have one
 * for both. The others are 0 then: older documents have them in `unmap`.
 */
const OPTIONAL: readonly string[] = ["age", "swapFault", "swapOut", "flush"];

const withDerived = (given: Partial<Costs>): Partial<Costs> => {
  const { unmapNs, faultNs } = given;
  return {
    ...(unmapNs !== undefined && { ageNs: unmapNs }),
    ...(faultNs !== undefined && { swapFaultNs: faultNs }),
    ...given,
  };
};

const allCosts: Reader<Costs> = (value, decoder) => {
  const keys = [...COST_KEYS.keys()];
  const given = someCosts(
    value,
    decoder,
    keys,
    keys.filter((key) => !OPTIONAL.includes(key)),
  );
  return { ...NO_COSTS, ...withDerived(given) };
};

const daemonCosts: Reader<Pick<Costs, "allocNs" | "freeNs">> = (value, decoder) => {
  const { allocNs = 0, freeNs = 0 } = someCosts(value, decoder, DAEMON_KEYS, DAEMON_KEYS);
  return { allocNs, freeNs };
};

function someCosts(
  value: unknown,
  decoder: Decoder,
  known: readonly string[],
  required: readonly string[],
): Partial<Costs> {
  const fields = decoder.object(value, known, required);
  const result: { -readonly [K in keyof Costs]?: Costs[K] } = {};
  for (const [key, field] of COST_KEYS) {
    const cost = decoder.field(fields, key, parseCost, undefined);
    if (cost !== undefined) result[field] = cost;
  }
  return result;
}
