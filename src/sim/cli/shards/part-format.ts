/**
 * The file of a part, in UTF-8: a line with the header, a line of JSON for each run of the shard in ascending order, and a line
 * with what ends the part. Where a run has rows, they follow its line as so many bytes of text, and a line break.
 */
import type { Shard } from "./shard.ts";

export const PART_FORMAT = "balloon-sim/part";
export const PART_VERSION = 1;

/** Commands whose results can be made in parts. */
export type ShardedCommand = "run" | "sweep" | "compare";

/** First line of a part: which part of which result it is, and what `merge` needs to make the result. */
export interface PartHeader {
  readonly format: typeof PART_FORMAT;
  readonly version: typeof PART_VERSION;
  /** Version of the program: another one may have another model. */
  readonly program: string;
  readonly command: ShardedCommand;
  readonly shard: Shard;
  /** Runs of all shards. */
  readonly runs: number;
  /** SHA-256 of what the result depends on. */
  readonly of: {
    /** Options and the files that they name, names of the traces included. */
    readonly options: string;
    /** Contents of the traces and of the machine files that they name. */
    readonly traces: string;
  };
  /** What the command makes of the runs; the command defines it. */
  readonly result: unknown;
}

/** Line of a run. What the command says of the run stands beside these members. */
export interface PartRecord {
  /** Index of the run among those of all shards, from 0. */
  readonly run: number;
  /** Bytes of rows behind the line; absent: the run has none. */
  readonly bytes?: number;
}

/** Last line of a part. */
export interface PartEnd {
  /** Number of runs in the part. */
  readonly end: number;
  /** SHA-256 of all bytes before this line. */
  readonly sha256: string;
}
