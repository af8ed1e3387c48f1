/**
 * The thread of a policy of one's own: loads the module, and then answers one call after the other. While it has none, it sleeps
 * in `Atomics.wait`, which is faster than its event loop; so nothing of the policy runs between two calls.
 */
import { writeSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { describe } from "../../../common/quote.ts";
import type { Answer, Created, Loaded, Request, ThreadData, Thrown } from "./protocol.ts";
import { Turn } from "./protocol.ts";
import { ViewReader } from "./shared-view.ts";

const { href, turn, port } = workerData as ThreadData;
const cell = new Int32Array(turn);

type Func = (this: unknown, ...args: unknown[]) => unknown;
type Fields = Readonly<Record<string, unknown>>;

/** Standard output is for results, and the caller is waiting while the policy writes. */
function write(chunk: string | Uint8Array): boolean {
  try {
    writeSync(2, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  } catch {
    // A closed or full standard error is no error of the policy.
  }
  return true;
}
process.stdout.write = write as typeof process.stdout.write;
process.stderr.write = write as typeof process.stderr.write;
process.exit = (() => {
  throw new Error("a policy must not end the process");
}) as typeof process.exit;

let policy: Fields = {};
const instances: Fields[] = [];
const views = new ViewReader();

function answer(what: Answer): void {
  try {
    port.postMessage(what);
  } catch {
    port.postMessage({ is: "nonsense", what: "something that can't be passed on: a function, a symbol or the like" });
  }
  Atomics.store(cell, 0, Turn.Caller);
  Atomics.notify(cell, 0);
}

function answerTo(request: Request): Answer {
  try {
    if (request.call === "create") return created(call(policy, "create", request.params));
    const instance = instances[request.instance] as Fields;
    if (request.call === "state") return answerWith(instance.state ?? {});
    const result = call(instance, request.call, views.read(request.view));
    if (request.call === "observe") return answerWith(undefined);
    return isPromise(result) ? { is: "nonsense", what: "a promise: it must answer at once" } : answerWith(result);
  } catch (error) {
    return { is: "thrown", thrown: thrownOf(error) };
  }
}

function created(instance: unknown): Answer {
  if (typeof instance !== "object" || instance === null) return { is: "nonsense", what: kindOf(instance) };
  if (isPromise(instance)) return { is: "nonsense", what: "a promise: it must answer at once" };
  const number = instances.push(instance as Fields) - 1;
  const { settles } = instance as Fields;
  const functions = ["observe", "decide"].filter((name) => typeof (instance as Fields)[name] === "function");
  return answerWith({ instance: number, functions, settles } satisfies Created);
}

const call = (target: Fields, name: string, argument: unknown): unknown =>
  (target[name] as Func).call(target, argument);

const answerWith = (value: unknown): Answer => ({ is: "value", value });

/** The members of an object that are data, and the names of those that are functions. */
function partsOf(object: Fields): Loaded {
  const entries = Object.entries(object);
  // Methods of a class are not among its own members.
  const functions = new Set(entries.filter(([, value]) => typeof value === "function").map(([key]) => key));
  if (typeof object.create === "function") functions.add("create");
  return {
    fields: Object.fromEntries(entries.filter(([, value]) => typeof value !== "function")),
    functions: [...functions],
  };
}

const isPromise = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof (value as Fields).then === "function";

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : typeof value === "object"
      ? "an object"
      : typeof value === "function"
        ? "a function"
        : String(value);

function thrownOf(error: unknown): Thrown {
  if (!(error instanceof Error)) return { text: describe(error), at: null, stack: null, isSyntax: false };
  const { name, message } = error;
  const stack = typeof error.stack === "string" ? error.stack : null;
  return { text: `${String(name)}: ${String(message)}`, at: placeIn(stack), stack, isSyntax: name === "SyntaxError" };
}

/** The uppermost place in a stack that is in a file of the policy. */
function placeIn(stack: string | null): string | null {
  for (const [, file = "", line, column] of (stack ?? "").matchAll(
    /^ +at (?:.*\()?((?:file:\/\/)?\/[^()]+):(\d+):(\d+)\)?$/gm,
  )) {
    if (file === import.meta.url) continue;
    return `${basename(file.startsWith("file:") ? fileURLToPath(file) : file)}:${line}:${column}`;
  }
  return null;
}

// The event loop is empty while the module is not loaded: it awaits a promise that nothing settles.
process.on("exit", () => answer({ is: "nonsense", what: "an await without end" }));

/** What the default export is. */
function loadedOf(found: unknown): Answer {
  if (typeof found === "object" && found !== null) {
    policy = found as Fields;
    return answerWith({ ...partsOf(policy) } satisfies Loaded);
  }
  const what = found === undefined ? "no default export" : `a default export that is ${kindOf(found)}`;
  return { is: "nonsense", what };
}

/** Answers calls until the thread is ended. */
function serve(): never {
  for (;;) {
    // The caller's notice of the call before may come late, and end a wait before its time.
    while (Atomics.load(cell, 0) === Turn.Caller) Atomics.wait(cell, 0, Turn.Caller);
    answer(answerTo((receiveMessageOnPort(port) as { readonly message: Request }).message));
  }
}

// The first answer comes from the event loop, which a module needs to load. Node would write of an `await` here that has no end.
import(href)
  .then((module: { readonly default?: unknown }) => loadedOf(module.default))
  .catch((error: unknown): Answer => ({ is: "thrown", thrown: thrownOf(error) }))
  .then((loaded) => {
    answer(loaded);
    serve();
  });
