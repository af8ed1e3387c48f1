/** The common parts of most readers: logs in which each line is a record, file after file. */
import { InputError } from "../../common/errors.ts";
import { LineCursor } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, ReadContext, Sample, SampleStream } from "./reader.ts";
import type { Report } from "./report.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Reads the records of one file. */
export interface FileReader {
  /** Reads the part before the records, with the cursor before the first line. */
  begin(): void;
  /**
   * Parses the cursor's current line.
   * @returns true if it has filled `sample`; false if the line is not a record
   * @throws {InputError} if it is damaged
   */
  read(sample: Sample): boolean;
  /** Whether the current line has more samples: `read` is then called again before the cursor moves. */
  readonly hasMore?: boolean;
}

/** The machines of a log, by their ids. */
export class MachineTable {
  readonly list: Machine[] = [];
  readonly #byId = new Map<string, Machine>();

  /** The machine with that id; creates it if it is new. */
  of(
    id: string,
    columns: readonly ColumnSpec[],
    { name = null, ...kind }: Partial<Pick<Machine, "name" | "isHost" | "daemon">> = {},
  ): Machine {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const machine: Machine = { index: this.list.length, id, name, columns, ...kind };
    this.#byId.set(id, machine);
    this.list.push(machine);
    return machine;
  }
}

/** Files of lines, read one after the other. */
export class LineFiles {
  readonly #files: readonly LogFile[];
  readonly #report: Report;
  #next = 0;
  #cursor: LineCursor | null = null;
  #bytesBefore = 0;

  constructor(files: readonly LogFile[], report: Report) {
    this.#files = files;
    this.#report = report;
  }

  /** Bytes of the completed files, and of the current one. */
  get bytesRead(): number {
    return this.#bytesBefore + (this.#cursor?.bytesRead ?? 0);
  }

  /** The lines of the current file; null if no file is open. */
  get cursor(): LineCursor | null {
    return this.#cursor;
  }

  /** Opens the next file; null after the last. */
  open(): LineCursor | null {
    const file = this.#files[this.#next++];
    this.#cursor = file === undefined ? null : new LineCursor(file, this.#report);
    return this.#cursor;
  }

  /** Closes the current file. */
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

/** Reports a line as damaged, unless it is an unterminated last line, which is incomplete. */
export function forgive(error: InputError, cursor: LineCursor, context: Pick<ReadContext, "damaged" | "report">): void {
  if (cursor.isTerminated) context.damaged(error);
  else warnOfCutLine(cursor, context.report);
}

/** Reports that the last line of a file is truncated. */
export function warnOfCutLine(cursor: LineCursor, report: Report): void {
  report.warn("the last line is incomplete: omitted", { file: cursor.file.name, line: cursor.lineNumber });
}

/** Creates a reader for a file. */
type OpenReader<Reader> = (cursor: LineCursor, table: MachineTable) => Reader;

/** A stream over text files, one file after the other, each with a reader of its own. */
export abstract class FilesStream<Reader> implements SampleStream {
  protected readonly context: ReadContext;
  readonly #table = new MachineTable();
  readonly #files: LineFiles;
  readonly #open: OpenReader<Reader>;

  /** @param open creates a reader for a file */
  constructor(files: readonly LogFile[], context: ReadContext, open: OpenReader<Reader>) {
    this.context = context;
    this.#files = new LineFiles(files, context.report);
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
      if (this.readOn(cursor, sample)) return true;
      this.#files.finish();
      if (this.takeLast(cursor, sample)) return true;
    }
  }

  close(): void {
    this.#files.close();
  }

  /** Called at the beginning of a file. @param reader reads its lines */
  protected abstract begin(reader: Reader): void;

  /** Reads further lines of a file. @returns true if `sample` is filled, false at the end of the file */
  protected abstract readOn(cursor: LineCursor, sample: Sample): boolean;

  /** Called at the end of a file. @returns whether a last sample was left, which is now in `sample` */
  protected takeLast(_cursor: LineCursor, _sample: Sample): boolean {
    return false;
  }

  #nextFile(): LineCursor | null {
    const cursor = this.#files.open();
    if (cursor !== null) this.begin(this.#open(cursor, this.#table));
    return cursor;
  }
}

/** A stream over files in which each line is a record. */
export class LineStream extends FilesStream<FileReader> {
  #reader: FileReader | null = null;

  protected override begin(reader: FileReader): void {
    this.#reader = reader;
    reader.begin();
  }

  protected override readOn(cursor: LineCursor, sample: Sample): boolean {
    const reader = this.#reader as FileReader;
    while (reader.hasMore === true || cursor.advance()) {
      try {
        if (!reader.read(sample)) continue;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        forgive(error, cursor, this.context);
        continue;
      }
      sample.place.file = cursor.file.name;
      sample.place.line = cursor.lineNumber;
      return true;
    }
    return false;
  }
}
