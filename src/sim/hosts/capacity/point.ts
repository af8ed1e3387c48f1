/** The points of a search: the host of a file with other memory, or with other numbers of VMs. */
import { formatTime, type Pages } from "../../../common/units.ts";
import { applyHostSets, type HostDocument, scenarioOf } from "../scenario/read.ts";
import type { HostScenario } from "../scenario/types.ts";

/** What is varied; plain data. */
export type Point =
  | { readonly over: "memory"; readonly memory: Pages }
  /** The number of VMs of each entry of the file, by its name. */
  | { readonly over: "vms"; readonly counts: Readonly<Record<string, number>> };

const kib = (pages: Pages): string => `${pages * 4}KiB`;

/**
 * The host of a point.
 * @param document of which the host is `base` in the first world
 * @param world number of the world, from 1
 * @throws {InputError} if the VMs' reservations and overhead do not fit
 */
export function scenarioAt(document: HostDocument, base: HostScenario, point: Point, world: number): HostScenario {
  if (point.over === "memory") {
    // The host's swap stays as it is: by default it would be as large as the memory.
    const sets = [`host.memory=${kib(point.memory)}`, `host.swap.size=${kib(base.swap.size)}`];
    return scenarioOf(applyHostSets(document, { sets }), world);
  }
  const { counts } = point;
  const sets = [`duration=${formatTime(base.durationUs)}`, `host.swap.size=${kib(base.swap.size)}`];
  for (const [group, count] of Object.entries(counts)) {
    const vms = base.vms.filter((vm) => vm.group === group);
    if (count <= vms.length) continue;
    sets.push(`vms.${group}.count=${count}`);
    // Copies of a VM that the file has once march with it: at drawn phases of its trace, night would be day for some.
    if (isAlone(group, vms)) sets.push(`vms.${group}.spread=0s`);
  }
  const scenario = scenarioOf(applyHostSets(document, { sets }), world);
  const left = new Map(Object.entries(counts));
  const vms = scenario.vms.filter(({ group }) => {
    const more = left.get(group) ?? 0;
    left.set(group, more - 1);
    return more > 0;
  });
  return { ...scenario, vms };
}

/** Whether the file has a VM without a count. */
const isAlone = (group: string, vms: readonly { readonly name: string }[]): boolean =>
  vms.length === 1 && vms[0]?.name === group;

/** The number of VMs of each entry of a file, in its order. */
export function groupSizes({ vms }: Pick<HostScenario, "vms">): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { group } of vms) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return sizes;
}
