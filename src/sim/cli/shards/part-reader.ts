import type { Hash } from "node:crypto";
import { InputError } from "../../../common/errors.ts";
import type { ByteReader } from "../../../common/files/byte-reader.ts";
import { newHash } from "../../../common/files/hash.ts";
import type { InputFile } from "../../../common/files/input-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { PART_FORMAT, PART_VERSION, type PartEnd, type PartHeader, type PartRecord } from "./part-format.ts";
import { runsOf, type Shard } from "./shard.ts";

const NEWLINE = 10;
/** Maximum length of a line of a part. The line of a run with its whole summary has a few hundred kilobytes at most. */
const MAX_LINE_BYTES = 1 << 26;
const CHUNK_BYTES = 1 << 18;

/** Reads a part from beginning to end: its header, then its runs. */
class PartBytes {
  readonly #source: ByteReader;
  readonly #hash: Hash | null;
  #buffer: Buffer;
  #start = 0;
  #end = 0;

  /** @param hash is updated with all bytes that are read; null: no hash */
  constructor(source: ByteReader, hash: Hash | null, chunkBytes: number) {
    this.#source = source;
    this.#hash = hash;
    this.#buffer = Buffer.allocUnsafe(chunkBytes);
  }

  /** The next line, without its line break; null if no complete line is left. */
  line(): Buffer | null {
    let searched = this.#start;
    for (;;) {
      const found = this.#buffer.subarray(0, this.#end).indexOf(NEWLINE, searched);
      if (found !== -1) {
        const line = this.#buffer.subarray(this.#start, found);
        this.#start = found + 1;
        return line;
      }
      const length = this.#end - this.#start;
      if (length > MAX_LINE_BYTES || !this.#fill()) return null;
      searched = this.#start + length;
    }
  }

  /** Updates the hash with a line. To be called before the next line is read. */
  note(line: Buffer): void {
    this.#hash?.update(line).update("\n");
  }

  /** Delivers `count` bytes, or fewer at the end of the file, in pieces. A piece is valid until the next one is requested. */
  *bytes(count: number): Generator<Buffer> {
    let left = count;
    while (left > 0) {
      if (this.#start === this.#end && !this.#fill()) return;
      const piece = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + left));
      this.#start += piece.length;
      left -= piece.length;
      this.#hash?.update(piece);
      yield piece;
    }
  }

  get isAtEnd(): boolean {
    return this.#start === this.#end && !this.#fill();
  }

  close(): void {
    this.#source.close();
  }

  /** Moves the content of the buffer to its beginning and reads more behind it. @returns false at the end of the file */
  #fill(): boolean {
    if (this.#start > 0) this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    if (this.#end === this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer, Buffer.allocUnsafe(this.#buffer.length)]);
    }
    const got = this.#source.read(this.#buffer, this.#end);
    this.#end += got;
    return got > 0;
  }
}

/** A part that was read from beginning to end and is complete. */
export interface CheckedPart {
  readonly file: InputFile;
  readonly header: PartHeader;
}

/** A part that is damaged, in a place that leaves its shard readable. */
export class DamagedPart extends InputError {
  readonly shard: Shard;

  constructor(message: string, { number, of }: Shard) {
    super(message);
    this.shard = { number, of };
  }
}

/**
 * Reads a part from beginning to end.
 * @param note is called with the record of each run
 * @throws {DamagedPart} if the part is damaged, and its shard is known
 * @throws {InputError} if the file is not a part, or is damaged
 */
export function checkPart(file: InputFile, note: (header: PartHeader, record: PartRecord) => void): CheckedPart {
  const shown = escapeUnsafe(file.name);
  const hash = newHash();
  const bytes = new PartBytes(file.open(), hash, CHUNK_BYTES);
  try {
    const first = bytes.line();
    const header = headerOf(first, file);
    const damaged = (what: string) => new DamagedPart(`${shown}: is damaged: ${what}`, header.shard);
    bytes.note(first as Buffer);
    let runs = 0;
    for (const run of runsOf(header.shard, header.runs)) {
      const line = bytes.line();
      if (line === null) throw damaged("it ends before its last run");
      const record = parse<PartRecord & PartEnd>(line);
      if (record?.run !== run) throw damaged(`run ${run} is missing or at the wrong place`);
      bytes.note(line);
      note(header, record);
      for (const _ of bytes.bytes(lengthOf(record))) {
        // Reading them updates the hash.
      }
      runs++;
    }
    const last = bytes.line();
    if (last === null) throw damaged("its last line is missing");
    const end = parse<PartEnd>(last);
    if (end?.end !== runs || !bytes.isAtEnd) throw damaged("its last line is at the wrong place");
    if (end.sha256 !== hash.digest("hex")) throw damaged("its hash does not match");
    return { file, header };
  } finally {
    bytes.close();
  }
}

