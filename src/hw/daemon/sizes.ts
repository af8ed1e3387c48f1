import { totalmem } from "node:os";
import { defaultFloor } from "../../common/balloon-limits.ts";
import { InputError } from "../../common/errors.ts";
import { formatSize, PAGE_BYTES } from "../../common/units.ts";
import type { BalloonOptions } from "../native/addon.ts";
import type { Settings } from "../settings/settings.ts";
import type { Limits } from "../view/types.ts";

/** Pages of RAM that this machine has. */
export const totalPages = (): number => Math.floor(totalmem() / PAGE_BYTES);

/**
 * The limits of allocations on this machine.
 * @throws {InputError} for a floor that leaves no room for any balloon
 */
export function limitsOf({ floorPages, psiLimit }: Settings, machinePages = totalPages()): Limits {
  if (floorPages !== null && floorPages >= machinePages) {
    throw new InputError(
      `--floor: ${formatSize(floorPages)} is all that this machine has (${formatSize(machinePages)}) or more: nothing is left for a balloon`,
    );
  }
  return { floorPages: floorPages ?? defaultFloor(machinePages), psiLimit };
}

/** Address space is reserved for so many times the memory of the start, since memory can be added at run time, */
const GROWTH = 4;
/** and for 16 GiB at least. It costs a page table only where it is used. */
const MIN_RESERVED_PAGES = 4 * 2 ** 20;

/** Pages of address space to reserve on a machine with so much memory: the most that its balloon may ever hold. */
export const reservedPages = (machinePages: number): number => Math.max(GROWTH * machinePages, MIN_RESERVED_PAGES);

const MIN_SLOT_PAGES = 4096;
const MAX_SLOT_PAGES = 16_384;
/** Buffers that io_uring registers at most (`IORING_MAX_REG_BUFFERS`, io_uring/rsrc.c). */
const MAX_SLOTS = 16_384;

/**
 * Pages of a pinned run: small ones are cheap to release in parts, large ones make the largest balloons possible. 16 MiB
 * reach up to 128 GiB of memory, and a full cycle's 64 MiB far beyond; half of the slots stay free for remainders.
 */
export function slotPages(machinePages: number): number {
  let pages = MIN_SLOT_PAGES;
  while (pages < MAX_SLOT_PAGES && pages * (MAX_SLOTS / 2) < machinePages) pages *= 2;
  return pages;
}

/** Options by which the daemon opens its balloon on this machine; `check` opens it with the same. */
export function balloonOptions({
  pin,
  allowUnpinnedMoves,
}: Pick<Settings, "pin" | "allowUnpinnedMoves">): BalloonOptions {
  const machinePages = totalPages();
  return {
    arenaPages: reservedPages(machinePages),
    slotPages: slotPages(machinePages),
    pin,
    allowUnpinnedMoves,
  };
}
