import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../../support/command.ts";

const directory = scratchDirectory();

/** What a log of this format writes to standard error, which is a file. */
function written(
  format: "text" | "json",
  environment: (stream: string) => Record<string, string> = () => ({}),
): string {
  const module = new URL(`file://${join(ROOT, "dist/hw/log/log.js")}`).href;
  const program = `
    const { openLog } = await import(${JSON.stringify(module)});
    const log = await openLog(${JSON.stringify(format)});
    log.info("it begins", { event: "start", pages: 3 });
    log.warn("it is hot", { event: "heat" });
    log.error("it ends", { event: "end", isLast: true });`;
  const { PATH = "" } = process.env;
  const file = join(directory, "log");
  writeFileSync(file, "");
  const { dev, ino } = statSync(file, { bigint: true });
  const stderr = openSync(file, "a");
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { PATH, ...environment(`${dev}:${ino}`) },
    stdio: ["ignore", "pipe", stderr],
  });
  closeSync(stderr);
  expect([status, stdout]).toEqual([0, ""]);
  return readFileSync(file, "utf8");
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

test("text has the time, and a word where something is wrong", () => {
  expect(written("text").replace(TIME, "TIME")).toBe("TIME it begins\nTIME warning: it is hot\nTIME error: it ends\n");
});

test("for the journal each line has its priority, and no time, which the journal adds", () => {
  const environment = (stream: string) => ({ JOURNAL_STREAM: stream });
  expect(written("text", environment)).toBe("<6>it begins\n<4>it is hot\n<3>it ends\n");
});

test("who is started by a service, with standard error elsewhere, does not write to the journal", () => {
  expect(written("text", () => ({ JOURNAL_STREAM: "8:1234" }))).toMatch(/^\S+Z it begins\n/);
});

test("JSON has an object a line, with what programs want to know", () => {
  const lines = written("json").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [
      { level: "info", message: "it begins", event: "start", pages: 3 },
      { level: "warn", message: "it is hot", event: "heat" },
      { level: "error", message: "it ends", event: "end", isLast: true },
    ].map((entry) => ({
      program: "balloon-hw",
      pid: expect.any(Number),
      time: expect.stringMatching(TIME),
      ...entry,
    })),
  );
});
