import { expect, test } from "vitest";
import { inspectTrace, type SeriesFigures } from "../../../src/sim/trace/inspect.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { documentText, linesText } from "./support.ts";

const S = 1_000_000;

function seriesOf(text: string): Record<string, Partial<SeriesFigures>> {
  const { series } = inspectTrace(readTrace(text));
  return Object.fromEntries(series.map(({ name, ...rest }) => [name, rest]));
}

test("figures of series are over their known values, and unknown time is counted", () => {
  const series = seriesOf(
    documentText({
      duration: 60,
      host: {
        target: [
          [0, null],
          [10, 7],
          [20, 3],
          [30, null],
          [35, 5],
        ],
      },
      workloads: [
        {
          name: "a",
          anon: {
            points: [
              [0, 1],
              [6, null],
              [8, 2],
            ],
            repeat: 20,
            hold: "linear",
            how: "measured",
            from: "x",
          },
          touch: null,
          fileSet: {
            points: [
              [0, null],
              [4, 9],
            ],
            repeat: 25,
          },
        },
      ],
    }),
  );
  expect(series.target).toEqual({
    unit: "pages",
    points: 5,
    min: 3,
    max: 7,
    hold: "step",
    repeatUs: 0,
    how: "assumed",
    from: null,
    unknownUs: 15 * S,
  });
  expect(series["a/anon"]).toMatchObject({ min: 1, max: 2, repeatUs: 20 * S, unknownUs: 3 * 2 * S, from: "x" });
  expect(series["a/touch"]).toMatchObject({ unit: "pages/s", min: null, max: null, points: 1, unknownUs: 60 * S });
  // Two whole periods and ten seconds of a third.
  expect(series["a/fileSet"]).toMatchObject({ unknownUs: 3 * 4 * S });
  expect(series["a/workingSet"]).toBeUndefined();
});

test("rows are read to their end: values given, extremes, what is unknown until the last row", () => {
  const figures = inspectTrace(
    readTrace(
      linesText(
        {
          workloads: [{ name: "a" }],
          guest: {
            memory: "1GiB",
            kernelMemory: {
              points: [
                [0, 1],
                [3, null],
              ],
              repeat: 4,
            },
          },
          rows: { target: { hold: "linear", how: "measured", from: "log" }, anon: {} },
          measured: [{ quantity: "active", unit: "KiB" }],
        },
        [
          { t: 0, target: 5, anon: 4 },
          { t: 2, target: 9, anon: 4 },
          { t: 3, anon: null },
          { t: 4, event: { type: "comment", text: "x" } },
          { t: 5, target: 1 },
          { t: 9, anon: null },
          { t: 10 },
        ],
      ),
    ),
  );
  expect(figures.form).toBe("json-lines");
  expect(figures.durationUs).toBe(10 * S);
  expect(figures.events).toHaveLength(1);
  expect(figures.measured).toEqual([expect.objectContaining({ quantity: "active", points: 0 })]);
  const [target, kernel, anon] = figures.series;
  expect(target).toMatchObject({
    name: "target",
    points: 3,
    min: 1,
    max: 9,
    hold: "linear",
    from: "log",
    unknownUs: 0,
  });
  expect(kernel).toMatchObject({ name: "kernelMemory", points: 2, unknownUs: 2 * S });
  expect(anon).toMatchObject({ name: "a/anon", points: 4, min: 4, max: 4, unknownUs: 7 * S });
});
