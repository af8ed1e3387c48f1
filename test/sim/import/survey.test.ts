import { describe, expect, it } from "vitest";
import { MergedSample } from "../../../src/sim/import/merge.ts";
import { type Format, type Machine, Sample, type SampleStream } from "../../../src/sim/import/reader.ts";
import { surveyLog } from "../../../src/sim/import/survey.ts";
import { type ColumnSpec, column, pagesPerUnit } from "../../../src/sim/import/vocabulary.ts";

const COLUMNS = [column("used", "used", "KiB"), column("swapUsed", "swap", "KiB")];
const machine: Machine = { index: 0, id: "vm", name: null, columns: COLUMNS };

/** A stream of samples of a second each: values, and whether the machine was off. */
function streamOf(given: readonly (readonly [values: readonly number[], isOff: boolean])[]): SampleStream {
  let next = 0;
  return {
    machines: [machine],
    bytesRead: 0,
    next(sample) {
      const [values, isOff] = given[next] ?? [];
      if (values === undefined) return false;
      sample.begin(machine, next++ * 1e6);
      sample.values.set(values);
      sample.isOff = isOff ?? false;
      return true;
    },
    close: () => {},
  };
}

const survey = async (given: Parameters<typeof streamOf>[0]) => {
  const format = {} as Format;
  const [found] = await surveyLog(
    format,
    streamOf(given),
    () => true,
    async () => {},
  );
  return found;
};

describe("the survey of a log", () => {
  it("does not count values of a machine that is off", async () => {
    const found = await survey([
      [[500, 7], false],
      [[0, 999], true],
      [[600, 5], false],
    ]);
    expect(found?.ranges).toEqual([
      { min: 500, max: 600 },
      { min: 5, max: 7 },
    ]);
  });

  it("sets a quantity to unknown that is 0 in all samples, which is impossible", async () => {
    const found = await survey([
      [[0, 0], false],
      [[0, 0], false],
    ]);
    expect(found?.ranges).toEqual([null, { min: 0, max: 0 }]);
    expect(found?.unrecorded.map(({ quantity }: ColumnSpec) => quantity)).toEqual(["used"]);
    const once = await survey([
      [[0, 0], false],
      [[1, 0], false],
    ]);
    expect(once?.unrecorded).toEqual([]);
  });
});

describe("samples of one time", () => {
  it.each(["first", "last", "mean"] as const)("keep the events of all, also where the %s counts", (policy) => {
    const merged = new MergedSample(machine, policy);
    [1, 2].forEach((number) => {
      const sample = new Sample();
      sample.begin(machine, 5);
      sample.events.push({ atUs: 5, type: "comment", text: `of ${number}` });
      if (number === 1) merged.take(sample);
      else merged.add(sample);
    });
    expect(merged.events.map(({ text }) => text)).toEqual(["of 1", "of 2"]);
  });
});

describe("a unit of memory", () => {
  it.each([
    ["B", 1],
    ["kB", 1000],
    ["MB", 1_000_000],
    ["KiB", 1024],
    ["MiB", 1_048_576],
    ["pages", 4096],
  ] as const)("%s is %d bytes", (unit, bytes) => {
    expect((pagesPerUnit(unit, 0) as number) * 4096).toBeCloseTo(bytes, 9);
  });
});
