import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { MetricsFile } from "../../../src/hw/daemon/metrics-file.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("the file of metrics is replaced each 15 seconds, readable for all users, and removed at the end", () => {
  vi.useFakeTimers();
  const directory = scratchDirectory();
  const path = join(directory, "balloon-hw.prom");
  let count = 0;
  const file = new MetricsFile({ path, text: () => `balloon_size_bytes ${++count}\n`, failed: () => {} });
  const { ino, mode } = statSync(path);
  expect([readFileSync(path, "utf8"), mode & 0o777]).toEqual(["balloon_size_bytes 1\n", 0o644]);
  vi.advanceTimersByTime(14_000);
  expect(count).toBe(1);
  vi.advanceTimersByTime(1000);
  // A reader that has the file open goes on to read the old one.
  expect(statSync(path).ino).not.toBe(ino);
  vi.advanceTimersByTime(15_000);
  expect(readFileSync(path, "utf8")).toBe("balloon_size_bytes 3\n");
  expect(readdirSync(directory)).toEqual(["balloon-hw.prom"]);
  file.close();
  vi.advanceTimersByTime(60_000);
  expect([existsSync(path), count]).toEqual([false, 3]);
});

test("a failure later is reported with the file's name", () => {
  vi.useFakeTimers();
  const directory = join(scratchDirectory(), "textfile");
  const path = join(directory, "balloon-hw.prom");
  const failures: unknown[] = [];
  expect(() => new MetricsFile({ path, text: () => "", failed: () => {} })).toThrow(
    `--metrics-file ${path}: can't be written: no such file or directory`,
  );
  mkdirSync(directory);
  const file = new MetricsFile({ path, text: () => "", failed: (error) => failures.push(error) });
  rmSync(directory, { recursive: true });
  vi.advanceTimersByTime(15_000);
  expect(failures).toEqual([
    expect.objectContaining({ message: expect.stringContaining("no such file or directory") }),
  ]);
  file.close();
});
