import type { Pages } from "../../common/units.ts";
import { type GuestMemory, Lru } from "./memory.ts";
import type { Reclaimer } from "./reclaimer.ts";
import { integerSqrt } from "./watermarks.ts";

/**
 * Sets how many pages of each list of the classic LRU a pass of `r` scans at `r.priority`, and which kinds it deactivates
 * (mm/vmscan.c `get_scan_count()`, `prepare_scan_count()`).
 */
export function setTargets(m: GuestMemory, r: Reclaimer): void {
  const { inactiveAnon, activeAnon, inactiveFile, activeFile } = m;
  r.deactivateAnon = m.anonActivations !== m.seenAnonActivations || inactiveIsLow(inactiveAnon, activeAnon);
  r.deactivateFile = m.fileActivations !== m.seenFileActivations || inactiveIsLow(inactiveFile, activeFile);

  // Not 2 ** priority, which V8 computes in a library function.
  const scale = 1 << r.priority;
  let anonShare = 0;
  let fileShare = 0;
  let denominator = 1;
  if (m.swapFree === 0 || r.filesOnly) fileShare = 1;
  else if (r.priority === 0 && m.swappiness > 0) anonShare = fileShare = 1;
  else if (activeFile + inactiveFile + m.free <= m.watermarks.ownHigh && !r.deactivateAnon && inactiveAnon >= scale) {
    // There is little page cache.
    anonShare = 1;
  } else if (inactiveFile >= scale && !r.deactivateFile) {
    // There is enough inactive page cache.
    fileShare = 1;
  } else {
    // The kind (anonymous or file) whose reclaim has cost less is scanned more, weighted by swappiness.
    const sum = m.anonCost + m.fileCost;
    const anonCost = sum + m.anonCost;
    const fileCost = sum + m.fileCost;
    const total = anonCost + fileCost;
    anonShare = Math.floor((m.swappiness * (total + 1)) / (anonCost + 1));
    fileShare = Math.floor(((200 - m.swappiness) * (total + 1)) / (fileCost + 1));
    denominator = anonShare + fileShare;
  }
  const { targets, left } = r;
  left[Lru.InactiveAnon] = targets[Lru.InactiveAnon] = share(inactiveAnon, scale, anonShare, denominator);
  left[Lru.ActiveAnon] = targets[Lru.ActiveAnon] = share(activeAnon, scale, anonShare, denominator);
  left[Lru.InactiveFile] = targets[Lru.InactiveFile] = share(inactiveFile, scale, fileShare, denominator);
  left[Lru.ActiveFile] = targets[Lru.ActiveFile] = share(activeFile, scale, fileShare, denominator);
}

/** Pages of a list that a pass scans: `size / scale`, of which the part `part / whole` (`get_scan_count`). */
function share(size: Pages, scale: number, part: number, whole: number): Pages {
  const pages = Math.floor(size / scale);
  return part === whole ? pages : Math.floor((pages * part) / whole);
}

/**
 * Whether a kind (anonymous or file) has too few inactive pages. The required share falls with size
 * (`inactive_is_low`).
 */
export function inactiveIsLow(inactive: Pages, active: Pages): boolean {
  const gib = Math.floor((inactive + active) / 262_144);
  const ratio = gib > 0 ? integerSqrt(10 * gib) : 1;
  return inactive * ratio < active;
}
