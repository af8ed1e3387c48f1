import type { ByteReader } from "../../common/files/byte-reader.ts";
import type { Bytes } from "../../common/units.ts";

/** A file of a log, which is read several times: on a disk (`InputFile`), or in memory (`MemoryFile`). */
export interface LogFile {
  /** Name in messages and in the trace's origin. */
  readonly name: string;
  /** Name without its folder. */
  readonly baseName: string;
  /** Path from the root on: two files with one path are one file. */
  readonly fullPath: string;
  /** The folders of its name, from the root on. */
  readonly folders: readonly string[];
  readonly bytes: Bytes;
  /** A pass over its bytes, as UTF-8 if they are UTF-16. @param offset of the first byte */
  open(offset?: Bytes): ByteReader;
  /** The first 64 KiB as Latin-1 characters, without a byte order mark: for detecting a format. */
  head(): string;
  /** SHA-256 of its bytes in hexadecimal digits. */
  sha256(): string;
}
