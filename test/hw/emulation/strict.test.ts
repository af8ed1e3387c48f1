import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Command, Status } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { because, emulationMissing, emulationProgram, runGuest } from "../../support/processes/emulation.ts";

const missing = emulationMissing();
const START = `send ${Command.Start} 2`;
const GET_TARGET = `send ${Command.GetTarget} 100`;

describe.skipIf(missing !== undefined)(`the strict host${because(missing)}`, () => {
  const directory = scratchDirectory();
  /** Runs a guest that breaks a rule; what the host says of it. */
  const violation = (...lines: string[]): string => {
    const script = ["target 0 10", "capabilities batched batched-2m"];
    const { status, stderr, report } = runGuest("strict", directory, script, lines);
    expect(status).toBe(3);
    expect(report).toMatchObject({ exit: 3, violation: expect.any(String) });
    expect(stderr).toBe(`strict-host: the guest broke a rule: ${report?.violation}\n`);
    return report?.violation ?? "";
  };
  const frame = String.raw`frame \d+`;
  const place = `${frame} at 0x[0-9a-f]+`;

  it("reports no violation of a guest that keeps to the rules", () => {
    const lines = [START, "page 1", "page 2", "lock 1", "lock 2", GET_TARGET, "unlock 2", "unlock 1", "move 1", START];
    const { status, report } = runGuest("strict", directory, ["target 0 10"], lines);
    expect(status).toBe(0);
    expect(report).toMatchObject({ exit: 0, violation: null, commands: 7, locked: 0, mostLocked: 2, resets: 0 });
    expect(report?.entriesRead).toBeGreaterThan(0);
  });

  it("ends a guest that locks a frame twice", () => {
    expect(violation(START, "page 1", "lock 1", "lock 1")).toMatch(new RegExp(`^${frame} was locked twice$`));
  });

  it.each([
    ["locks a frame twice in a batch", [Command.BatchedLock, "0 1 2 1"], "was locked twice"],
    ["unlocks what is not locked in a batch", [Command.BatchedUnlock, "0 1"], "was unlocked but not locked"],
    ["locks small pages as large ones", [Command.Batched2mLock, "0 1 2"], "does not begin a page of 2 MiB"],
  ] as const)("ends a guest that %s", (_, [command, pages], what) => {
    const lines = [`send ${Command.Start} 14`, "page 0", "page 1", "page 2", `batch ${command} ${pages}`];
    expect(violation(...lines)).toMatch(new RegExp(`^${frame} ${what}$`));
  });

  it("notices that a page of a batch has moved, and which pages of it were not locked", () => {
    const lines = [`send ${Command.Start} 14`, "page 0", "page 1", "page 2", `batch ${Command.BatchedLock} 0 1 2`];
    expect(violation(...lines, "move 2", GET_TARGET)).toMatch(
      new RegExp(`^${place} has moved to ${frame} while it was locked$`),
    );
    const script = ["capabilities batched", "rule lock 0 - 1 2 1 5"];
    const { status } = runGuest("strict", directory, script, [...lines, "move 2", START]);
    expect(status).toBe(0);
  });

  it("ends a guest that unlocks what is not locked", () => {
    expect(violation(START, "page 1", "unlock 1")).toMatch(new RegExp(`^${frame} was unlocked but not locked$`));
  });

  it("ends a guest that locks a frame which it does not have", () => {
    expect(violation(START, `send ${Command.Lock} 1`)).toBe("frame 1 is not a page of the guest");
  });

  it.each([
    ["file", "a page of a file"],
    ["zero", "the zero page"],
  ])("ends a guest that locks a page which is not its own: %s", (kind, what) => {
    const said = violation(START, `page 1 ${kind}`, "lock 1");
    expect(said).toMatch(new RegExp(`^${place} is not the guest's own: it is ${what}$`));
  });

  it("ends a guest that locks a page which its child has, too", () => {
    const said = violation(START, "page 1", "fork", "lock 1");
    expect(said).toMatch(new RegExp(`^${place} is not the guest's own: it is shared with another process$`));
  });

  it.each([
    ["at the next GET_TARGET", GET_TARGET],
    ["at UNLOCK", `send ${Command.Unlock} FRAME`],
    ["at START", START],
    ["at the end", "exit 0"],
  ])("notices %s that a locked page has moved", (_, last) => {
    const lines = [START, "page 1", "page 2", "lock 1", "lock 2", "move 1"];
    // Of a page that has moved the guest itself knows the new frame only: it is asked for the old one before.
    const said = last.endsWith("FRAME")
      ? violation(...lines.slice(0, 5), "remember 1", "move 1", "unlock-remembered")
      : violation(...lines, last);
    expect(said).toMatch(new RegExp(`^${place} has moved to ${frame} while it was locked$`));
  });

  it("notices that a locked page was given back", () => {
    const said = violation(START, "page 1", "lock 1", "drop 1", GET_TARGET);
    expect(said).toMatch(new RegExp(`^${place} disappeared while it was locked$`));
  });

  it("ends a guest that begins without START, and one that ends without it", () => {
    expect(violation("page 1", "lock 1")).toBe("the guest sent LOCK before START");
    expect(violation(START, "page 1", "page 2", "lock 1", "lock 2", "exit 0")).toBe(
      "the guest ended with 2 frames locked, without START",
    );
  });

  it("forgives what the guest does with frames that a reset has made its own again", () => {
    const script = ["rule get-target 0 - 1 1 1 7"];
    const lines = [START, "page 1", "lock 1", GET_TARGET, "move 1", START, "lock 1", START];
    const { status, answers } = runGuest("strict", directory, script, lines);
    expect(answers).toEqual(["0 0", "page", "0 0", `${Status.Reset} 0`, "moved", "0 0", "0 0", "0 0"]);
    expect(status).toBe(0);
  });

  it("forgives a guest whose last START it does not take", () => {
    const script = ["rule start 0 - - 2 1 -1"];
    const { status, answers, report } = runGuest("strict", directory, script, [
      START,
      "page 1",
      "lock 1",
      START,
      "drop 1",
    ]);
    expect(answers).toEqual(["0 0", "page", "0 0", "-1 0", "dropped"]);
    expect({ status, locked: report?.locked }).toEqual({ status: 0, locked: 1 });
  });

  it("denies ioperm to its guest, as a kernel without it: each port instruction then faults, and is seen", () => {
    const { answers, status } = runGuest("strict", directory, [], ["ioperm", START]);
    expect(answers).toEqual(["ENOSYS", "0 0"]);
    expect(status).toBe(0);
  });

  it("passes signals on to its guest", async () => {
    const script = join(directory, "script");
    writeFileSync(script, "balloon-host 1\n");
    const host = spawn(emulationProgram("strict-host"), ["--script", script, "--", emulationProgram("test-guest")]);
    host.stdin.write(`${START}\n`);
    await new Promise((resolve) => host.stdout.once("data", resolve));
    host.kill("SIGTERM");
    const status = await new Promise((resolve) => host.once("exit", resolve));
    expect(status).toBe(128 + 15);
  });

  it.each([
    [["--script", "/nowhere", "--", "true"], "/nowhere: No such file or directory"],
    [["--", "true"], "--script FILE is missing (strict-host --help)"],
    [["--script"], "--script: a file is missing"],
    [["--scrip", "x"], "unexpected argument --scrip (strict-host --help)"],
    [["--script", "/dev/null"], "the program is missing: strict-host --script FILE -- PROGRAM"],
    [["--script", "/dev/null", "--", "true"], '/dev/null: line 1: expected "balloon-host 1"'],
  ])("reports a mistake in %j", (args, problem) => {
    const { status, stderr } = spawnSync(emulationProgram("strict-host"), args, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 2, stderr: `strict-host: ${problem}\n` });
  });

  it("reports a program that can't be executed", () => {
    const script = join(directory, "script");
    writeFileSync(script, "balloon-host 1\n");
    const args = ["--script", script, "--", "/nowhere/program"];
    const { status, stderr } = spawnSync(emulationProgram("strict-host"), args, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({
      status: 127,
      stderr: "strict-host: /nowhere/program: No such file or directory\n",
    });
  });
});
