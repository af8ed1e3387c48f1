import { closeSync } from "node:fs";
import { join } from "node:path";
import { STDOUT } from "../../common/cli/output.ts";
import { FileSink, type TextSink, writeAll } from "../../common/cli/text-sink.ts";
import { makeDirectory } from "../../common/files/output-directory.ts";
import { OutputFile, PendingFile } from "../../common/files/output-file.ts";

/** The name of the host file that an import of a host writes into its directory. */
export const HOST_FILE = "host.json";
/** The name of the file for the host's own figures beside it. */
export const MEASURED_FILE = "measured.csv";

/** Limit of the collected text of all traces together, in UTF-16 units, before it is written. */
const MAX_GATHERED = 1 << 24;

/** The outputs of an import. They appear when all of them are complete, or not at all. */
export interface ImportOutputs {
  /** Appends text to the trace with that index. */
  write(trace: number, text: string): void;
  /** Writes the collected text if there is enough of it. */
  pace(): Promise<void>;
  /** Ends writing: the outputs appear. */
  commit(): Promise<void>;
  /** Removes all outputs. Does nothing after `commit`. */
  discard(): void;
}

/** Standard output. */
export function standardOutput(): ImportOutputs {
  return single(new FileSink(STDOUT), null);
}

/** One file. @throws {InputError} if it can't be written */
export function oneFile(path: string): ImportOutputs {
  const file = new OutputFile(path, "-o");
  return single(new FileSink(file), file);
}

function single(sink: TextSink, file: OutputFile | null): ImportOutputs {
  return {
    write: (_, text) => sink.write(text),
    pace: async () => {
      if (sink.isFull) await sink.flush();
    },
    commit: async () => {
      await sink.flush();
      file?.commit();
    },
    discard: () => file?.discard(),
  };
}

/**
 * A file for each trace in a directory. A log may contain thousands of machines, more than the number of files that may
 * be open at once: a file is opened only while text is appended to it.
 */
export class DirectoryOutputs implements ImportOutputs {
  readonly #files: PendingFile[] = [];
  readonly #gathered: string[];
  #length = 0;
  #isDone = false;
  readonly #unmake: () => void;

  /** @throws {InputError} if the directory can't be created or written to */
  constructor(directory: string, names: readonly string[]) {
    this.#unmake = makeDirectory(directory, "-o");
    this.#gathered = names.map(() => "");
    try {
      for (const name of names) this.#files.push(new PendingFile(join(directory, name), "-o"));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  write(trace: number, text: string): void {
    this.#gathered[trace] += text;
    this.#length += text.length;
  }

  async pace(): Promise<void> {
    if (this.#length > MAX_GATHERED) await this.#flush();
  }

  async commit(): Promise<void> {
    await this.#flush();
    for (const file of this.#files) file.commit();
    this.#isDone = true;
    this.#unmake();
  }

  discard(): void {
    if (this.#isDone) return;
    for (const file of this.#files) file.discard();
    this.#unmake();
  }

  async #flush(): Promise<void> {
    for (const [i, file] of this.#files.entries()) {
      const text = this.#gathered[i] as string;
      if (text === "") continue;
      this.#gathered[i] = "";
      const fd = file.open();
      try {
        await writeAll({ fd, name: file.name }, Buffer.from(text));
      } finally {
        closeSync(fd);
      }
    }
    this.#length = 0;
  }
}
