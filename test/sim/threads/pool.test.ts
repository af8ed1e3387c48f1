import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { InputError, OutputError, RunError } from "../../../src/common/errors.ts";
import { answering, resultOf } from "../../../src/sim/threads/answer.ts";
import { ThreadPool } from "../../../src/sim/threads/pool.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const built = (path: string) => JSON.stringify(pathToFileURL(join(ROOT, "dist", path)).href);
const worker = join(scratchDirectory(), "worker.mjs");
writeFileSync(
  worker,
  `import { threadId } from "node:worker_threads";
  import { InputError } from ${built("common/errors.js")};
  import { answering } from ${built("sim/threads/answer.js")};
  import { setupOfThread } from ${built("sim/threads/pool.js")};
  const { factor } = setupOfThread();
  export default answering(async ({ value, port }) => {
    if (value < 0) throw new InputError("a negative value");
    if (value === 13) await new Promise(() => {});
    port?.postMessage("half done");
    port?.close();
    return { value: value * factor, threadId };
  });`,
);

interface Task {
  readonly value: number;
  readonly port?: MessagePort;
}
let pool: ThreadPool<Task, { value: number; threadId: number }>;
afterEach(() => pool.stop());
const open = (threads: number) => {
  pool = new ThreadPool(pathToFileURL(worker), threads, { factor: 3 });
};

test("tasks are done on worker threads, with the setup of the pool, and more of them than threads", async () => {
  open(2);
  const results = await Promise.all([1, 2, 3, 4, 5].map((value) => pool.run({ value })));
  expect(results.map(({ value }) => value)).toEqual([3, 6, 9, 12, 15]);
  const threads = new Set(results.map(({ threadId }) => threadId));
  expect(threads.has(0)).toBe(false);
  expect(threads.size).toBeLessThanOrEqual(2);
});

test("a failed task is an error of its class, and the thread does the next task", async () => {
  open(1);
  await expect(pool.run({ value: -1 })).rejects.toThrow(new InputError("a negative value"));
  await expect(pool.run({ value: -1 })).rejects.toBeInstanceOf(InputError);
  expect((await pool.run({ value: 7 })).value).toBe(21);
});

test("a port is transferred with the task", async () => {
  open(1);
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((resolve) => port1.once("message", resolve));
  await pool.run({ value: 1, port: port2 }, [port2]);
  expect(await said).toBe("half done");
  port1.close();
});

test("stopping ends a thread in the middle of a task, which fails", async () => {
  open(1);
  const endless = expect(pool.run({ value: 13 })).rejects.toThrow();
  await pool.stop();
  await endless;
});

test("an answer keeps the class, the message and the stack of an error that is copied to another thread", async () => {
  for (const error of [new InputError("a"), new RunError("b"), new OutputError("c"), new TypeError("d")]) {
    const answer = structuredClone(
      await answering(() => {
        throw error;
      })(null),
    );
    const back = await Promise.resolve(answer)
      .then(resultOf, null)
      .catch((caught: Error) => caught);
    expect(back).toMatchObject({ constructor: error.constructor, message: error.message, stack: error.stack });
  }
  const thrownText = await answering(() => {
    throw "no error";
  })(null);
  expect(() => resultOf(thrownText)).toThrow(new Error("no error"));
});
