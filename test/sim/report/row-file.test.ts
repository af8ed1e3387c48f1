import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { readRuns } from "../../../src/sim/report/runs/read-runs.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

function runs(...texts: readonly string[]) {
  return readRuns(
    texts.map((text, i) => {
      const path = join(directory, `${i}.rows`);
      writeFileSync(path, text);
      return new InputFile(path, `${i}.rows`);
    }),
  );
}

const values = (text: string, column: string) => Array.from(runs(text)[0]?.column(column) ?? []);

const CSV = `time_s,size,allocated,freed,refused,stall_some_us
0.000006,0,0,0,0,0
1.000000,90,100,0,10,0
3.000000,90,0,0,0,500000
3.500000,40,0,50,0,500000
`;

describe("rows are read back", () => {
  test("as CSV, as JSON lines and as one array, with the same result", () => {
    const [head, ...lines] = CSV.trimEnd()
      .split("\n")
      .map((line) => line.split(","));
    const objects = lines.map((line) => `{${line.map((value, i) => `"${head?.[i]}":${value}`).join()}}`);
    for (const text of [
      CSV,
      CSV.replaceAll("\n", "\r\n"),
      `${objects.join("\n")}\n`,
      `[\n${objects.join(",\n")}\n]\n`,
      `\ufeff${CSV}`,
      `\ufeff${objects.join("\n")}\n`,
      `\ufeff[${objects.join()}]`,
    ]) {
      expect(values(text, "time_s")).toEqual([0.000006, 1, 3, 3.5]);
      expect(values(text, "size")).toEqual([0, 90, 90, 40]);
    }
  });

  test("counts from row to row become totals", () => {
    expect(values(CSV, "allocated")).toEqual([0, 100, 100, 100]);
    expect(values(CSV, "freed")).toEqual([0, 0, 0, 50]);
  });

  test("paces and stalls are those of the time since the row before", () => {
    expect(values(CSV, "inflation")).toEqual([0, 90 / (1 - 0.000006), 0, 0]);
    expect(values(CSV, "deflation")).toEqual([0, 0, 0, 100]);
    expect(values(CSV, "stall_some")).toEqual([0, 0, 0.25, 0]);
    expect(runs(CSV)[0]?.names).not.toContain("stall_full");
  });

  test("rows at the same time have the pace of the row before", () => {
    const text = "time_s,freed\n0.0,0\n1.0,10\n1.0,0\n";
    expect(values(text, "deflation")).toEqual([0, 10, 10]);
  });

  test("several traces in one file are several runs, with any names", () => {
    const text = 'trace,time_s,size\nspike,0.0,1\n"a ""b"", c",0.0,2\n"a ""b"", c",1.0,3\n';
    const [first, second] = runs(text);
    expect([first?.label, second?.label]).toEqual(["0.rows: spike", '0.rows: a "b", c']);
    expect(second?.column("size")).toEqual(Float64Array.of(2, 3));
  });

  test("columns are where the file has them", () => {
    const text = "size,time_s\n5,0.0\n6,1.0\n";
    expect([values(text, "time_s"), values(text, "size")]).toEqual([
      [0, 1],
      [5, 6],
    ]);
  });
});

describe("a fault in rows is reported with its place", () => {
  test.each([
    [
      "time_s,siz\n",
      '0.rows:1:8: "siz" is no column of balloon-sim run; did you mean "size"? (expected a trace, rows that balloon-sim run wrote, or a study that tune did)',
    ],
    ["trace,size\nx,1\n", "0.rows:1:7: the column time_s is missing, without which there are no curves"],
    ["time_s,size,size\n", '0.rows:1:13: the column "size" is given twice'],
    ["time_s,size\n0.0,x\n", '0.rows:2:5: expected a number, found "x"'],
    ["time_s,size\n0.0,\n", '0.rows:2:5: expected a number, found ""'],
    ["time_s,size\n0.0\n", "0.rows:2:1: expected 2 numbers as the first line names, found 1"],
    ["time_s,size\n0.0,1,2\n", "0.rows:2:1: expected 2 numbers as the first line names, found 3"],
    [
      "time_s,size\n1.0,1\n0.5,1\n",
      "0.rows:3:1: its time, 0.5 s, is before that of the row above, 1 s; expected the rows of a run in order",
    ],
    ['trace,time_s\n"x,1.0\n', "0.rows:2:1: expected the name of a trace and a comma"],
    ["time_s,size\n", "0.rows: has no rows, expected those of a run"],
    ["[]", "0.rows: has no rows, expected those of a run"],
    ['{"time_s":0,"size":1}\n{"time_s":1}\n', "0.rows:2:1: size: expected a number, found nothing"],
    ['{"time_s":0,"size":1\n', '0.rows:1:21: the text ends where a comma or "}" should follow: is it cut off?'],
    [
      '[{"time_s":0,"size":1},\n {"time_s":1,"size":"x"}]',
      '0.rows:2:21: $[1].size: size: expected a number, found "x"',
    ],
    ['[{"time_s":0,"trace":7}]', "0.rows:1:22: $[0].trace: expected a name, found 7"],
    ['[{"time_s":1e999,"size":1}]', "0.rows:1:12: $[0].time_s: time_s: expected a number, found Infinity"],
    ["[7]", '0.rows:1:2: $[0]: expected an object such as {"time_s":0}, found 7'],
  ])("%j", (text, message) => {
    expect(() => runs(text)).toThrow(new InputError(message));
  });

  test("more runs than a chart shows", () => {
    const text = `trace,time_s\n${Array.from({ length: 25 }, (_, i) => `t${i},0.0\n`).join("")}`;
    expect(() => runs(text)).toThrow(
      "0.rows:26:1: this is the run 25 of the file, expected at most 24: give it fewer, ",
    );
    expect(() => runs(...Array.from({ length: 25 }, () => CSV))).toThrow("25 runs are too many for one chart");
  });
});
