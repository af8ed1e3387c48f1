/** The data of the explorer's page, embedded in it as JSON. */
import { type BalloonPolicy, DEFAULT_POLICY, type ParamSpec, POLICIES } from "../../engine/index.ts";
import { OBJECTIVES, type Objective } from "../measures/objectives.ts";
import { caveatOf } from "../output/caveats.ts";
import { type Column, columnsOf } from "../output/columns.ts";
import type { Panel } from "../report/model.ts";
import { DERIVED } from "../report/runs/derived.ts";
import { groupPanels } from "../report/runs/panels.ts";

/** A trace that the page has. */
export interface PresetTrace {
  /** As on the command line: `spike`, `mine.json`. */
  readonly name: string;
  readonly text: string;
}

/** Values of a driver's parameters that the page brings along, such as those of a trial of a study. */
export interface RatesPreset {
  /** For people: `trial 89: best stall_full`. */
  readonly name: string;
  readonly driver: string;
  /** Values that are not the driver's own, by name. */
  readonly rates: Readonly<Record<string, number>>;
}

/** A driver, as the page shows it. */
export interface DriverModel {
  readonly name: string;
  readonly description: string;
  readonly caveat: string | null;
  readonly params: readonly ParamSpec[];
  /** The columns of its rows. */
  readonly columns: readonly Pick<Column, "name" | "unit" | "kind" | "meaning" | "isDefault">[];
  readonly panels: readonly Panel[];
}

/** The data of a page. */
export interface ExploreData {
  readonly version: string;
  readonly defaultDriver: string;
  readonly drivers: readonly DriverModel[];
  readonly objectives: readonly Pick<Objective, "name" | "unit" | "better" | "meaning">[];
  readonly traces: readonly PresetTrace[];
  readonly presets: readonly RatesPreset[];
}

/** @param version of the program */
export const exploreData = (
  traces: readonly PresetTrace[],
  presets: readonly RatesPreset[],
  version: string,
): ExploreData => ({
  version,
  defaultDriver: DEFAULT_POLICY.name,
  drivers: [...POLICIES.values()].map(driverModel),
  objectives: OBJECTIVES.map(({ name, unit, better, meaning }) => ({ name, unit, better, meaning })),
  traces,
  presets,
});

function driverModel(policy: BalloonPolicy): DriverModel {
  const columns = columnsOf(policy).map(({ name, unit, kind, meaning, isDefault }) => ({
    name,
    unit,
    kind,
    meaning,
    isDefault,
  }));
  const names = [...columns, ...DERIVED].map(({ name }) => name);
  return {
    name: policy.name,
    description: policy.description,
    caveat: caveatOf(policy),
    params: policy.params,
    columns,
    panels: groupPanels({ names }),
  };
}
