/** Demand models for the figures of /proc/meminfo, for all formats with these figures under any name. */
import type { DemandModel } from "../reader.ts";

/** Needs the kernel's figures of anonymous and shared memory, slab and swap. */
export const KERNEL_DEMAND: DemandModel = {
  name: "kernel",
  meaning:
    "anonymous and shared memory, in RAM or in swap, is demand; page cache and reclaimable slab are files; all other " +
    "memory except the balloon's is the kernel's",
  formulas:
    "anon = anon + x-shmem + swapUsed - x-swap-cached, fileSet = buffers + cached - x-shmem + x-reclaimable-slab, " +
    "kernelMemory = memory - free - anon - buffers - cached - x-swap-cached - x-reclaimable-slab - balloon",
};

export const USED_DEMAND: DemandModel = {
  name: "used",
  meaning: "memory that is neither free nor cache nor the balloon's is anonymous, including the kernel's",
  formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
};

export const AVAILABLE_DEMAND: DemandModel = {
  name: "available",
  meaning:
    "memory that is not available without swapping, except the balloon's, is anonymous; there is no other demand",
  formulas: "anon = memory - available - balloon",
};

export const FREE_DEMAND: DemandModel = {
  name: "free",
  meaning: "memory that is neither free nor the balloon's is anonymous, including page cache",
  formulas: "anon = memory - free - balloon",
};
