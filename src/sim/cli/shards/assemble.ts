import type { PartHeader, PartRecord } from "./part-format.ts";

/** A run of a part: its record, and its rows in pieces, which must be read before the next run is requested. */
export interface PartRun<Record extends PartRecord = PartRecord> {
  readonly record: Record;
  rows(): Iterable<Uint8Array>;
}

/** The runs of all parts of a result. */
export interface AllRuns {
  /** In ascending order of their indices. They can be iterated over only once. */
  readonly runs: Iterable<PartRun>;
  /** Failed runs of `run`, which must be known before the first row is written. */
  readonly failed: readonly PartRecord[];
}

/**
 * Computes the result of a command from its runs.
 * @param output file for the result; undefined or `-`: standard output
 * @throws {InputError | RunError} like the command without shards
 */
export type Assemble = (header: PartHeader, all: AllRuns, output: string | undefined) => Promise<void>;
