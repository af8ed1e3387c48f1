/** The browser's side of a worker: its messages, its clock, and its slices. */
import { Slices } from "./slices.ts";

/** What of the worker's global scope is used. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly ArrayBufferLike[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

/** Sends a message to the page. @param transfer what goes along with it, without a copy */
export type Post<From> = (message: From, transfer?: readonly ArrayBufferLike[]) => void;

/** Starts a session, which answers the messages of the page. */
export function serve<To, From>(
  begin: (slices: Slices, post: Post<From>) => { readonly take: (message: To) => void },
): void {
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
  const session = begin(slices, (message, transfer = []) => scope.postMessage(message, transfer));
  scope.onmessage = ({ data }) => session.take(data as To);
}
