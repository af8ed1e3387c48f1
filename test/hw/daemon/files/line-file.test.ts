import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FileWatch } from "../../../../src/hw/daemon/files/file-watch.ts";
import { LineFile, MAX_WAITING_BYTES } from "../../../../src/hw/daemon/files/line-file.ts";
import { HangingFiles } from "../../../support/fakes/hanging-files.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

afterEach(() => void vi.useRealTimers());

/** A file of lines on a file system that can hang, with all that it reports. */
class Rig {
  readonly path = join(scratchDirectory(), "lines");
  readonly files = new HangingFiles();
  readonly said: string[] = [];
  readonly happened: string[] = [];
  readonly failures: unknown[] = [];
  readonly watch: FileWatch;
  /** Made once the file is open. */
  file!: LineFile;

  constructor() {
    const say = (text: string) => void this.said.push(text);
    this.watch = new FileWatch(`--cycles ${this.path}`, "lines", { info: say, warn: say, error: say });
  }

  async open(limitBytes = 2 ** 30, firstLine: string | null = "head\n"): Promise<this> {
    const { path, files, watch } = this;
    this.file = await LineFile.open({
      ...{ path, files, watch, limitBytes, firstLine, option: "--cycles", head: "head", lack: "has no lines" },
      begins: () => this.happened.push("begins"),
      gap: () => this.happened.push("gap"),
      failed: (error) => this.failures.push(error),
    });
    return this;
  }

  lines(from: number, to: number): void {
    for (let i = from; i < to; i++) this.file.write(`${i}\n`);
  }

