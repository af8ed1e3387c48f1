/** The entry of the explorer's worker in a browser. */
import type { FromWorker, ToWorker } from "../protocol.ts";
import { Session } from "./session.ts";
import { Slices } from "./slices.ts";

/** The part of a worker's global scope that is used: the types of this project are not those of browsers. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: readonly ArrayBufferLike[]): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;

// A timer would wait four milliseconds.
const { port1, port2 } = new MessageChannel();
let next: (() => void) | null = null;
port2.addEventListener("message", () => {
  const action = next;
  next = null;
  action?.();
});
port2.start();
const slices = new Slices(
  () => performance.now(),
  (action) => {
    next = action;
    port1.postMessage(0);
  },
);

const session = new Session(slices, (message) => {
  const transfer = message.kind === "curves" ? message.data.columns.map(({ buffer }) => buffer) : [];
  scope.postMessage(message, transfer);
});
scope.onmessage = ({ data }) => session.take(data);
