/** What most readers are made of: logs in which each line is a record, file after file. */
import { InputError } from "../../common/errors.ts";
import { LineCursor } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, ReadContext, Sample, SampleStream } from "./reader.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Reads the records of one file. */
export interface FileReader {
  /** Reads what comes before the records, on a cursor before the first line. */
  begin(): void;
  /**
   * Looks at the line that the cursor stands on.
   * @returns true where it has filled `sample`; false where the line is no record
   * @throws {InputError} where it is damaged
   */
  read(sample: Sample): boolean;
  /** True while the current line holds more samples: `read` is then called again before the cursor moves on. */
  readonly hasMore?: boolean;
}

/** The machines of a log, by their ids. */
export class MachineTable {
  readonly list: Machine[] = [];
  readonly #byId = new Map<string, Machine>();

  /** The machine of that id, new or known. */
  of(id: string, columns: readonly ColumnSpec[], name: string | null = null): Machine {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const machine: Machine = { index: this.list.length, id, name, columns };
    this.#byId.set(id, machine);
    this.list.push(machine);
    return machine;
  }
}

/** A stream over the lines of files, one file after the other. */
export class LineStream implements SampleStream {
  readonly #table: MachineTable;
  readonly #files: readonly LogFile[];
  readonly #context: ReadContext;
  readonly #open: (cursor: LineCursor, table: MachineTable) => FileReader;
  #fileIndex = 0;
  #cursor: LineCursor | null = null;
  #reader: FileReader | null = null;
  #bytesBefore = 0;

  /** @param open makes a reader for a file that is about to be read */
  constructor(
    files: readonly LogFile[],
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => FileReader,
  ) {
    this.#files = files;
    this.#context = context;
    this.#open = open;
    this.#table = new MachineTable();
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#cursor?.bytesRead ?? 0);
  }

  next(sample: Sample): boolean {
    for (;;) {
      if (this.#cursor === null && !this.#nextFile()) return false;
      const cursor = this.#cursor as LineCursor;
      const reader = this.#reader as FileReader;
      while (reader.hasMore === true || cursor.advance()) {
        try {
          if (!reader.read(sample)) continue;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          this.#forgive(error, cursor);
          continue;
        }
        sample.place.file = cursor.file.name;
        sample.place.line = cursor.lineNumber;
        return true;
      }
      this.#bytesBefore += cursor.file.bytes;
      this.#cursor = null;
    }
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = null;
    this.#fileIndex = this.#files.length;
  }

  #nextFile(): boolean {
    const file = this.#files[this.#fileIndex++];
    if (file === undefined) return false;
    this.#cursor = new LineCursor(file, this.#context.report);
    this.#reader = this.#open(this.#cursor, this.#table);
    this.#reader.begin();
    return true;
  }

  /** A last line without an end was being written when the file was taken: that is no damage of the log. */
  #forgive(error: InputError, cursor: LineCursor): void {
    if (cursor.isTerminated) this.#context.damaged(error);
    else {
      this.#context.report.warn("the last line is cut short: left out", {
        file: cursor.file.name,
        line: cursor.lineNumber,
      });
    }
  }
}
