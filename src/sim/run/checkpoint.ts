import type { Params } from "../../engine/index.ts";
import type { WhatIf } from "../trace/what-if.ts";

/** Version of the files that this program writes and reads. */
export const CHECKPOINT_VERSION = 2;

/** A suspended run, as stored in a file. */
export interface Checkpoint {
  readonly format: "balloon-sim/checkpoint";
  /** Version of the state's layout: 2 since a VM's state is one contiguous part. */
  readonly version: typeof CHECKPOINT_VERSION;
  /** Version of the program: other versions may have another state. */
  readonly program: string;
  /** As named on the command line, and the SHA-256 of its bytes. */
  readonly trace: {
    readonly path: string;
    readonly sha256: string;
    /** The machine that the trace names or describes, as the text of a machine file; absent: the profile's machine. */
    readonly machine?: string;
  };
  /** Name of the balloon driver; absent: `vmmemctl`. */
  readonly driver?: string;
  readonly rates: Params;
  /** Replaces the trace's seed; null: the trace's. */
  readonly seed: string | null;
  /** The changes made to the trace. */
  readonly whatIf: WhatIf;
  /** The rows that the run writes. */
  readonly rows: {
    readonly columns: readonly string[];
    readonly format: string;
    readonly choice: string;
    readonly sampleUs: number | null;
  };
  /** Virtual time of the checkpoint: all events up to it have been processed. */
  readonly atUs: number;
  /** The state: 64-bit floating-point numbers, little-endian, in base64. */
  readonly state: string;
}

/** Encodes a state as text. */
export function encodeState(state: Float64Array): string {
  const bytes = Buffer.alloc(state.length * 8);
  state.forEach((value, i) => {
    bytes.writeDoubleLE(value, i * 8);
  });
  return bytes.toString("base64");
}

/** Decodes a state; null if the text is not a valid state. */
export function decodeState(text: string): Float64Array | null {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 8 !== 0 || bytes.toString("base64") !== text) return null;
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));
}
