import type { Pages } from "../../common/units.ts";
import type { LruList } from "./lru.ts";
import { coldBeside, createPiece, PageFlag, wholeHuge } from "./piece.ts";
import type { Sweep } from "./units.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** Pages that are being added to a list, which copies them. */
const added = createPiece();

/**
 * Adds anonymous pages that reclaim has looked at to the head of a list. Hot pages that the sweep has passed are touched
 * next in its following lap. The pages are described by arguments: a new object for each call makes a run slower by 5 %.
 *
 * @param gap see `LruList.push`
 * @param from value of the sweep at which the first hot page is touched, and `to`, the last
 */
export function putPages(
  list: LruList,
  gap: Sweep,
  w: WorkloadPages,
  hot: Pages,
  cold: Pages,
  from: Sweep,
  to: Sweep,
  flags: number,
): void {
  if (hot + cold === 0) return;
  const { sweep, workingSet } = w;
  added.owner = w.index;
  added.cold = cold;
  added.to = to;
  added.flags = flags;
  let passedHot = hot === 0 || sweep < from ? 0 : sweep >= to ? hot : Math.round((hot * (sweep - from)) / (to - from));
  if ((flags & PageFlag.Huge) !== 0) passedHot = Math.min(hot, wholeHuge(passedHot));
  if (passedHot === 0) {
    added.hot = hot;
    added.from = hot === 0 || sweep < from ? from : Math.min(sweep, to);
    list.push(added, gap);
    return;
  }
  const until = Math.min(sweep, to);
  const coldPassed = (flags & PageFlag.Huge) === 0 ? 0 : coldBeside(passedHot, cold);
  const laps = workingSet * (Math.floor((sweep - until) / workingSet) + 1);
  if (passedHot < hot || cold > coldPassed) {
    added.hot = hot - passedHot;
    added.cold = cold - coldPassed;
    added.from = until;
    list.push(added, gap);
  }
  added.cold = coldPassed;
  added.hot = passedHot;
  added.from = from + laps;
  added.to = until + laps;
  list.push(added, gap);
}
