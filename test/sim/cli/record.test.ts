import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { PROC, VMMEMCTL, writeFiles } from "../../support/fakes/fake-machine.ts";
import { balloonSim, scratchDirectory, shell, startBalloonSim } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const proc = writeFiles(join(directory, "proc"), PROC);
const vmmemctl = join(writeFiles(directory, { vmmemctl: VMMEMCTL }), "vmmemctl");
const FAKE = ["record", "--proc", proc, "--vmmemctl", vmmemctl];
let files = 0;
const newFile = (): string => join(directory, `${files++}.jsonl`);

/** The lines of a recording, each of them whole. */
function linesOf(text: string): Record<string, unknown>[] {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

const isHeader = (line: Record<string, unknown>): boolean => line.format === "balloon-sim/recording";

test("record writes to standard output, for some time, without a remark", () => {
  const { status, stdout, stderr } = balloonSim([...FAKE, "--every", "10ms", "--for", "50ms"]);
  expect([status, stderr]).toEqual([0, ""]);
  const [header, ...samples] = linesOf(stdout);
  expect(header).toMatchObject({ every: 0.01, host: { name: "web01", hz: 250 }, missing: [] });
  // At least the first is taken whatever else the machine has to do.
  expect(samples.length).toBeGreaterThanOrEqual(1);
  expect(samples.length).toBeLessThanOrEqual(5);
});

test("record reports missing sources in one line, once", () => {
  const bare = writeFiles(join(directory, "bare"), { meminfo: PROC.meminfo as string, uptime: "1.00 1.00\n" });
  const { status, stdout, stderr } = balloonSim(["record", "--proc", bare, "--every", "10ms", "--for", "30ms"]);
  expect(status).toBe(0);
  expect(stderr.split("\n")).toHaveLength(2);
  expect(stderr).toContain(`not recorded, because the file is missing: ${bare}/vmstat (no such file or directory), `);
  expect((linesOf(stdout)[0] as { missing: unknown[] }).missing).toHaveLength(5);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends record in order", async (signal) => {
  const file = newFile();
  const child = startBalloonSim([...FAKE, "--every", "10ms", "-o", file]);
  while (!existsSync(file) || readFileSync(file, "utf8").split("\n").length < 4) await sleep(5);
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(linesOf(readFileSync(file, "utf8")).length).toBeGreaterThanOrEqual(3);
});

test("record ends silently where its reader has gone", () => {
  const { status, stdout, stderr } = shell(
    `balloon-sim record --proc ${proc} --vmmemctl ${vmmemctl} --every 10ms | head -n 2`,
  );
  expect([status, stderr, linesOf(stdout).length]).toEqual([0, "", 2]);
});

test("record continues a recording, also behind a line that was cut short", () => {
  const file = newFile();
  const again = () => balloonSim([...FAKE, "--every", "10ms", "--for", "10ms", "-o", file]);
  expect(again().status).toBe(0);
  const first = readFileSync(file, "utf8");
  writeFileSync(file, `${first}{"t":17`);
  expect(again().status).toBe(0);
  const text = readFileSync(file, "utf8");
  expect(text.startsWith(`${first}{"t":17\n`)).toBe(true);
  const lines = linesOf(text.replace('{"t":17\n', ""));
  expect(lines.map(isHeader)).toEqual([true, false, true, false]);
});

test("record does not write to a file that is no recording", () => {
  const file = newFile();
  writeFileSync(file, "dear diary\n");
  const { status, stderr } = balloonSim([...FAKE, "-o", file]);
  expect(status).toBe(2);
  expect(stderr).toBe(
    `balloon-sim: -o ${file}: exists and is no recording that could be continued: name another file, or remove it\n`,
  );
  expect(readFileSync(file, "utf8")).toBe("dear diary\n");
});

test("record ends on a full disk with one line on standard error, and a whole line in the file", () => {
  const file = newFile();
  // No file may be longer than 5 KiB: the header has room, a few samples too.
  const { status, stderr } = shell(
    `(ulimit -f 5; balloon-sim record --proc ${proc} --vmmemctl ${vmmemctl} --every 10ms -o ${file})`,
  );
  expect([status, stderr]).toEqual([1, `balloon-sim: ${file}: file too large: the recording ends here\n`]);
  const text = readFileSync(file, "utf8");
  expect(text.length).toBeGreaterThan(4096);
  expect(linesOf(text).length).toBeGreaterThanOrEqual(3);
  expect(balloonSim([...FAKE, "-o", "/dev/full"])).toEqual({
    status: 1,
    stdout: "",
    stderr: "balloon-sim: /dev/full: no space left on the device: the recording ends here\n",
  });
});

test.each([
  [["--every", "9ms"], '--every "9ms": expected 10ms or more'],
  [["--every", "1x"], '--every "1x": expected a time such as 90 (seconds), 250ms or 1h30m'],
  [["--for", "0s"], '--for "0s": expected more than 0'],
  [["--for", "soon"], '--for "soon": expected a time such as 90 (seconds), 250ms or 1h30m'],
  [["--proc", "/nowhere"], "--proc: /nowhere/meminfo: no such file or directory: there is nothing to record"],
  [["--vmmemctl", "/nowhere"], "--vmmemctl: /nowhere: no such file or directory: there is nothing to record"],
  [["-o", "/nowhere/x"], "-o /nowhere/x: can't be written: no such file or directory"],
  [["-o", "/"], "-o /: can't be written: is a directory, expected a file"],
])("record refuses %j", (args, message) => {
  // Each option is given once.
  const at = FAKE.indexOf(args[0] as string);
  const others = at === -1 ? FAKE : FAKE.toSpliced(at, 2);
  const { status, stdout, stderr } = balloonSim([...others, ...args]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.startsWith(`balloon-sim: ${message}`), stderr).toBe(true);
  expect(stderr.split("\n")).toHaveLength(2);
});

test("record shows in a terminal the length of a recording into a file", () => {
  const file = newFile();
  const command = `"${process.execPath}" bin/balloon-sim.js record --proc ${proc} --vmmemctl ${vmmemctl} --every 10ms --for 60ms -o ${file}`;
  const { status, stdout } = shell(`script -qec '${command}' /dev/null`);
  expect(status).toBe(0);
  expect(stdout).toMatch(/\r0s: 1 sample, \d+ KiB; Ctrl-C ends the recording/);
  expect(stdout.trimEnd()).toMatch(/0s: \d samples?(?:, \d missed)?, \d+ KiB$/);
  const quiet = shell(`script -qec '${command} -q' /dev/null`);
  expect([quiet.status, quiet.stdout]).toEqual([0, ""]);
});
