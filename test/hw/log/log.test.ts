import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { ADDON_PATH } from "../../support/processes/native-child.ts";

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

test("the log writes text with the time, and a word for warnings and errors", () => {
  expect(written("text").replace(TIME, "TIME")).toBe("TIME it begins\nTIME warning: it is hot\nTIME error: it ends\n");
});

test("the log writes a priority, and no time, for the journal, which adds the time", () => {
  const environment = (stream: string) => ({ JOURNAL_STREAM: stream });
  expect(written("text", environment)).toBe("<6>it begins\n<4>it is hot\n<3>it ends\n");
});

test("the log does not write for the journal where standard error is not the journal", () => {
  expect(written("text", () => ({ JOURNAL_STREAM: "8:1234" }))).toMatch(/^\S+Z it begins\n/);
});

test("the log writes JSON with an object a line: program, process, event and figures", () => {
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

/** A program that writes many lines to standard error, and says on standard output how many are missing. */
const MANY = (format: string, more = "") => `
  const { openLog } = await import(${JSON.stringify(new URL(`file://${join(ROOT, "dist/hw/log/log.js")}`).href)});
  ${more}
  const log = await openLog(${JSON.stringify(format)}, ${more === "" ? "undefined" : "addon.isWritable"});
  for (let line = 0; line < 3000; line++) log.info("a line of the log that is as long as many of them are", { event: "x" });
  console.log(log.lost);`;

test.each(["text", "json"])(
  "%s to a full disk is dropped and counted, and neither blocks nor ends the daemon",
  (format) => {
    const full = openSync("/dev/full", "a");
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", MANY(format)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", full],
      timeout: 50_000,
    });
    closeSync(full);
    expect([status, stdout]).toEqual([0, "3000\n"]);
  },
);

const missing = addonMissing();
test.skipIf(missing !== undefined).each(["text", "json"])(
  `%s to a reader that has stopped does not block the daemon${because(missing)}`,
  async (format) => {
    const addon = `const { createRequire } = await import("node:module");
      const addon = createRequire("/")(${JSON.stringify(ADDON_PATH)});`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", MANY(format, addon)]);
    // Standard error is not read until it has ended.
    let lost = "";
    child.stdout.on("data", (text) => {
      lost += text;
    });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(Number(lost)).toBeGreaterThan(100);
    expect(Number(lost)).toBeLessThan(3000);
  },
);

test("the log says how many lines were dropped once there is room", async () => {
  const path = join(directory, "disk");
  // A limit of the size of files stands for a disk that is full.
  const program = `${MANY("json")}
    (await import("node:fs")).truncateSync(${JSON.stringify(path)}, 0);
    log.info("there is room", { event: "y" });
    console.log(log.lost);`;
  writeFileSync(path, "");
  const stderr = openSync(path, "a");
  const command = [
    "--fsize=100000",
    process.execPath,
    "--input-type=module",
    "-e",
    `process.on("SIGXFSZ", () => {});${program}`,
  ];
  const { status, stdout } = spawnSync("prlimit", command, { encoding: "utf8", stdio: ["ignore", "pipe", stderr] });
  closeSync(stderr);
  const [lost, after] = stdout.trim().split("\n");
  expect([status, lost === after, Number(lost) > 1000]).toEqual([0, true, true]);
  const [first, second] = readFileSync(path, "utf8").trim().split("\n");
  expect(JSON.parse(first as string)).toMatchObject({ level: "warn", event: "log_lost", count: Number(lost) });
  expect(JSON.parse(second as string)).toMatchObject({ message: "there is room" });
});
