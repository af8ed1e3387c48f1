import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { FileLock } from "../../../../src/sim/tune/study/lock.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";

const LOCK = join(ROOT, "dist/sim/tune/study/lock.js");
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Another process that takes the lock and keeps it, or says why it can't. */
async function other(path: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const script = `
    const { FileLock } = await import(${JSON.stringify(LOCK)});
    try {
      await FileLock.take(${JSON.stringify(path)}, "study");
      console.log("has it");
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.message);
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { child, said: String(said).trim() };
}

const lockFiles = (directory: string): string[] => readdirSync(directory).filter((name) => name.endsWith(".lock"));

test("a lock belongs to one process at a time, and leaves nothing behind", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "a.jsonl");
  const lock = await FileLock.take(path, "study");
  expect((await other(path)).said).toBe(`${path}: process ${process.pid} works on this study already`);
  await expect(FileLock.take(path, "study")).rejects.toThrow("this process works on this study already");
  const elsewhere = await FileLock.take(join(directory, "b.jsonl"), "study");
  elsewhere.release();
  lock.release();
  expect(lockFiles(directory)).toEqual([]);
  expect((await other(path)).said).toBe("has it");
});

test("a file has one lock under all of its names", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "a.jsonl");
  writeFileSync(path, "");
  symlinkSync(path, join(directory, "b.jsonl"));
  const lock = await FileLock.take(path, "study");
  const said = (await other(join(directory, "b.jsonl"))).said;
  expect(said).toBe(`${directory}/b.jsonl: process ${process.pid} works on this study already`);
  lock.release();
});

test("a lock of a killed process is removed", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "a.jsonl");
  const { child, said } = await other(path);
  expect(said).toBe("has it");
  await expect(FileLock.take(path, "study")).rejects.toThrow(`process ${child.pid} works on this study already`);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(lockFiles(directory)).toHaveLength(1);
  (await FileLock.take(path, "study")).release();
  expect(lockFiles(directory)).toEqual([]);
});

test("exactly one of many processes gets the lock at once", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "a.jsonl");
  const all = await Promise.all(Array.from({ length: 5 }, () => other(path)));
  expect(all.filter(({ said }) => said === "has it")).toHaveLength(1);
  expect(all.filter(({ said }) => /: process \d+ works on this study already$/.test(said))).toHaveLength(4);
});

/** The lock of this process, changed as if another machine, container or time had left it. */
async function left(directory: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(directory, "a.jsonl");
  const own = await FileLock.take(path, "study");
  const [name] = lockFiles(directory) as [string];
  const holder = JSON.parse(readFileSync(join(directory, name), "utf8"));
  own.release();
  const file = join(directory, ".a.jsonl.1-0.lock");
  writeFileSync(file, `${JSON.stringify({ ...holder, pid: 1, startTicks: 0, ...changes })}\n`);
  return file;
}

test("a lock from before the last boot has no owner", async () => {
  const directory = scratchDirectory();
  const file = await left(directory, { boot: "another" });
  (await FileLock.take(join(directory, "a.jsonl"), "study")).release();
  expect(existsSync(file)).toBe(false);
});

test("a lock is not owned by another process with the same number", async () => {
  const directory = scratchDirectory();
  const file = await left(directory, { pid: process.ppid, startTicks: 1 });
  (await FileLock.take(join(directory, "a.jsonl"), "study")).release();
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["another machine", { host: "elsewhere", boot: "another" }],
  ["another container", { host: "elsewhere", processes: "pid:[1]" }],
])("a lock of a process on %s, which can't be checked, is kept", async (_, changes) => {
  const directory = scratchDirectory();
  const file = await left(directory, changes);
  await expect(FileLock.take(join(directory, "a.jsonl"), "study")).rejects.toThrow(
    `a.jsonl: process 1 works on this study already on elsewhere; if it does not, remove ${file}`,
  );
  expect(existsSync(file)).toBe(true);
});

test("a study whose lock can't be written is refused", async () => {
  await expect(FileLock.take(join(scratchDirectory(), "none", "a.jsonl"), "study")).rejects.toThrow(
    "none/a.jsonl: can't be written: no such file or directory",
  );
});
