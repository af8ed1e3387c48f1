/** The objectives of studies: of traces, and of hosts. */
import { HOST_FIGURES } from "../hosts/measures/figures.ts";
import { OBJECTIVES, type Objective } from "../measures/objectives.ts";
import type { HostTuning } from "./types.ts";

/** What is known of an objective, whatever it is measured on. */
export interface MeasuredObjective extends Pick<Objective, "name" | "better" | "meaning"> {
  readonly unit: string;
}

/** What the runs of a study are runs of. */
export type SubjectKind = "trace" | "host";

/** The kind of a study's subjects. */
export const subjectKindOf = ({ host }: { readonly host?: HostTuning | undefined }): SubjectKind =>
  host === undefined ? "trace" : "host";

/** The objectives of a run, in the order in which they are measured. */
export const objectivesOf = (kind: SubjectKind): readonly MeasuredObjective[] =>
  kind === "host" ? HOST_FIGURES : OBJECTIVES;

/** The objective with a name, which no two of all kinds share; undefined: there is none. */
export const objectiveOf = (name: string): MeasuredObjective | undefined =>
  OBJECTIVES.find((objective) => objective.name === name) ?? HOST_FIGURES.find((figure) => figure.name === name);

/** The unit of an objective; empty for one that this program does not measure. */
export const unitOfObjective = (name: string): string => objectiveOf(name)?.unit ?? "";

/** The objectives that count kills: by OOM killers of guests, and by the host. */
export const KILLS: Readonly<Record<SubjectKind, readonly [string, ...string[]]>> = {
  trace: ["oom_kills"],
  host: ["total_oom_kills", "ended_vms"],
};
