import { expect, test } from "vitest";
import type { Sample } from "../../../src/sim/shadow/sample.ts";
import { type ShadowWindow, WindowCutter } from "../../../src/sim/shadow/window.ts";
import { sampleAt as at } from "../../support/fakes/samples.ts";

const LENGTHS = { usualUs: 60e6, mostUs: 180e6, leastUs: 20e6, gapUs: 3.5e6 };

/** The windows of samples, the last one ended by the end. Each as the seconds of its first and its last sample. */
function cut(samples: readonly (Sample | null)[], slack = 0): { spans: [number, number][]; windows: ShadowWindow[] } {
  const cutter = new WindowCutter(LENGTHS, slack);
  const windows = [...samples.map((sample) => cutter.add(sample)), cutter.end()].filter((one) => one !== null);
  const seconds = (sample: Sample | undefined): number => (sample?.timeUs ?? 0) / 1e6;
  return { windows, spans: windows.map(({ samples: own }) => [seconds(own[0]), seconds(own.at(-1))]) };
}

const range = (from: number, to: number, more: (second: number) => Partial<Sample> = () => ({})): Sample[] =>
  Array.from({ length: to - from + 1 }, (_, i) => at(from + i, more(from + i)));

test("a window ends after its usual length, and the next one begins with its last sample", () => {
  const { spans, windows } = cut(range(0, 150));
  expect(spans).toEqual([
    [0, 60],
    [60, 120],
    [120, 150],
  ]);
  expect(windows.map(({ isIdle }) => isIdle)).toEqual([true, true, true]);
});

test("a window goes on until the balloon is at rest, but not for ever", () => {
  const moving = cut(range(0, 130, (s) => ({ size: s < 90 ? 1000 + s : 5000 })));
  expect(moving.spans[0]).toEqual([0, 90]);
  expect(moving.windows.map(({ isIdle }) => isIdle)).toEqual([false, true]);
  expect(cut(range(0, 400, () => ({ size: 1000 }))).spans).toEqual([
    [0, 180],
    [180, 360],
    [360, 400],
  ]);
});

test("a balloon is at rest within the surplus that drivers leave, but not at a target of 0", () => {
  const isIdle = (size: number, target: number, slack: number) =>
    cut(
      range(0, 30, () => ({ size, target })),
      slack,
    ).windows[0]?.isIdle;
  expect(isIdle(5511, 5000, 0)).toBe(true);
  expect(isIdle(4489, 5000, 0)).toBe(true);
  expect(isIdle(5600, 5000, 0)).toBe(false);
  expect(isIdle(5600, 5000, 1024)).toBe(true);
  expect(isIdle(200, 0, 1024)).toBe(false);
});

test.each([
  ["a gap", () => [...range(0, 30), ...range(40, 70)]],
  ["a driver that could not be read", () => [...range(0, 30), null, ...range(40, 70)]],
  ["memory that was added", () => [...range(0, 30), ...range(31, 61, () => ({ memory: 300_000 }))]],
  ["swap that was removed", () => [...range(0, 30), ...range(31, 61, () => ({ swapTotal: 0 }))]],
  [
    "a counter that has fallen",
    () => [...range(0, 30, () => ({ swapOut: 9 })), ...range(31, 61, () => ({ swapOut: 8 }))],
  ],
  ["stalls that are not counted any more", () => [...range(0, 30), ...range(31, 61, () => ({ someUs: null }))]],
])("no window goes over %s", (_, samples) => {
  const { spans } = cut(samples());
  expect(spans).toHaveLength(2);
  expect(spans[0]).toEqual([0, 30]);
});

test("a window that is too short is none", () => {
  expect(cut(range(0, 19)).spans).toEqual([]);
  expect(cut(range(0, 20)).spans).toEqual([[0, 20]]);
});

test("the samples of ended windows are not kept", () => {
  const cutter = new WindowCutter(LENGTHS, 0);
  let longest = 0;
  for (let second = 0; second < 100_000; second++) {
    const window = cutter.add(at(second, { size: second % 2 }));
    longest = Math.max(longest, window?.samples.length ?? 0);
  }
  expect(longest).toBe(181);
});
