import type { Params } from "../../engine/index.ts";
import { type Archived, ArchiveReader, ArchiveWriter } from "../state/archive.ts";
import type { WhatIf } from "../trace/what-if.ts";

/** Takes down everything that the rest of a run, and of its observers' work, depends on. */
export function saveState(parts: readonly Archived[]): Float64Array {
  const writer = new ArchiveWriter();
  for (const part of parts) part.archive(writer);
  return writer.state();
}

/**
 * Puts a state back into parts that were made as those that it was taken of: the same trace, the same options.
 * @throws {RangeError} if it is not theirs
 */
export function restoreState(parts: readonly Archived[], state: Float64Array): void {
  const reader = new ArchiveReader(state);
  for (const part of parts) part.archive(reader);
  if (!reader.isSpent) throw new RangeError("the state is longer than what is to be set from it");
}

/** Version of the files that this program writes and reads. */
export const CHECKPOINT_VERSION = 2;

/** A suspended run, as a file keeps it. */
export interface Checkpoint {
  readonly format: "balloon-sim/checkpoint";
  /** Of the state's layout: 2 since a VM has its state in one piece. */
  readonly version: typeof CHECKPOINT_VERSION;
  /** Version of the program: another one may have another state. */
  readonly program: string;
  /** As the command line named it, and the SHA-256 of its bytes. */
  readonly trace: {
    readonly path: string;
    readonly sha256: string;
    /** The machine that the trace names or describes, as the text of a machine file; absent: the profile's. */
    readonly machine?: string;
  };
  /** Name of the balloon driver; absent: `vmmemctl`. */
  readonly driver?: string;
  readonly rates: Params;
  /** Instead of the trace's own; null: that. */
  readonly seed: string | null;
  /** What was changed about the trace. */
  readonly whatIf: WhatIf;
  /** The rows that the run writes. */
  readonly rows: {
    readonly columns: readonly string[];
    readonly format: string;
    readonly choice: string;
    readonly sampleUs: number | null;
  };
  /** Virtual time up to which the run has come: all events until then have been. */
  readonly atUs: number;
  /** The state: 64-bit floating-point numbers, the lowest byte first, in base 64. */
  readonly state: string;
}

/** A state as text. */
export function encodeState(state: Float64Array): string {
  const bytes = Buffer.alloc(state.length * 8);
  state.forEach((value, i) => {
    bytes.writeDoubleLE(value, i * 8);
  });
  return bytes.toString("base64");
}

/** The state that a text stands for; null if it is none. */
export function decodeState(text: string): Float64Array | null {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 8 !== 0 || bytes.toString("base64") !== text) return null;
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));
}
