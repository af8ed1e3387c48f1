/** Parameters of the driver: constants of its source, its module parameter, and what its guest has. */
import { defaultsOf, type ParamSpec } from "../params.ts";
import { BATCH_ENTRIES } from "../protocol.ts";

/** Values of the parameters, by `ParamSpec.key`. */
export type VmwBalloonParams = {
  /** Most pages of a batched command. */
  readonly batchPages: number;
  /** Refused pages, of one size, that end inflation by pages of this size. */
  readonly maxRefused: number;
  /** 1 if the guest has VMCI doorbells, and the driver gives the host one that can ring it; else 0. */
  readonly doorbell: number;
  /** 1 if reclaim shrinks the balloon, else 0. */
  readonly shrinker: number;
  /** Time after such a shrinking without inflation, in seconds. */
  readonly shrinkDelay: number;
};

/** The size of a batch, which other drivers of the protocol have, too. */
export const BATCH_PAGES: ParamSpec = {
  key: "batchPages",
  name: "batch-pages",
  symbol: "batch_max_pages",
  unit: "pages",
  default: BATCH_ENTRIES,
  min: 1,
  max: BATCH_ENTRIES,
  meaning: "Most pages, of either size, that one batched command locks or unlocks: the entries of a page.",
  search: [16, BATCH_ENTRIES],
};

export const VMW_BALLOON_PARAMS: readonly ParamSpec[] = [
  BATCH_PAGES,
  {
    key: "maxRefused",
    name: "max-refused",
    symbol: "VMW_BALLOON_MAX_REFUSED",
    unit: "pages",
    default: 16,
    min: 1,
    max: 0xffff_ffff,
    meaning: "This many refused pages of 2 MiB end a cycle's inflation by such pages, and of 4 KiB the cycle.",
    search: [1, 1024],
  },
  {
    key: "doorbell",
    name: "doorbell",
    symbol: "vmci_doorbell",
    unit: "0/1",
    default: 1,
    min: 0,
    max: 1,
    meaning: "1: the host may wake the driver when the target changes, if it can (host.capabilities of the trace).",
  },
  {
    key: "shrinker",
    name: "shrinker",
    symbol: "vmwballoon_shrinker_enable",
    unit: "0/1",
    default: 0,
    min: 0,
    max: 1,
    meaning: "1: reclaim of the guest shrinks the balloon.",
  },
  {
    key: "shrinkDelay",
    name: "shrink-delay",
    symbol: "VMBALLOON_SHRINK_DELAY",
    unit: "s",
    default: 5,
    // Without a delay, a cycle with an unreachable target would take for ever what the shrinker releases.
    min: 1,
    max: 3600,
    meaning: "Time without inflation after the shrinker has been called.",
  },
];

export const VMW_BALLOON_DEFAULTS = defaultsOf(VMW_BALLOON_PARAMS) as VmwBalloonParams;
