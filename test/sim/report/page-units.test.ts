import { expect, test } from "vitest";
import { pack } from "../../../src/sim/report/pack.ts";
import { axisUnit, formatQuantity } from "../../../src/sim/report/page/format.ts";
import { TimeData, unpacked } from "../../../src/sim/report/page/time-data.ts";

test("an axis counts in the unit that it names", () => {
  expect(axisUnit("size")).toEqual({ text: "GiB", size: 262_144 });
  expect(axisUnit("share")).toEqual({ text: "% of the time", size: 0.01 });
  expect(axisUnit("us")).toEqual({ text: "s", size: 1_000_000 });
});

test("quantities are written in the unit behind them", () => {
  expect(formatQuantity(262_144, "size")).toBe("1 GiB");
  expect(formatQuantity(0.25, "share")).toBe("25 %");
  expect(formatQuantity(1_500_000, "us")).toBe("1.5 s");
  expect(formatQuantity(1.5, "s")).toBe("1.5 s");
  expect(formatQuantity(1234.4, "pace")).toMatch(/^1.234 pages\/s$/);
  expect([null, undefined, Number.NaN].map((value) => formatQuantity(value, "size"))).toEqual(["–", "–", "–"]);
});

test("curves of runs with rows at other times stand over their own times", () => {
  const run = (label: string, time: number[], size: number[]) => ({
    label,
    time: pack(Float64Array.from(time)),
    columns: { size: pack(Float64Array.from(size)) },
  });
  const data = new TimeData(
    [run("a", [0, 1, 2, 2, 5], [10, 11, 12, 13, 15]), run("b", [0, 2, 3, 5], [20, 22, 23, 25])].map(unpacked),
  );
  expect([...data.times]).toEqual([0, 1, 2, 2, 3, 5]);
  expect([...data.values({ run: 0, column: "size" })]).toEqual([10, 11, 12, 13, undefined, 15]);
  expect([...data.values({ run: 1, column: "size" })]).toEqual([20, undefined, 22, undefined, 23, 25]);
});
