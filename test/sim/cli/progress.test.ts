import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { barTerminal, Progress } from "../../../src/sim/cli/jobs/progress.ts";

/** A stream that remembers what it was given. */
function fakeStream() {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  // What cli-progress asks of a terminal.
  const terminal = {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
  };
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => text };
}

/** Tells a progress of two runs how far they are at several times, in milliseconds. */
async function show(isThere: boolean, times: readonly number[]): Promise<string> {
  const { stream, text } = fakeStream();
  let now = 0;
  const progress = new Progress(
    2,
    () => (isThere ? stream : null),
    () => now,
  );
  for (now of times) {
    await progress.pace(0, 1);
    await progress.pace(1, 0.5);
  }
  progress.stop();
  return text();
}

describe("a progress bar", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test("appears when a run has lasted a second, and shows all runs together", async () => {
    expect(await show(true, [500, 999])).toBe("");
    expect(await show(true, [500, 1000, 2000])).toMatch(/█+░+ 75 % \| \S+ left/);
  });

  test("says how long the runs still take, and before the first progress that this is unknown", async () => {
    const { stream, text } = fakeStream();
    let now = 0;
    const progress = new Progress(
      1,
      () => stream,
      () => now,
    );
    for (now of [1000, 2000]) await progress.show();
    expect(text()).toMatch(/0 % \| time left unknown/);
    expect(text()).not.toMatch(/\d %[^%]* left\b(?! unknown)/);
    progress.stop();
  });

  test("appears only on a terminal, which is looked for once, when a second is over", async () => {
    expect(await show(false, [1000, 5000])).toBe("");
    let [looks, now] = [0, 0];
    const progress = new Progress(
      1,
      () => {
        looks++;
        return null;
      },
      () => now,
    );
    for (now of [20, 999]) await progress.show();
    expect(looks).toBe(0);
    for (now of [1000, 2000]) await progress.show();
    expect(looks).toBe(1);
  });

  test("is removed by a signal, and not drawn again, before the signal ends the process", async () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { stream, text } = fakeStream();
    let now = 0;
    const progress = new Progress(
      1,
      () => stream,
      () => now,
    );
    now = 1000;
    await progress.show();
    const shown = text().length;
    process.emit("SIGHUP", "SIGHUP");
    const drawn = text();
    // The control sequence that erases a line.
    expect(drawn.slice(shown)).toContain("\u001b[2K");
    now = 2000;
    await progress.show();
    expect(text()).toBe(drawn);
    await turn();
    expect(kill).toHaveBeenCalledWith(process.pid, "SIGHUP");
    vi.advanceTimersByTime(100);
    expect(exit).toHaveBeenCalledWith(129);
    progress.stop();
  });

  test("of another part of the work is a new one that begins at 0, with its word in front", async () => {
    const { stream, text } = fakeStream();
    let now = 0;
    const progress = new Progress(
      1,
      () => stream,
      () => now,
    );
    progress.begin("searching");
    now = 2000;
    await progress.pace(0, 0.9);
    progress.begin("judging");
    const before = text().length;
    await progress.show();
    expect(text().slice(0, before)).toMatch(/searching █+░* 90 %/);
    expect(text().slice(before)).toMatch(/judging ░+ 0 %/);
    expect(text().slice(before)).not.toContain("searching");
    progress.stop();
  });
});

describe("the terminal of a bar", () => {
  const { isTTY: out } = process.stdout;
  const { isTTY: err } = process.stderr;
  afterEach(() => {
    process.stdout.isTTY = out;
    process.stderr.isTTY = err;
  });

  test.each([
    [false, false, true, true, true],
    [false, true, true, true, false],
    [false, true, false, true, true],
    [true, false, false, true, false],
    [false, false, true, false, false],
  ])(
    "quiet %j, rows to standard output %j; terminals: output %j, error %j; found: %j",
    (isQuiet, scrolls, isOut, isErr, isFound) => {
      process.stdout.isTTY = isOut;
      process.stderr.isTTY = isErr;
      expect(barTerminal(isQuiet, scrolls)).toBe(isFound ? process.stderr : null);
    },
  );
});
