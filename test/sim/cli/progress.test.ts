import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { Progress } from "../../../src/sim/cli/jobs/progress.ts";

/** A stream that remembers what it was given. */
function fakeStream(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  // What cli-progress asks of a terminal.
  const terminal = {
    isTTY,
    columns: 80,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
  };
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => text };
}

/** Tells a progress of two runs how far they are at several times, in milliseconds. */
async function show(isWanted: boolean, isTTY: boolean, times: readonly number[]): Promise<string> {
  const { stream, text } = fakeStream(isTTY);
  let now = 0;
  const progress = new Progress(2, isWanted, stream, () => now);
  for (now of times) {
    await progress.pace(0, 1);
    await progress.pace(1, 0.5);
  }
  progress.stop();
  return text();
}

describe("a progress bar", () => {
  test("appears when a run has lasted a second, and shows all runs together", async () => {
    expect(await show(true, true, [500, 999])).toBe("");
    expect(await show(true, true, [500, 1000, 2000])).toMatch(/█+░+ 75 % \| \S+ left/);
  });

  test("says how long the runs still take, and before the first progress that this is unknown", async () => {
    const { stream, text } = fakeStream(true);
    let now = 0;
    const progress = new Progress(1, true, stream, () => now);
    for (now of [1000, 2000]) await progress.show();
    expect(text()).toMatch(/0 % \| time left unknown/);
    expect(text()).not.toMatch(/\d %[^%]* left\b(?! unknown)/);
    progress.stop();
  });

  test("appears only on a terminal, and only if it is wanted", async () => {
    expect(await show(true, false, [1000, 5000])).toBe("");
    expect(await show(false, true, [1000, 5000])).toBe("");
  });

  test("of another part of the work is a new one that begins at 0, with its word in front", async () => {
    const { stream, text } = fakeStream(true);
    let now = 0;
    const progress = new Progress(1, true, stream, () => now);
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
