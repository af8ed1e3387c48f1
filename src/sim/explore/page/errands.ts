/** What the worker does beside runs: files and walks. Each is remembered until it is answered. */
import type { Export, FromWorker, RunRequest } from "../protocol.ts";
import type { RunWorker } from "./runner.ts";

/** A file that was asked for: the name and the type that it has by the settings of that time. */
export interface AskedFile {
  readonly name: string;
  readonly type: string;
}

/** What the page does with answers. */
export interface ErrandEvents {
  /** A file is made. */
  made(file: AskedFile, text: string): void;
  walked(lines: readonly string[]): void;
  /** One line of text. */
  failed(message: string): void;
}

/** The errands of a page. */
export class Errands {
  readonly #worker: RunWorker;
  readonly #events: ErrandEvents;
  /** By the ids of their messages; null: a walk. */
  readonly #asked = new Map<number, AskedFile | null>();

  constructor(worker: RunWorker, events: ErrandEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /** Asks for a file. */
  makeFile(what: Export, file: AskedFile, request: RunRequest): void {
    this.#worker.send({ kind: "export", id: this.#newId(file), request, what });
  }

  /** Walks through a run. @param commands of `balloon-sim step` */
  walk(request: RunRequest, commands: string): void {
    this.#worker.send({ kind: "walk", id: this.#newId(null), request, commands });
  }

  /** Takes an answer of the worker; false if it is to something else. */
  take(message: Extract<FromWorker, { readonly kind: "exported" | "walked" | "failed" }>): boolean {
    const file = this.#asked.get(message.id);
    if (file === undefined) return false;
    this.#asked.delete(message.id);
    if (message.kind === "walked") this.#events.walked(message.lines);
    else if (message.kind === "exported" && file !== null) this.#events.made(file, message.text);
    else if (message.kind === "failed")
      this.#events.failed(`${file === null ? "The events" : file.name}: ${message.message}`);
    return true;
  }

  #newId(file: AskedFile | null): number {
    const id = this.#worker.newId();
    this.#asked.set(id, file);
    return id;
  }
}
