import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { FileWatch } from "../../../src/hw/daemon/files/file-watch.ts";
import { MetricsFile, type MetricsFileParts } from "../../../src/hw/daemon/metrics-file.ts";
import { HangingFiles } from "../../support/fakes/hanging-files.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Timers only: operations on files take their turns of the event loop. */
const useFakeTimers = () => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "performance"] });
const said: string[] = [];
const say = (text: string) => void said.push(text);
const open = (parts: Pick<MetricsFileParts, "path" | "text"> & Partial<MetricsFileParts>) =>
  MetricsFile.open({ watch: watched().watch, failed: () => {}, ...parts });

/** A watch, and a function that waits until the last write has ended. The file begins no write before. */
function watched() {
  const watch = new FileWatch("--metrics-file", "writes", { info: say, warn: say, error: say });
  const during = vi.spyOn(watch, "during");
  const written = async (): Promise<void> => {
    await Promise.allSettled([during.mock.results.at(-1)?.value]);
    // The file knows of it some microtasks later.
    await new Promise(setImmediate);
  };
  return { watch, written };
}

test("the file of metrics is replaced each 15 seconds, readable for all users, and removed at the end", async () => {
  useFakeTimers();
  const directory = scratchDirectory();
  const path = join(directory, "balloon-hw.prom");
  const { watch, written } = watched();
  let count = 0;
  const file = await open({ path, watch, text: () => `balloon_size_bytes ${++count}\n` });
  const { ino, mode } = statSync(path);
  expect([readFileSync(path, "utf8"), mode & 0o777]).toEqual(["balloon_size_bytes 1\n", 0o644]);
  vi.advanceTimersByTime(14_000);
  expect(count).toBe(1);
  vi.advanceTimersByTime(1000);
  await written();
  // A reader that has the file open goes on to read the old one.
  expect([readFileSync(path, "utf8"), statSync(path).ino === ino]).toEqual(["balloon_size_bytes 2\n", false]);
  vi.advanceTimersByTime(15_000);
  await written();
  expect([readFileSync(path, "utf8"), readdirSync(directory)]).toEqual(["balloon_size_bytes 3\n", ["balloon-hw.prom"]]);
  await file.close();
  vi.advanceTimersByTime(60_000);
  expect([existsSync(path), count]).toEqual([false, 3]);
});

test("a failure later is reported with the file's name", async () => {
  useFakeTimers();
  const directory = join(scratchDirectory(), "textfile");
  const path = join(directory, "balloon-hw.prom");
  const failures: unknown[] = [];
  await expect(open({ path, text: () => "" })).rejects.toThrow(
    `--metrics-file ${path}: can't be written: no such file or directory`,
  );
  mkdirSync(directory);
  const { watch, written } = watched();
  const file = await open({ path, watch, text: () => "", failed: (error) => failures.push(error) });
  rmSync(directory, { recursive: true });
  vi.advanceTimersByTime(15_000);
  await written();
  expect(failures).toEqual([
    expect.objectContaining({ message: expect.stringContaining("no such file or directory") }),
  ]);
  await file.close();
});

test("while the file system does not answer, writes are left out and counted, and the file has the present figures afterwards", async () => {
  useFakeTimers();
  said.length = 0;
  const path = join(scratchDirectory(), "balloon-hw.prom");
  const files = new HangingFiles();
  let count = 0;
  const { watch, written } = watched();
  const file = await open({ path, files, watch, text: () => `${++count}\n` });
  files.hang();
  vi.advanceTimersByTime(60_000);
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  expect([files.inFlight, watch.lost, watch.stall, readFileSync(path, "utf8")]).toEqual([
    1,
    3,
    "--metrics-file: the file system has not answered for 45 s",
    "1\n",
  ]);
  files.answer();
  await written();
  expect(readFileSync(path, "utf8")).toBe("2\n");
  vi.advanceTimersByTime(15_000);
  await written();
  expect(readFileSync(path, "utf8")).toBe("3\n");
  expect(said.at(-1)).toBe("--metrics-file: the file system answers again: 3 writes were lost");
  await file.close();
  expect(existsSync(path)).toBe(false);
});

test("nothing but a file is replaced, or removed at the end", async () => {
  const directory = scratchDirectory();
  const pipe = join(directory, "pipe");
  const link = join(directory, "link");
  const folder = join(directory, "folder");
  execFileSync("mkfifo", [pipe]);
  symlinkSync("pipe", link);
  mkdirSync(folder);
  await expect(open({ path: pipe, text: () => "" })).rejects.toThrow(
    `--metrics-file ${pipe}: is no file: name another file`,
  );
  await expect(open({ path: link, text: () => "" })).rejects.toThrow(`${link}: is a symbolic link`);
  await expect(open({ path: folder, text: () => "" })).rejects.toThrow(`${folder}: is no file`);
  expect(readdirSync(directory).sort()).toEqual(["folder", "link", "pipe"]);
  const path = join(directory, "balloon-hw.prom");
  const file = await open({ path, text: () => "1\n" });
  rmSync(path);
  execFileSync("mkfifo", [path]);
  await file.close();
  expect(statSync(path).isFIFO()).toBe(true);
});

test("a file that a killed daemon has left is replaced, whatever it is", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "balloon-hw.prom");
  writeFileSync(join(directory, "precious"), "precious");
  symlinkSync(join(directory, "precious"), join(directory, ".balloon-hw.prom.tmp"));
  const file = await open({ path, text: () => "1\n" });
  expect([readFileSync(path, "utf8"), readFileSync(join(directory, "precious"), "utf8")]).toEqual(["1\n", "precious"]);
  await file.close();
  expect(readdirSync(directory)).toEqual(["precious"]);
});
