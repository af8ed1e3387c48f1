import type { GuestMemory } from "./memory.ts";

/**
 * Whether a page that comes back is active at once: it is if fewer pages have been evicted and activated since it was
 * evicted than there are pages that it competes with (`workingset_refault`, mm/workingset.c).
 *
 * @param age the nonresident age when it was evicted
 */
export function refaultIsActive(memory: GuestMemory, age: number, file: boolean): boolean {
  let competing = memory.activeFile + (file ? 0 : memory.inactiveFile);
  if (memory.swapFree > 0) competing += memory.activeAnon + (file ? memory.inactiveAnon : 0);
  return memory.nonresidentAge - age <= competing;
}
