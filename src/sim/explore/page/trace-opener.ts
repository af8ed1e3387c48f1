/** Opens traces that are not the page's: files of the reader, the traces of a log, those in links. */
import type { LogTrace } from "../protocol.ts";
import type { DroppedFile } from "./own-files.ts";
import type { OwnFile } from "./packed-text.ts";
import type { RunWorker } from "./runner.ts";
import type { View } from "./state.ts";
import type { Opening, TraceBook } from "./trace-book.ts";

/** Has the worker read them. */
export class TraceOpener {
  readonly #worker: Pick<RunWorker, "send">;
  readonly #traces: TraceBook;
  readonly #version: string;

  /** @param version of the program, for the origin of traces that are made of logs */
  constructor(worker: Pick<RunWorker, "send">, traces: TraceBook, version: string) {
    this.#worker = worker;
    this.#traces = traces;
    this.#version = version;
  }

  /** Adds files of the reader, at least one, and shows the first of them that is a trace, or that traces are made of. */
  async takeFiles(files: readonly DroppedFile[]): Promise<void> {
    this.#traces.show(this.#traces.keyOf((files[0] as DroppedFile).name));
    for (const file of files) {
      const { name, bytes } = file;
      const key = await this.#traces.add(file);
      this.#worker.send({ kind: "file", key, name, bytes, version: this.#version });
    }
  }

  /** Adds the traces that the worker has made of a log, at least one. @param key the log's */
  async takeImported(key: string, traces: readonly LogTrace[]): Promise<void> {
    this.#traces.forget(key, this.#traces.keyOf((traces[0] as LogTrace).name));
    for (const { name, text, notes } of traces) await this.#add({ name, text }, { isFile: false, notes });
  }

  /** Adds the trace of a link, and shows it. */
  async takeLinked(trace: OwnFile, view: View): Promise<void> {
    this.#traces.show(this.#traces.keyOf(trace.name));
    await this.#add(trace, { view, isFile: false });
  }

  async #add(trace: OwnFile, opening: Opening): Promise<void> {
    this.#worker.send({ kind: "trace", key: await this.#traces.add(trace, opening), ...trace });
  }
}
