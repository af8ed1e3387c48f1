import type { Hash } from "node:crypto";
import { InputError } from "../../../common/errors.ts";
import type { ByteReader } from "../../../common/files/bytes.ts";
import { newHash } from "../../../common/files/hash.ts";
import type { InputFile } from "../../../common/files/input-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { PART_FORMAT, PART_VERSION, type PartEnd, type PartHeader, type PartRecord } from "./part-format.ts";
import { runsOf } from "./shard.ts";

const NEWLINE = 10;
/** Longest line of a part: the line of a run with its whole summary has a few hundred kilobytes at most. */
const MAX_LINE_BYTES = 1 << 26;
const CHUNK_BYTES = 1 << 18;

/** Reads a part from beginning to end: its header, then its runs. */
class PartBytes {
  readonly #source: ByteReader;
  readonly #hash: Hash | null;
  #buffer: Buffer;
  #start = 0;
  #end = 0;

  /** @param hash takes all bytes that are read; null: none does */
  constructor(source: ByteReader, hash: Hash | null, chunkBytes: number) {
    this.#source = source;
    this.#hash = hash;
    this.#buffer = Buffer.allocUnsafe(chunkBytes);
  }

  /** The next line, without its line break; null where no whole line is left. */
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

  /** Counts a line into the hash. It is no longer needed where the next one is read. */
  note(line: Buffer): void {
    this.#hash?.update(line).update("\n");
  }

  /** Hands over so many bytes in pieces, each good until the next one is asked for; fewer where there are no more. */
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

  /** Reads more behind what is in the buffer, which moves to its beginning; false at the end. */
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

/** A part that was read from beginning to end and is whole. */
export interface CheckedPart {
  readonly file: InputFile;
  readonly header: PartHeader;
}

/**
 * Reads a part from beginning to end.
 * @param note gets what the part says of each run
 * @throws {InputError} where the file is no part, or is damaged
 */
export function checkPart(file: InputFile, note: (header: PartHeader, record: PartRecord) => void): CheckedPart {
  const shown = escapeUnsafe(file.name);
  const damaged = (what: string) => new InputError(`${shown}: is damaged: ${what}`);
  const hash = newHash();
  const bytes = new PartBytes(file.open(), hash, CHUNK_BYTES);
  try {
    const first = bytes.line();
    const header = headerOf(first, shown);
    bytes.note(first as Buffer);
    let runs = 0;
    for (const run of runsOf(header.shard, header.runs)) {
      const line = bytes.line();
      if (line === null) throw damaged("it ends before its last run");
      const record = parse<PartRecord & PartEnd>(line);
      if (record?.run !== run) throw damaged(`run ${run} is not where it belongs`);
      bytes.note(line);
      note(header, record);
      for (const _ of bytes.bytes(lengthOf(record))) {
        // They are counted into the hash.
      }
      runs++;
    }
    const last = bytes.line();
    if (last === null) throw damaged("its last line is missing");
    const end = parse<PartEnd>(last);
    if (end?.end !== runs || !bytes.isAtEnd) throw damaged("its last line is not where it belongs");
    if (end.sha256 !== hash.digest("hex")) throw damaged("something in it is not what it was");
    return { file, header };
  } finally {
    bytes.close();
  }
}

/** Reads the runs of a part that was checked, one after the other. */
export class PartRuns {
  readonly #bytes: PartBytes;
  readonly #name: string;
  #rows = 0;

  /** @param chunkBytes how much of the part is held in memory at least */
  constructor({ file }: CheckedPart, chunkBytes: number) {
    this.#bytes = new PartBytes(file.open(), null, chunkBytes);
    this.#name = file.name;
    this.#bytes.line();
  }

  /** The next run. Rows of the run before that were not asked for are passed over. */
  next(): PartRecord {
    for (const _ of this.rows()) {
      // They are not wanted.
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
      // The last byte is the line break behind the rows.
      if (left > 0) yield piece.subarray(0, Math.min(left, piece.length));
      left -= piece.length;
    }
  }

  close(): void {
    this.#bytes.close();
  }
}

/** Bytes behind the line of a run: its rows, and a line break. */
const lengthOf = ({ bytes }: PartRecord): number => (bytes === undefined ? 0 : bytes + 1);

/** @throws {InputError} where the line is no header, or one of another version */
function headerOf(line: Buffer | null, shown: string): PartHeader {
  const header = line === null ? null : parse<PartHeader>(line);
  if (header?.format !== PART_FORMAT) {
    throw new InputError(`${shown}: is no part of a result (run, sweep and compare make parts with --shard)`);
  }
  if ((header.version as number) !== PART_VERSION) {
    throw new InputError(
      `${shown}: a part of version ${String(header.version)}, this program knows version ${PART_VERSION}`,
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
  if (!isWhole) throw new InputError(`${shown}: is damaged: its first line is not what it was`);
  return header;
}

/** The object in a line of JSON; null where there is none. The hash of the part says whether it is what was written. */
function parse<Value extends object>(line: Buffer): Value | null {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" ? (value as Value) : null;
  } catch {
    return null;
  }
}