/** Reads the runs of a checked part, one after the other. */
export class PartRuns {
  readonly #bytes: PartBytes;
  readonly #name: string;
  #rows = 0;

  /** @param chunkBytes minimum size of the buffer */
  constructor({ file }: CheckedPart, chunkBytes: number) {
    this.#bytes = new PartBytes(file.open(), null, chunkBytes);
    this.#name = file.name;
    this.#bytes.line();
  }

  /** The next run. Rows of the previous run that were not read are skipped. */
  next(): PartRecord {
    for (const _ of this.rows()) {
      // They are skipped.
    }
    const line = this.#bytes.line();
    const record = line === null ? null : parse<PartRecord>(line);
    if (record === null) throw new InputError(`${escapeUnsafe(this.#name)}: was changed while it was being read`);
    this.#rows = lengthOf(record);
    return record;
  }

  /** The rows of the run, in pieces. */
  *rows(): Generator<Buffer> {
    const length = this.#rows;
    this.#rows = 0;
    if (length === 0) return;
    let left = length - 1;
    for (const piece of this.#bytes.bytes(length)) {
      // The last byte is the line break after the rows.
      if (left > 0) yield piece.subarray(0, Math.min(left, piece.length));
      left -= piece.length;
    }
  }

  close(): void {
    this.#bytes.close();
  }
}

/** The beginning of each part. */
const BEGINNING = `{"format":"${PART_FORMAT}"`;

/** The first bytes of files that gzip, Zstandard, xz, bzip2 and zip have written, as Latin-1. */
const COMPRESSED = ["\x1f\x8b", "\x28\xb5\x2f\xfd", "\xfd7zXZ", "BZh", "PK\x03\x04"];

/** Number of bytes after the line of a run: its rows, and a line break. */
const lengthOf = ({ bytes }: PartRecord): number => (bytes === undefined ? 0 : bytes + 1);

/**
 * The header in the first line of a file.
 * @param line null: the file has no complete line
 * @throws {DamagedPart} if the line is cut off after the shard's number
 * @throws {InputError} if the line is not a header, or is one of another version
 */
function headerOf(line: Buffer | null, file: InputFile): PartHeader {
  const shown = escapeUnsafe(file.name);
  const header = line === null ? null : parse<PartHeader>(line);
  if (header === null) {
    const head = file.head();
    if (COMPRESSED.some((magic) => head.startsWith(magic))) {
      throw new InputError(`${shown}: is compressed: decompress it first`);
    }
    if (head.startsWith(BEGINNING)) {
      const message = `${shown}: is damaged: ${line === null ? "it ends within its first line" : "its first line was changed"}`;
      const [, number, of] = /"shard":\{"number":(\d{1,9}),"of":(\d{1,9})\}/.exec(head.split("\n", 1)[0] ?? "") ?? [];
      throw number === undefined
        ? new InputError(message)
        : new DamagedPart(message, { number: Number(number), of: Number(of) });
    }
  }
  if (header?.format !== PART_FORMAT) {
    throw new InputError(`${shown}: is not a part of a result (run, sweep and compare write parts with --shard)`);
  }
  if ((header.version as number) !== PART_VERSION) {
    throw new InputError(
      `${shown}: is a part of version ${String(header.version)}, this program reads version ${PART_VERSION}`,
    );
  }
  const { shard, runs, of } = header;
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const isWhole =
    typeof header.program === "string" &&
    typeof header.command === "string" &&
    isCount(shard?.number) &&
    isCount(shard?.of) &&
    shard.number >= 1 &&
    shard.number <= shard.of &&
    isCount(runs) &&
    typeof of?.options === "string" &&
    typeof of.traces === "string";
  if (!isWhole) throw new InputError(`${shown}: is damaged: its first line was changed`);
  return header;
}

/** The object in a line of JSON; null if there is none. The hash of the part detects changes of its content. */
function parse<Value extends object>(line: Buffer): Value | null {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" ? (value as Value) : null;
  } catch {
    return null;
  }
}
