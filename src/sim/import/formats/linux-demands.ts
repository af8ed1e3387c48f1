/** Demand models for the figures of /proc/meminfo, for all formats with these figures under any name. */
import type { DemandModel } from "../reader.ts";

/** Needs the kernel's figures of anonymous and shared memory, slab and swap. */
export const KERNEL_DEMAND: DemandModel = {
  name: "kernel",
  meaning:
    "anonymous and shared memory is wanted wherever it is, in RAM or swapped out; page cache and slab that can be reclaimed are files; all else that is not the balloon's is the kernel's",
  formulas:
    "anon = anon + x-shmem + swapUsed - x-swap-cached, fileSet = buffers + cached - x-shmem + x-reclaimable-slab, " +
    "kernelMemory = memory - free - anon - buffers - cached - x-swap-cached - x-reclaimable-slab - balloon",
};

export const USED_DEMAND: DemandModel = {
  name: "used",
  meaning: "what is neither free nor cache nor the balloon's is anonymous, the kernel's share included",
  formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
};

export const AVAILABLE_DEMAND: DemandModel = {
  name: "available",
  meaning:
    "what the kernel could not give without swapping, and is not the balloon's, is anonymous; there is nothing else",
  formulas: "anon = memory - available - balloon",
};

export const FREE_DEMAND: DemandModel = {
  name: "free",
  meaning: "what is not free, nor the balloon's, is anonymous, page cache included",
  formulas: "anon = memory - free - balloon",
};
