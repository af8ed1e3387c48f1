/**
 * SHA-256. The first call loads `node:crypto`: that takes 5 ms, and a run without files of its own needs no hash.
 */
import type { BinaryToTextEncoding, Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 1 << 20;

/** A hash that takes bytes in pieces. */
export const newHash = (): Hash => process.getBuiltinModule("node:crypto").createHash("sha256");

/** SHA-256 of bytes, or of a text in UTF-8; in hexadecimal digits by default. */
export function sha256(data: string | Uint8Array, encoding: BinaryToTextEncoding = "hex"): string {
  return newHash().update(data).digest(encoding);
}

/**
 * SHA-256 of bytes that are read in chunks, in hexadecimal digits.
 * @param read fills a buffer from its beginning; returns the number of bytes read, 0 at the end
 */
export function sha256OfChunks(read: (chunk: Buffer) => number): string {
  const hash = newHash();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let length = read(chunk); length > 0; length = read(chunk)) hash.update(chunk.subarray(0, length));
  return hash.digest("hex");
}

/**
 * SHA-256 of a file's bytes, in hexadecimal digits.
 * @throws a system error if the file can't be read
 */
export function sha256OfFile(path: string): string {
  const fd = openSync(path, "r");
  try {
    return sha256OfChunks((chunk) => readSync(fd, chunk));
  } finally {
    closeSync(fd);
  }
}
