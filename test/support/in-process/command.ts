import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { STDERR, STDOUT } from "../../../dist/common/cli/output.js";
import { main } from "../../../dist/sim/cli/main.js";
import { balloonSim, type CommandOptions, type CommandResult, environment, ROOT } from "../processes/command.ts";

/** Removed after all tests: another file in the same process uses this module as well. */
const outputs = mkdtempSync(join(tmpdir(), "balloon-outputs-"));
/** Ends with the call that is made now. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Does in this process what `balloon-sim` does in one of its own, a tenth of a second sooner. For tests of what it prints
 * and writes. Signals, and outputs that fail, are a process's: `balloonSim` of `processes/command.ts`. So is standard input:
 * with `input`, or `-` among the arguments, there is a process here, too.
 *
 * Without `--workers`, it executes runs in this thread: to start a thread for each processor takes several times as long as the
 * runs of most tests. Tests that are about threads give their number, and commands in processes use all processors.
 *
 * One call waits for the other: all of them share this process's working directory, environment and exit code.
 */
export function callBalloonSim(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  if (options.input !== undefined || args.includes("-")) return Promise.resolve(balloonSim(args, options));
  const result = last.then(() => call(args, options));
  last = result.catch(() => undefined);
  return result;
}

async function call(args: readonly string[], { cwd = ROOT, env }: CommandOptions): Promise<CommandResult> {
  const paths = ["stdout", "stderr"].map((name) => join(outputs, name)) as [string, string];
  const [out, err] = paths.map((path) => openSync(path, "w")) as [number, number];
  const before = { cwd: process.cwd(), env: process.env, argv: process.argv };
  const { availableParallelism } = os;
  const handlers = process.listeners("uncaughtException");
  Object.assign(STDOUT, { fd: out });
  Object.assign(STDERR, { fd: err });
  process.env = environment(env);
  process.argv = [process.execPath, join(ROOT, "bin/balloon-sim.js"), ...args];
  process.exitCode = undefined;
  os.availableParallelism = () => 1;
  syncBuiltinESMExports();
  try {
    process.chdir(cwd);
    await main(args);
    const [stdout, stderr] = paths.map((path) => readFileSync(path, "utf8")) as [string, string];
    return { status: Number(process.exitCode ?? 0), stdout, stderr };
  } finally {
    os.availableParallelism = availableParallelism;
    syncBuiltinESMExports();
    process.chdir(before.cwd);
    Object.assign(process, { env: before.env, argv: before.argv });
    process.exitCode = undefined;
    Object.assign(STDOUT, { fd: 1 });
    Object.assign(STDERR, { fd: 2 });
    closeSync(out);
    closeSync(err);
    for (const handler of process.listeners("uncaughtException")) {
      if (!handlers.includes(handler)) process.off("uncaughtException", handler);
    }
  }
}

/** What comes of each value, one after the other. */
export async function inTurn<T, R>(
  values: readonly T[],
  work: (value: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, value] of values.entries()) results.push(await work(value, index));
  return results;
}
