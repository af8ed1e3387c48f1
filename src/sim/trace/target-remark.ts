import { formatSize } from "../../common/units.ts";

/**
 * What is to be said of a target that asks for more than there is; null where it does not.
 * @param memoryPages RAM of the guest
 * @param targetPages the most that the target asks for; may lie between whole pages
 */
export function targetRemark(memoryPages: number, targetPages: number): string | null {
  if (targetPages <= memoryPages) return null;
  let [target, memory] = [formatSize(Math.ceil(targetPages)), formatSize(memoryPages)];
  if (target === memory) [target, memory] = [`${Math.ceil(targetPages)} pages`, `${memoryPages} pages`];
  return `the target goes up to ${target}, more than the guest's RAM of ${memory}: no balloon can get there`;
}
