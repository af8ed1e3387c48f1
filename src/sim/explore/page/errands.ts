/** What the worker does beside runs: files and walks. Each is remembered until it is answered. */
import type { Export, FromWorker, RunRequest } from "../protocol.ts";
import type { RunWorker } from "./runner.ts";

/** A message that asks for a file. */
export interface FileMessage<What, Request> {
  readonly kind: "export";
  readonly id: number;
  readonly request: Request;
  readonly what: What;
}

/** The worker, as far as files need it. */
export interface FileWorker<What, Request> {
  /** A number for a message, higher than all before. */
  newId(): number;
  send(message: FileMessage<What, Request>): void;
}

/** The worker's answer about a file. */
export type FileAnswer =
  | { readonly kind: "exported"; readonly id: number; readonly text: string }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

/** A file that was asked for: the name and the type that it has by the settings of that time. */
export interface AskedFile {
  readonly name: string;
  readonly type: string;
}

/** What a page does with files. */
export interface FileEvents {
  /** A file is made. */
  made(file: AskedFile, text: string): void;
  /** One line of text, which begins with the name of the file. */
  failed(message: string): void;
}

/** The files that a page has asked for. */
export class FileErrands<What, Request> {
  readonly #worker: FileWorker<What, Request>;
  readonly #events: FileEvents;
  /** By the ids of their messages. */
  readonly #asked = new Map<number, AskedFile>();

  constructor(worker: FileWorker<What, Request>, events: FileEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /** Asks for a file. */
  makeFile(what: What, file: AskedFile, request: Request): void {
    const id = this.#worker.newId();
    this.#asked.set(id, file);
    this.#worker.send({ kind: "export", id, request, what });
  }

  /** Takes an answer of the worker; false if it is to something else. */
  take(answer: FileAnswer): boolean {
    const file = this.#asked.get(answer.id);
    if (file === undefined) return false;
    this.#asked.delete(answer.id);
    if (answer.kind === "exported") this.#events.made(file, answer.text);
    else this.#events.failed(`${file.name}: ${answer.message}`);
    return true;
  }
}

/** What the page of traces does with answers. */
export interface ErrandEvents extends FileEvents {
  walked(lines: readonly string[]): void;
}

/** The errands of the page of traces. */
export class Errands {
  readonly #worker: RunWorker;
  readonly #events: ErrandEvents;
  readonly #files: FileErrands<Export, RunRequest>;
  /** The ids of walks. */
  readonly #walks = new Set<number>();

  constructor(worker: RunWorker, events: ErrandEvents) {
    this.#worker = worker;
    this.#events = events;
    this.#files = new FileErrands(worker, events);
  }

  /** Asks for a file. */
  makeFile(what: Export, file: AskedFile, request: RunRequest): void {
    this.#files.makeFile(what, file, request);
  }

  /** Walks through a run. @param commands of `balloon-sim step` */
  walk(request: RunRequest, commands: string): void {
    const id = this.#worker.newId();
    this.#walks.add(id);
    this.#worker.send({ kind: "walk", id, request, commands });
  }

  /** Takes an answer of the worker; false if it is to something else. */
  take(message: Extract<FromWorker, { readonly kind: "exported" | "walked" | "failed" }>): boolean {
    if (message.kind !== "walked" && this.#files.take(message)) return true;
    if (!this.#walks.delete(message.id)) return false;
    if (message.kind === "walked") this.#events.walked(message.lines);
    else if (message.kind === "failed") this.#events.failed(`The events: ${message.message}`);
    return true;
  }
}
