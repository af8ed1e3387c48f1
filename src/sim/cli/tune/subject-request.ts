/** What `sweep` and `tune` ask for, and get: traces or hosts, and the values that their runs vary. */
import type { WhatIf } from "../../trace/what-if.ts";
import type { SubjectKind } from "../../tune/objectives.ts";
import type { Space } from "../../tune/space.ts";
import type { TraceText } from "../../tune/study/trace-text.ts";
import type { Goal, HostTuning, StudyTrace } from "../../tune/types.ts";
import type { QueueOptions } from "../queue-options.ts";
import type { Shard } from "../shards/shard.ts";
import type { WhatIfOptions } from "../what-if-options.ts";

/** Options that choose what varies, on what. */
export interface SubjectOptions extends WhatIfOptions, QueueOptions {
  readonly set?: string[];
  readonly driver?: string;
  readonly rates?: string;
  /** Replaces the policy of hosts. */
  readonly policy?: string;
  /** Of what the objectives are listed instead of runs. */
  readonly objectives?: "help" | "traces" | "hosts";
  readonly seeds?: number;
  readonly holdout?: string[];
  readonly shard?: Shard;
}

/** What a command has to know to load its subjects. */
export interface SubjectRequest {
  readonly command: "sweep" | "tune";
  readonly options: SubjectOptions;
  /** Goals, about which there may be remarks. */
  readonly goals: readonly Goal[];
  /** Weights by name; others count as 1. */
  readonly weights: ReadonlyMap<string, number>;
  /** Whether those come first of which a run costs least. */
  readonly isCheapestFirst: boolean;
}

/** What the runs of a command are runs of, and the values that they vary. */
export interface Subjects {
  readonly kind: SubjectKind;
  readonly space: Space;
  /** Of hosts; absent: traces. */
  readonly host?: HostTuning;
  readonly whatIf: WhatIf;
  readonly texts: readonly TraceText[];
  /** Their descriptions, in the same order. */
  readonly traces: readonly StudyTrace[];
  /** Of each the values of the columns of `sweep` about it: file, name, driver, and changes to a trace or the policy of a host. */
  readonly columns: readonly (readonly [string, string, string, string])[];
  /** Of each the name of its seed where one seed is used. */
  readonly seeds: readonly string[];
  /** Remarks about them, one sentence each, safe to print. */
  readonly remarks: readonly string[];
}
