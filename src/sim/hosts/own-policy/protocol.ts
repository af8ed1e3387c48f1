/** What goes between the thread of a policy of one's own and its caller. */
import type { MessagePort } from "node:worker_threads";
import type { HostParams } from "../params.ts";
import type { ViewNews } from "./shared-view.ts";

/** Content of the shared cell: whose turn it is. */
export const Turn = { Caller: 0, Policy: 1 } as const;

/** Data of the thread. */
export interface ThreadData {
  /** Address of the module. */
  readonly href: string;
  /** One 32-bit cell with a `Turn`. */
  readonly turn: SharedArrayBuffer;
  /** For requests and answers. */
  readonly port: MessagePort;
}

/** A call of the policy. */
export type Request =
  | { readonly call: "create"; readonly params: HostParams }
  | { readonly call: "observe" | "decide"; readonly instance: number; readonly view: ViewNews }
  | { readonly call: "state"; readonly instance: number };

/** An error that the policy has thrown. */
export interface Thrown {
  /** `TypeError: x is not a function`, on one line or more. */
  readonly text: string;
  /** Where: `mine.mjs:12:5`; null if that is not known. */
  readonly at: string | null;
  readonly stack: string | null;
  /** The class of the error is `SyntaxError`. */
  readonly isSyntax: boolean;
}

/** The answer to a call. */
export type Answer =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "thrown"; readonly thrown: Thrown }
  /** What the function returned can't be what it should be: `a promise`. */
  | { readonly is: "nonsense"; readonly what: string };

/** The answer that comes without a request, when the module is loaded: the policy's members, and the names of its functions. */
export interface Loaded {
  readonly fields: unknown;
  readonly functions: readonly string[];
}

/** What `create` answers. */
export interface Created {
  /** Number of the instance, for its calls. */
  readonly instance: number;
  readonly functions: readonly string[];
  readonly settles: unknown;
}
