/** Parameters of the driver: its constants, most of them those of 1.2.1.2-k, and the system that it is compiled for. */
import { defaultsOf, type ParamSpec } from "../params.ts";
import { RATE_PARAMS, type Rates } from "../vmmemctl/rates.ts";
import { BATCH_PAGES } from "../vmw-balloon/params.ts";
import { SYSTEMS } from "./systems.ts";

/** Values of the parameters, by `ParamSpec.key`. */
export type OpenVmToolsParams = Omit<Rates, "yieldThreshold" | "maxRefused"> & {
  /** Refused pages of each size that a cycle keeps to its end. */
  readonly errorPages: number;
  /** Most pages of a batched command. */
  readonly batchPages: number;
  /** Index of `SYSTEMS`. */
  readonly system: number;
};

/**
 * The driver's rates are signed numbers of 32 bits: with constants below a quarter of that range no sum of two overflows.
 */
const MAX = 0x3fff_ffff;

/** What differs from the constants of 1.2.1.2-k. A page of 2 MiB counts as one page, too: the rates are of entries. */
const RATES: { readonly [key: string]: Pick<ParamSpec, "symbol" | "meaning"> } = {
  nosleepAllocMax: {
    symbol: "BALLOON_NOSLEEP_ALLOC_MAX",
    meaning: "Most pages, of either size, that a cycle allocates while the guest has free memory (0 counts as 1).",
  },
  allocMin: {
    symbol: "BALLOON_RATE_ALLOC_MIN",
    meaning: "Under pressure: the lowest rate of sleeping allocations. A failed one halves the rate down to this.",
  },
  allocMax: {
    symbol: "BALLOON_RATE_ALLOC_MAX",
    meaning: "Under pressure: the highest rate of sleeping allocations, and the one the driver starts with.",
  },
  allocInc: {
    symbol: "BALLOON_RATE_ALLOC_INC",
    meaning: "Growth of that rate after a cycle without failure, times the full rates that the cycle allocated.",
  },
  freeMin: {
    symbol: "BALLOON_RATE_FREE_MIN",
    meaning: "The lowest rate of releases. A command that fails while unlocking halves the rate down to this.",
  },
  freeMax: {
    symbol: "BALLOON_RATE_FREE_MAX",
    meaning: "The highest rate of releases, of each size of pages, and the one the driver starts with.",
  },
  freeInc: {
    symbol: "BALLOON_RATE_FREE_INC",
    meaning: "Growth of that rate after a cycle without error, once for each size of pages in the balloon.",
  },
  slowCycles: {
    symbol: "SLOW_PAGE_ALLOCATION_CYCLES",
    meaning:
      "After a non-sleeping allocation fails, this cycle and the next ones, this many in all, keep to the sleeping rate.",
  },
};

const rates = RATE_PARAMS.flatMap((spec): ParamSpec[] => {
  const own = RATES[spec.key];
  return own === undefined ? [] : [{ ...spec, ...own, max: MAX }];
});

export const OPEN_VM_TOOLS_PARAMS: readonly ParamSpec[] = [
  ...rates,
  {
    key: "errorPages",
    name: "error-pages",
    symbol: "BALLOON_ERROR_PAGES",
    unit: "pages",
    default: 16,
    min: 0,
    max: MAX,
    meaning:
      "Most refused pages, of each size, that a cycle keeps to its end. It frees others at once, and may get them again.",
    search: [1, 1024],
  },
  { ...BATCH_PAGES, symbol: "BALLOON_BATCH_MAX_ENTRIES" },
  {
    key: "system",
    name: "system",
    symbol: "BALLOON_CAPABILITIES",
    unit: "number",
    default: 0,
    min: 0,
    max: SYSTEMS.length - 1,
    meaning:
      "What the driver is compiled for. 0: FreeBSD (batches). 1: Solaris (single pages; allocations that wait). " +
      "2: Linux or macOS (batches; pages of 2 MiB first).",
  },
];

export const OPEN_VM_TOOLS_DEFAULTS = defaultsOf(OPEN_VM_TOOLS_PARAMS) as OpenVmToolsParams;
