/** The two sizes of a balloon's pages, and what requests for pages of a size look like. */
import { Custody, LARGE_PAGE_FRAMES } from "./ports.ts";
import { Command } from "./protocol.ts";
import type { Pages } from "./units.ts";

/** Sizes of pages: 4 KiB, and 2 MiB. */
export const PageSize = { Small: 0, Large: 1 } as const;

/** Frames of a page, by `PageSize`. */
export const framesOf = (size: number): Pages => (size === PageSize.Large ? LARGE_PAGE_FRAMES : 1);

/** The group of pages of a size. @param group a `Custody` of pages of 4 KiB */
export const custodyOf = (group: number, size: number): number =>
  size === PageSize.Large ? group | Custody.Large : group;

/** The batched command for pages of a size. @param single `Command.Lock`, or `Command.Unlock` */
export function batchedCommand(single: number, size: number): number {
  const isLock = single === Command.Lock;
  if (size === PageSize.Large) return isLock ? Command.Batched2mLock : Command.Batched2mUnlock;
  return isLock ? Command.BatchedLock : Command.BatchedUnlock;
}
