import { totalmem } from "node:os";
import { defaultFloor } from "../../common/balloon-limits.ts";
import { InputError } from "../../common/errors.ts";
import { formatSize, PAGE_BYTES } from "../../common/units.ts";
import type { BalloonOptions, WorkerOptions } from "../native/addon.ts";
import { wantedCapabilities } from "../ports/protocol-level.ts";
import type { Settings } from "../settings/settings.ts";
import type { HostKind, Limits } from "../view/types.ts";

/** Pages of RAM that this machine has. */
export const totalPages = (): number => Math.floor(totalmem() / PAGE_BYTES);

/**
 * The limits of allocations on this machine.
 * @throws {InputError} for a floor that leaves no room for a balloon
 */
export function limitsOf({ floorPages, psiLimit }: Settings, machinePages = totalPages()): Limits {
  if (floorPages !== null && floorPages >= machinePages) {
    throw new InputError(
      `--floor: ${formatSize(floorPages)} is all that this machine has (${formatSize(machinePages)}) or more: nothing is left for a balloon`,
    );
  }
  return { floorPages: floorPages ?? defaultFloor(machinePages), psiLimit };
}

/** Address space is this many times the memory at the start, because memory can be added at run time, */
const GROWTH = 4;
/** and at least 16 GiB. It costs a page table only where pages are populated. */
const MIN_RESERVED_PAGES = 4 * 2 ** 20;

/** Pages of address space to reserve on a machine of this size: the limit of its balloon. */
export const reservedPages = (machinePages: number): number => Math.max(GROWTH * machinePages, MIN_RESERVED_PAGES);

const MIN_SLOT_PAGES = 4096;
const MAX_SLOT_PAGES = 16_384;
/** Maximum number of buffers that io_uring registers (`IORING_MAX_REG_BUFFERS`, io_uring/rsrc.c). */
const MAX_SLOTS = 16_384;

/**
 * Pages of a pinned run. Small runs are cheap to release in parts, large runs make large balloons possible: 16 MiB
 * suffice for up to 128 GiB of memory, the 64 MiB of a full cycle for much more; half of the slots stay free for
 * remainders.
 */
export function slotPages(machinePages: number): number {
  let pages = MIN_SLOT_PAGES;
  while (pages < MAX_SLOT_PAGES && pages * (MAX_SLOTS / 2) < machinePages) pages *= 2;
  return pages;
}

/** Options with which the daemon opens its balloon on this machine; `check` uses the same. */
export function balloonOptions({
  pin,
  allowUnpinnedMoves,
  protocol,
}: Pick<Settings, "pin" | "allowUnpinnedMoves" | "protocol">): BalloonOptions {
  const machinePages = totalPages();
  return {
    arenaPages: reservedPages(machinePages),
    slotPages: slotPages(machinePages),
    pin,
    allowUnpinnedMoves,
    capabilities: wantedCapabilities(protocol),
  };
}

/** Options with which the daemon opens its worker on this machine. */
export function workerOptions(settings: Settings, host: HostKind): WorkerOptions {
  const { floorPages, psiLimit } = limitsOf(settings);
  return {
    ...balloonOptions(settings),
    backdoor: host.kind === "emulated" ? "emulated" : "vmware",
    ioPermission: host.kind === "real" ? settings.ioPermission : "none",
    floorPages,
    psiFullLimit: psiLimit,
    ...(host.kind === "emulated" ? { script: host.script } : {}),
  };
}
