import type { HostParams } from "../../hosts/params.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { notesOf } from "../../report/host/notes.ts";

/** What of a host is told with its results; plain data. */
export interface HostAbout {
  readonly params: HostParams;
  readonly seed: string;
  /** Sentences about what its file does not say, and about the model. */
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
}

export const aboutHost = (scenario: HostScenario): HostAbout => ({
  params: scenario.params,
  seed: scenario.seed,
  assumed: scenario.assumed,
  notes: notesOf(scenario),
});
