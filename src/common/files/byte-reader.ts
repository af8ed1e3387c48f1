import type { Bytes } from "../units.ts";

/** A source of bytes that are read from beginning to end. */
export interface ByteReader {
  /** Number of bytes read so far. */
  readonly position: Bytes;
  /**
   * Reads into `buffer` from its byte `start` on, as many bytes as are available and fit.
   * @returns the number of bytes read; 0 at the end
   */
  read(buffer: Uint8Array, start: Bytes): Bytes;
  close(): void;
}
