/** What a search for the capacity of a host has found, and what its outputs have in common. */
import type { Pages, Us } from "../../../common/units.ts";
import { type Axis, configuredOf } from "../../hosts/capacity/axis.ts";
import type { PolicyCapacity } from "../../hosts/capacity/capacity.ts";
import type { Point } from "../../hosts/capacity/point.ts";
import type { HostRequirement } from "../../hosts/capacity/requirement.ts";
import type { WorldTrial } from "../../hosts/capacity/trials.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";

/** What a search has found, for all policies. */
export interface CapacityReport {
  /** The host of the file. */
  readonly host: HostScenario;
  readonly over: "memory" | "vms";
  readonly group: string | null;
  readonly requirements: readonly HostRequirement[];
  /** `--until`; null: not given. */
  readonly untilUs: Us | null;
  readonly worlds: number;
  readonly axis: Axis;
  /** The host of a point of the axis. */
  readonly scenarioOf: (index: number) => HostScenario;
  readonly policies: readonly { readonly name: string; readonly capacity: PolicyCapacity }[];
}

/** What a point of the axis is. */
export interface Place {
  readonly memory: Pages;
  readonly vms: number;
  readonly configured: Pages;
}

export function placeOf({ axis, host, scenarioOf }: CapacityReport, index: number): Place {
  const point = axis.points[index] as Point;
  if (point.over === "memory") return { memory: point.memory, vms: host.vms.length, configured: configuredOf(host) };
  const { memory, vms } = scenarioOf(index);
  return { memory, vms: vms.length, configured: configuredOf({ vms }) };
}

export const ratioOf = ({ memory, configured }: Place): number => configured / memory;

/** The whole run in the place of one that ended at the breach, if there is one: no point has two figures. */
export const wholeRun = ({ breaks }: PolicyCapacity, index: number, run: WorldTrial): WorldTrial =>
  breaks?.index === index && breaks.world === run.world ? breaks : run;
