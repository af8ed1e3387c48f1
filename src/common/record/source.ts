import { closeSync, openSync, readSync } from "node:fs";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { type Extractor, extractorOf } from "./extract.ts";
import { type MissingSource, RECORDED_FIELDS, type RecordedField, type SourcePath } from "./fields.ts";

/** A source that a recording reads for every sample. */
export interface Source {
  readonly path: string;
  /** Its fields, in the order of its values. */
  readonly fields: readonly RecordedField[];
  /**
   * Writes the present values of its fields into `values` from `at` on; NaN for values that can't be read now, for
   * example while a driver is unloaded.
   * @returns why nothing can be read; null if it can
   */
  sample(values: Float64Array, at: number): string | null;
  close(): void;
}

/** A file of the kernel. It stays open; each read from its beginning is a new snapshot. */
export class KernelFile implements Source {
  readonly path: string;
  readonly fields: readonly RecordedField[];
  readonly #extractor: Extractor;
  readonly #open: OpenFile;

  private constructor({ file, path }: SourcePath, open: OpenFile, extractor: Extractor) {
    this.path = path;
    this.#open = open;
    this.#extractor = extractor;
    this.fields = RECORDED_FIELDS.filter((each) => each.file === file && extractor.fields.includes(each.field));
  }

  /** Opens a file and finds its fields; returns the reason if that is impossible. */
  static open(at: SourcePath): KernelFile | MissingSource {
    const file = new OpenFile(at.path);
    try {
      const wanted = RECORDED_FIELDS.filter((each) => each.file === at.file).map((each) => each.field);
      const source = new KernelFile(at, file, extractorOf(at.file, wanted, file.read()));
      if (source.fields.length > 0) return source;
      file.close();
      return { ...at, why: "has nothing that is recorded" };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      file.close();
      return { ...at, why: systemErrorText(error) };
    }
  }

  sample(values: Float64Array, at: number): string | null {
    try {
      this.#extractor.extract(this.#open.read(), values, at);
      return null;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#open.close();
      values.fill(Number.NaN, at, at + this.fields.length);
      return systemErrorText(error);
    }
  }

  close(): void {
    this.#open.close();
  }
}

/** Limit of the size of a file; the kernel's recorded files are much smaller. */
const MAX_BYTES = 1 << 24;

/**
 * One buffer for all files, which are read one after the other. It begins with a line break, so every line has one in
 * front.
 */
let buffer = Buffer.alloc(1 << 16, "\n");

/** Reads a file again and again without opening it each time. */
class OpenFile {
  readonly #path: string;
  #fd = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** The present content of the file, with a line break in front. */
  read(): string {
    if (this.#fd === -1) this.#fd = openSync(this.#path, "r");
    let length = 1;
    for (;;) {
      // The kernel returns the file in pieces, each no larger than the free part of the kernel's own buffer.
      const got = readSync(this.#fd, buffer, length, buffer.length - length, length - 1);
      if (got === 0 || length > MAX_BYTES) return buffer.toString("latin1", 0, length);
      length += got;
      if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
    }
  }

  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }
}
