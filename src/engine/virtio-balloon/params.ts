/** Parameters of the driver: the constants of its source, and the features that the host may offer. */
import { defaultsOf, type ParamSpec } from "../params.ts";

/** Values of the parameters, by `ParamSpec.key`. */
export type VirtioBalloonParams = {
  /** Most pages of a message. */
  readonly messagePages: number;
  /** Time without further allocations after one that failed, in milliseconds. */
  readonly retryDelay: number;
  /** 1 if the balloon gives pages before the OOM killer kills a process, else 0. */
  readonly deflateOnOom: number;
  /** Pages that it gives then, at most. */
  readonly oomPages: number;
  /** 1 if the guest's kernel reports its free blocks of 2 MiB to the host, else 0. */
  readonly freePageReporting: number;
};

/** Entries of the array that a message is (`VIRTIO_BALLOON_ARRAY_PFNS_MAX`). */
export const MESSAGE_PAGES = 256;

export const VIRTIO_BALLOON_PARAMS: readonly ParamSpec[] = [
  {
    key: "messagePages",
    name: "message-pages",
    symbol: "VIRTIO_BALLOON_ARRAY_PFNS_MAX",
    unit: "pages",
    default: MESSAGE_PAGES,
    min: 1,
    max: 0xffff,
    meaning: "Most pages of one message to the host, in either direction.",
    search: [16, 4096],
  },
  {
    key: "retryDelay",
    name: "retry-delay",
    symbol: "msleep() in fill_balloon()",
    unit: "ms",
    default: 200,
    // Without a delay, a target that the guest can't reach would keep the driver busy for ever.
    min: 1,
    max: 60_000,
    meaning: "Time for which the driver sleeps after an allocation that failed.",
    search: [10, 5000],
  },
  {
    key: "deflateOnOom",
    name: "deflate-on-oom",
    symbol: "VIRTIO_BALLOON_F_DEFLATE_ON_OOM",
    unit: "0/1",
    default: 0,
    min: 0,
    max: 1,
    meaning: "1: the balloon gives pages before the OOM killer kills a process (the device's feature of this name).",
  },
  {
    key: "oomPages",
    name: "oom-pages",
    symbol: "VIRTIO_BALLOON_OOM_NR_PAGES",
    unit: "pages",
    default: 256,
    min: 1,
    max: 0xffff,
    meaning: "Most pages that the balloon gives each time, no more than a message has.",
  },
  {
    key: "freePageReporting",
    name: "free-page-reporting",
    symbol: "VIRTIO_BALLOON_F_REPORTING",
    unit: "0/1",
    default: 0,
    min: 0,
    max: 1,
    meaning: "1: the guest reports its free blocks of 2 MiB, which the host takes (the device's feature of this name).",
  },
];

export const VIRTIO_BALLOON_DEFAULTS = defaultsOf(VIRTIO_BALLOON_PARAMS) as VirtioBalloonParams;