  text(suffix = ""): string {
    return readFileSync(`${this.path}${suffix}`, "utf8");
  }
}

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${from + i}\n`).join("");

test("lines are written in their order, and all of them are there when the file is closed", async () => {
  const rig = await new Rig().open();
  rig.lines(0, 1000);
  await new Promise(setImmediate);
  rig.lines(1000, 2000);
  await rig.file.close();
  expect(rig.text()).toBe(`head\n${numbers(0, 2000)}`);
  rig.lines(2000, 2001);
  expect([rig.failures, rig.said, rig.watch.lost]).toEqual([[], [], 0]);
});

test("a file is continued, a line that was cut short is ended, and a file of another kind is refused", async () => {
  const rig = new Rig();
  writeFileSync(rig.path, "head\n1\n2");
  await rig.open();
  rig.lines(3, 4);
  await rig.file.close();
  expect(rig.text()).toBe("head\n1\n2\n3\n");
  writeFileSync(rig.path, "heap\n");
  await expect(rig.open()).rejects.toThrow(`--cycles ${rig.path}: exists and has no lines: name another file`);
  expect(rig.text()).toBe("heap\n");
});

describe("a file system that does not answer", () => {
  test("holds nothing up: lines wait, and are written when it answers", async () => {
    const rig = await new Rig().open();
    rig.files.hang();
    rig.lines(0, 500);
    const closed = rig.file.close();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect([isClosed, rig.text(), rig.files.inFlight]).toEqual([false, "head\n", 1]);
    rig.files.answer();
    await closed;
    expect([rig.text(), rig.watch.lost]).toEqual([`head\n${numbers(0, 500)}`, 0]);
  });

  test("loses what there is no room for, says so, and the lines go on behind the gap", async () => {
    const rig = await new Rig().open();
    const long = `${"x".repeat(1023)}\n`;
    const most = MAX_WAITING_BYTES / 1024;
    rig.files.hang();
    rig.lines(0, 1);
    // The first line is under way.
    await expect.poll(() => rig.files.inFlight).toBe(1);
    for (let i = 0; i < most - 1; i++) rig.file.write(long);
    for (let i = 0; i < 7; i++) rig.file.write(`x${long}`);
    // There would be room for this one, but the gap is before it.
    rig.lines(1, 2);
    expect([rig.watch.lost, rig.happened]).toEqual([8, []]);
    rig.files.answer();
    await expect.poll(() => rig.happened).toEqual(["gap"]);
    rig.lines(2, 4);
    await rig.file.close();
    expect(rig.text()).toBe(`head\n0\n${long.repeat(most - 1)}2\n3\n`);
    expect(rig.said).toEqual([`--cycles ${rig.path}: the file system answers again: 8 lines were lost`]);
  });

  test("is reported after ten seconds, in the status, too, and so is its return", async () => {
    const rig = await new Rig().open();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    rig.files.hang();
    rig.lines(0, 1);
    vi.advanceTimersByTime(9999);
    expect([rig.said, rig.watch.stall]).toEqual([[], null]);
    vi.advanceTimersByTime(1);
    const stalls = `--cycles ${rig.path}: the file system has not answered for`;
    expect([rig.said, rig.watch.stall]).toEqual([
      [`${stalls} 10 s: the balloon continues without it`],
      `${stalls} 10 s`,
    ]);
    vi.advanceTimersByTime(60_000);
    expect([rig.said.length, rig.watch.stall]).toEqual([1, `${stalls} 70 s`]);
    rig.files.answer();
    await rig.file.close();
    expect([rig.said[1], rig.watch.stall]).toEqual([
      `--cycles ${rig.path}: the file system answers again: no lines were lost`,
      null,
    ]);
  });

  test("does not mix files up where another one begins meanwhile", async () => {
    const rig = await new Rig().open(100);
    rig.files.hang();
    rig.lines(10, 30);
    expect(rig.happened).toEqual(["begins"]);
    rig.files.answer();
    await rig.file.close();
    // 5 bytes of the head, and lines of 3 bytes: full at 50 bytes.
    expect([rig.text(".1"), rig.text()]).toEqual([`head\n${numbers(10, 25)}`, `head\n${numbers(25, 30)}`]);
  });
});

test("at half of its limit another file begins, with the owner's own first line where there is one", async () => {
  const rig = new Rig();
  rig.happened.push("");
  await rig.open(40, null);
  rig.file.write("head\n");
  rig.lines(10, 15);
  expect(rig.happened).toEqual(["", "begins"]);
  rig.file.write("head 2\n");
  await rig.file.close();
  expect([rig.text(".1"), rig.text()]).toEqual([`head\n${numbers(10, 15)}`, "head 2\n"]);
  await rig.open(40, null);
  rig.lines(10, 15);
  await rig.file.close();
  expect([rig.text(".1"), existsSync(rig.path)]).toEqual([`head 2\n${numbers(10, 15)}`, true]);
});

test("a write that fails in the middle leaves whole lines, and the others count as lost", async () => {
  const rig = await new Rig().open();
  rig.files.hang();
  rig.lines(0, 1);
  await expect.poll(() => rig.files.inFlight).toBe(1);
  rig.lines(10, 20);
  rig.files.failure = "ENOSPC";
  // The first write is of one line, and of its two bytes one is written.
  rig.files.answer();
  await expect.poll(() => rig.failures.length).toBe(1);
  expect(rig.failures).toEqual([
    expect.objectContaining({ message: `--cycles ${rig.path}: no space left on the device` }),
  ]);
  expect([rig.text(), rig.watch.lost]).toEqual(["head\n", 11]);
  rig.lines(20, 21);
  await rig.file.close();
  expect([rig.failures.length, rig.text(), rig.said]).toEqual([1, "head\n", []]);
  rig.files.failure = null;
  await rig.open();
  rig.files.failure = "ENOSPC";
  rig.lines(10, 14);
  await expect.poll(() => rig.failures.length).toBe(2);
  rig.files.failure = null;
  appendFileSync(rig.path, "end\n");
  // Of twelve bytes six were written: two lines of three, or one if the first line was alone.
  expect(rig.text()).toMatch(/^head\n(10\n11\n)?end\n$/);
  await rig.file.close();
});

test("a last write that fails while the file closes is told by the close, and its lines count as lost", async () => {
  const rig = await new Rig().open();
  rig.files.hang();
  rig.lines(0, 3);
  await expect.poll(() => rig.files.inFlight).toBe(1);
  rig.files.failure = "EIO";
  const closed = rig.file.close();
  rig.files.answer();
  await expect(closed).rejects.toThrow(`--cycles ${rig.path}: input/output error`);
  expect([rig.failures, rig.watch.lost, rig.text(), rig.files.openFiles]).toEqual([[], 3, "head\n", 0]);
});

test("a file that can't be examined is closed again", async () => {
  const rig = new Rig();
  rig.files.isBlind = true;
  await expect(rig.open()).rejects.toThrow(`--cycles ${rig.path}: can't be examined: input/output error`);
  expect(rig.files.openFiles).toBe(0);
  rig.files.isBlind = false;
  writeFileSync(rig.path, "heap\n");
  await expect(rig.open()).rejects.toThrow("exists and has no lines");
  expect(rig.files.openFiles).toBe(0);
});
