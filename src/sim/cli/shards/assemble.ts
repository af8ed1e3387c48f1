import type { PartHeader, PartRecord } from "./part-format.ts";

/** A run of a part: what the part says of it, and its rows in pieces, which have to be taken before the next run is. */
export interface PartRun<Record extends PartRecord = PartRecord> {
  readonly record: Record;
  rows(): Iterable<Uint8Array>;
}

/** The runs of all parts of a result. */
export interface AllRuns {
  /** In ascending order of their indices, to be gone through once. */
  readonly runs: Iterable<PartRun>;
  /** Those of `run` that failed, which has to be known before the first row is written. */
  readonly failed: readonly PartRecord[];
}

/**
 * Makes a command's result of its runs.
 * @param output file for the result; undefined or `-`: standard output
 * @throws {InputError | RunError} as the command without shards does
 */
export type Assemble = (header: PartHeader, all: AllRuns, output: string | undefined) => Promise<void>;
