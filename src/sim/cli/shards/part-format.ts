/**
 * The file of a part, in UTF-8: a line with the header, a line of JSON for each run of the shard in ascending order, and a
 * last line with the number of runs and a hash. The rows of a run follow its line, as `bytes` bytes of text and a line break.
 */
import type { Shard } from "./shard.ts";

export const PART_FORMAT = "balloon-sim/part";
export const PART_VERSION = 1;

/** Commands that accept `--shard`. */
export type ShardedCommand = "run" | "sweep" | "compare";

/** First line of a part: it identifies the part and its result, and contains the data that `merge` needs for the result. */
export interface PartHeader {
  readonly format: typeof PART_FORMAT;
  readonly version: typeof PART_VERSION;
  /** Version of the program; another version may have another model. */
  readonly program: string;
  readonly command: ShardedCommand;
  readonly shard: Shard;
  /** Number of runs of all shards together. */
  readonly runs: number;
  /** SHA-256 of the inputs of the result. */
  readonly of: {
    /** Of the options, the files that they name, and the names of the traces. */
    readonly options: string;
    /** Of the contents of the traces and of the machine files that they name. */
    readonly traces: string;
  };
  /** The description of the result, defined by the command. */
  readonly result: unknown;
}

/** Line of a run. The command adds further members. */
export interface PartRecord {
  /** Index of the run among those of all shards, from 0. */
  readonly run: number;
  /** Number of bytes of the rows after the line; absent: the run has no rows. */
  readonly bytes?: number;
}

/** Last line of a part. */
export interface PartEnd {
  /** Number of runs in the part. */
  readonly end: number;
  /** SHA-256 of all bytes before this line. */
  readonly sha256: string;
}
