import { bareMemoryHint } from "../../common/bare-size.ts";
import { formatSize } from "../../common/units.ts";

/**
 * A remark about a target above the guest's RAM; null if it is not.
 * @param memoryPages RAM of the guest
 * @param targetPages the largest value of the target; may be between whole pages
 */
export function targetRemark(memoryPages: number, targetPages: number): string | null {
  if (targetPages <= memoryPages) return null;
  let [target, memory] = [formatSize(Math.ceil(targetPages)), formatSize(memoryPages)];
  if (target === memory) [target, memory] = [`${Math.ceil(targetPages)} pages`, `${memoryPages} pages`];
  return `the target goes up to ${target}, more than the guest's RAM of ${memory}: no balloon can get there${bareMemoryHint(memoryPages)}`;
}
