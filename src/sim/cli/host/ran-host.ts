import type { HostResult } from "../../hosts/measures/results.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";

/** A host that has run. */
export interface RanHost {
  readonly scenario: HostScenario;
  readonly result: HostResult;
}
