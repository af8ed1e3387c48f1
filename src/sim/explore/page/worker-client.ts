/** The page's end of the worker. */
import { byId } from "../../report/page/dom.ts";
import type { FromWorker, ToWorker } from "../protocol.ts";

/** Starts the worker whose code is in the page. */
export class WorkerClient<To = ToWorker, From = FromWorker> {
  readonly #worker: Worker;
  #lastId = 0;

  /** @param take receives what the worker says */
  constructor(take: (message: From) => void) {
    const url = URL.createObjectURL(new Blob([byId("worker").textContent], { type: "text/javascript" }));
    this.#worker = new Worker(url);
    this.#worker.addEventListener("message", ({ data }: MessageEvent<From>) => take(data));
  }

  /** A number for a message, higher than all before. */
  newId(): number {
    return ++this.#lastId;
  }

  send(message: To): void {
    this.#worker.postMessage(message);
  }
}
