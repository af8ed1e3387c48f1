/** Coordinators and workers of a queue as processes, which tests may kill. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach } from "vitest";
import { startBalloonSim } from "./command.ts";
import type { RedisServer } from "./redis.ts";

/** A process with its messages so far. */
export interface Process {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** The exit code or the signal that ended it. */
  readonly end: Promise<number | string>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  // SIGKILL ends a stopped process as well.
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts balloon-sim; it is killed after the test. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
  const child = startBalloonSim(args, env);
  children.push(child);
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  child.stdout?.resume();
  const end = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string);
  return { child, said: () => said, end };
}

/** Starts a worker of one thread. */
export const worker = (redis: RedisServer, ...args: string[]): Process =>
  start(["worker", "--queue", redis.url, "--concurrency", "1", ...args]);

export const workers = (redis: RedisServer, count: number): Process[] =>
  Array.from({ length: count }, () => worker(redis));

/** Waits for a condition; the time limit of the test ends the wait. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}
