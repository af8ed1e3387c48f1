import { closeSync, openSync, readSync } from "node:fs";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { type Extractor, extractorOf } from "./extract.ts";
import { RECORDED_FIELDS, type RecordedField, type SourceFile } from "./fields.ts";

/** A file that is to be recorded. */
export interface SourcePath {
  readonly file: SourceFile;
  readonly path: string;
}

/** Why a file is not recorded. */
export interface MissingSource extends SourcePath {
  readonly why: string;
}

/** What a recording reads for every sample. */
export interface Source {
  readonly path: string;
  /** What it gives, in the order of its values. */
  readonly fields: readonly RecordedField[];
  /**
   * Puts the values of its fields, as they are now, into `values` from `at` on; NaN for what can't be read now, as happens
   * while a driver is unloaded.
   * @returns why nothing can be read; null if it can
   */
  sample(values: Float64Array, at: number): string | null;
  close(): void;
}

/** A file of the kernel. It stays open; each read from its beginning is a fresh snapshot. */
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

  /** Opens a file and learns what it has; says why where that is impossible. */
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

/** No file of the kernel's that is recorded is nearly as long. */
const MAX_BYTES = 1 << 24;

/** One buffer for all files: they are read one after the other. A line break at its start makes every line begin with one. */
let buffer = Buffer.alloc(1 << 16, "\n");

/** Reads a file again and again without opening it each time. */
class OpenFile {
  readonly #path: string;
  #fd = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** The file as it is now, with a line break in front. */
  read(): string {
    if (this.#fd === -1) this.#fd = openSync(this.#path, "r");
    let length = 1;
    for (;;) {
      // A file of the kernel is given out in pieces, each no larger than what is left of its own buffer.
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
