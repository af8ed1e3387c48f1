/** What most readers are made of: logs in which each line is a record, file after file. */
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { LineCursor } from "./lines.ts";
import type { Machine, ReadContext, Sample, SampleStream } from "./reader.ts";
import type { Report } from "./report.ts";
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

/** Files of lines, read one after the other. */
export class LineFiles {
  readonly #files: readonly InputFile[];
  readonly #report: Report;
  #next = 0;
  #cursor: LineCursor | null = null;
  #bytesBefore = 0;

  constructor(files: readonly InputFile[], report: Report) {
    this.#files = files;
    this.#report = report;
  }

  /** Bytes of the files that were read, and of the one that is being read. */
  get bytesRead(): number {
    return this.#bytesBefore + (this.#cursor?.bytesRead ?? 0);
  }

  /** The lines of the file that is being read; null where none is. */
  get cursor(): LineCursor | null {
    return this.#cursor;
  }

  /** Opens the next file; null behind the last. */
  open(): LineCursor | null {
    const file = this.#files[this.#next++];
    this.#cursor = file === undefined ? null : new LineCursor(file, this.#report);
    return this.#cursor;
  }

  /** The file has been read to its end. */
  finish(): void {
    this.#bytesBefore += this.#cursor?.file.bytes ?? 0;
    this.#cursor = null;
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = null;
    this.#next = this.#files.length;
  }
}

/** Counts a line as damaged, unless it is a last line without an end: that was being written when the file was taken. */
export function forgive(error: InputError, cursor: LineCursor, context: Pick<ReadContext, "damaged" | "report">): void {
  if (cursor.isTerminated) context.damaged(error);
  else warnOfCutLine(cursor, context.report);
}

/** Says that the last line of a file is cut short. */
export function warnOfCutLine(cursor: LineCursor, report: Report): void {
  report.warn("the last line is cut short: left out", { file: cursor.file.name, line: cursor.lineNumber });
}

/** A stream over the lines of files, one file after the other. */
export class LineStream implements SampleStream {
  readonly #table = new MachineTable();
  readonly #files: LineFiles;
  readonly #context: ReadContext;
  readonly #open: (cursor: LineCursor, table: MachineTable) => FileReader;
  #reader: FileReader | null = null;

  /** @param open makes a reader for a file that is about to be read */
  constructor(
    files: readonly InputFile[],
    context: ReadContext,
    open: (cursor: LineCursor, table: MachineTable) => FileReader,
  ) {
    this.#files = new LineFiles(files, context.report);
    this.#context = context;
    this.#open = open;
  }

  get machines(): readonly Machine[] {
    return this.#table.list;
  }

  get bytesRead(): number {
    return this.#files.bytesRead;
  }

  next(sample: Sample): boolean {
    for (;;) {
      const cursor = this.#files.cursor ?? this.#nextFile();
      if (cursor === null) return false;
      const reader = this.#reader as FileReader;
      while (reader.hasMore === true || cursor.advance()) {
        try {
          if (!reader.read(sample)) continue;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          forgive(error, cursor, this.#context);
          continue;
        }
        sample.place.file = cursor.file.name;
        sample.place.line = cursor.lineNumber;
        return true;
      }
      this.#files.finish();
    }
  }

  close(): void {
    this.#files.close();
  }

  #nextFile(): LineCursor | null {
    const cursor = this.#files.open();
    if (cursor === null) return null;
    this.#reader = this.#open(cursor, this.#table);
    this.#reader.begin();
    return cursor;
  }
}
