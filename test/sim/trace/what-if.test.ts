import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { readTarget, targetSeries } from "../../../src/sim/trace/target-text.ts";
import type { Change, TraceSource } from "../../../src/sim/trace/types.ts";
import { AS_IT_IS, applyWhatIf, type WhatIf, whatIfText, whatIfWarnings } from "../../../src/sim/trace/what-if.ts";
import { traceDocuments } from "../../support/generators/traces.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const S = 1_000_000;
const GIB = 262_144;

/** All changes of a source up to a time; a target that repeats would go on. */
function changesOf(source: TraceSource, untilUs: number): Change[] {
  const changes: Change[] = [];
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  while (source.next(change) && change.atUs <= untilUs) changes.push({ ...change });
  source.close();
  return changes;
}

/** The value of each series at a time: the last known one where it is unknown. */
function valuesAt(changes: readonly Change[], us: number): number[] {
  const values: number[] = [];
  for (const { atUs, series, value, untilUs, untilValue } of changes) {
    if (atUs > us) break;
    if (Number.isNaN(value)) continue;
    values[series] = us >= untilUs ? untilValue : value + ((untilValue - value) * (us - atUs)) / (untilUs - atUs);
  }
  return values;
}

const what = (part: Partial<WhatIf>): WhatIf => ({ ...AS_IT_IS, ...part });
const close = (a: readonly number[], b: readonly number[]) => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i] as number, 3);
  });
};

describe("a window of a trace", () => {
  test("has at each time the values that the trace has there", () => {
    fc.assert(
      fc.property(traceDocuments, fc.double({ min: 0.01, max: 0.9, noNaN: true }), (document, part) => {
        const open = () => readTrace(JSON.stringify(document));
        const { durationUs } = open().trace;
        const sinceUs = Math.floor(durationUs * part);
        fc.pre(sinceUs > 0);
        const whole = changesOf(open(), durationUs);
        const windowed = changesOf(applyWhatIf(open(), what({ sinceUs }), "t"), durationUs);
        for (let i = 0; i <= 10; i++) {
          const us = Math.floor(((durationUs - sinceUs) * i) / 10);
          close(valuesAt(windowed, us), valuesAt(whole, us + sinceUs));
        }
        // Changes come in order, and those at time 0 cover every series.
        expect(windowed.map(({ atUs }) => atUs)).toEqual(windowed.map(({ atUs }) => atUs).sort((a, b) => a - b));
        expect(new Set(windowed.filter(({ atUs }) => atUs === 0).map(({ series }) => series))).toEqual(
          new Set(whole.map(({ series }) => series)),
        );
      }),
      { numRuns: 150 },
    );
  });

  const TRACE = {
    format: "balloon-sim/trace",
    version: 1,
    name: "t",
    description: "",
    duration: 100,
    guest: { memory: "4GiB" },
    workloads: [
      {
        name: "a",
        anon: {
          points: [
            [0, 0],
            [100, 1000],
          ],
          hold: "linear",
        },
      },
    ],
    host: {
      target: [
        [0, 0],
        [10, "1GiB"],
        [50, "2GiB"],
      ],
      refusals: [
        { from: 5, count: 2, status: 4 },
        { from: 5, until: 20, status: 4 },
        { from: 5, until: 60, status: 4 },
        { from: 70, count: 2, status: 4 },
      ],
    },
    events: [
      { at: 10, type: "comment", text: "before" },
      { at: 30, until: 50, type: "gap", text: "across" },
      { at: 60, type: "comment", text: "behind" },
    ],
  };
  const source = () => readTrace(JSON.stringify(TRACE));

  test("counts its time, its events and its host's rules from where it begins", () => {
    const { trace, events, endUs } = applyWhatIf(source(), what({ sinceUs: 40 * S, untilUs: 90 * S }), "t");
    expect([trace.durationUs, endUs, trace.name]).toEqual([50 * S, 50 * S, "t"]);
    expect(events.map(({ text, atUs, untilUs }) => [text, atUs / S, untilUs === null ? null : untilUs / S])).toEqual([
      ["across", 0, 10],
      ["behind", 20, null],
    ]);
    // One that answers two commands from 5 s on is used up, one that ends at 20 s is over.
    expect(trace.host.rules.map(({ fromUs, untilUs, count }) => [fromUs / S, untilUs / S, count])).toEqual([
      [0, 20, Number.POSITIVE_INFINITY],
      [30, Number.POSITIVE_INFINITY, 2],
    ]);
    expect(trace.host.target.value).toEqual([GIB]);
    expect(trace.workloads[0]?.anon.value).toEqual([400]);
  });

  test.each([
    [20, GIB / 2],
    [5, 0],
  ])(
    "begins at %i s with the balloon of the trace's beginning, at most its target, and nothing in swap",
    (since, balloon) => {
      const [workload] = TRACE.workloads;
      const text = JSON.stringify({
        ...TRACE,
        guest: { memory: "4GiB", swap: "1GiB", balloon: "512MiB" },
        workloads: [{ ...workload, anon: 1000, swapped: 500 }],
      });
      const target = readTarget("3GiB");
      const start = (whatIf: WhatIf) => applyWhatIf(readTrace(text), whatIf, "t").trace;
      const window = start(what({ sinceUs: since * S, target }));
      expect([window.guest.balloon, window.workloads[0]?.swapped]).toEqual([balloon, 0]);
      const whole = start(what({ target }));
      expect([whole.guest.balloon, whole.workloads[0]?.swapped]).toEqual([GIB / 2, 500]);
    },
  );

  test("that begins where the trace is over is refused", () => {
    expect(() => applyWhatIf(source(), what({ sinceUs: 100 * S }), "a\u001bb.json")).toThrow(
      "a\\u{1b}b.json: --since 1m40s: the trace is over at 1m40s",
    );
  });

  test("of a trace that is as long as its rows ends with them", () => {
    const lines = [
      { ...TRACE, duration: undefined, workloads: [{ name: "a" }], rows: { anon: {} } },
      { t: 0, anon: 5 },
      { t: 30, anon: 7 },
    ];
    const open = () => readTrace(lines.map((line) => JSON.stringify(line)).join("\n"));
    const repeated = readTarget("0..1GiB/10s repeat");
    const changes = changesOf(
      applyWhatIf(open(), what({ sinceUs: 10 * S, target: repeated }), "t"),
      Number.POSITIVE_INFINITY,
    );
    expect(changes.at(-1)?.atUs).toBe(20 * S);
    expect(() => applyWhatIf(open(), what({ sinceUs: 31 * S }), "t")).toThrow(/the trace is over at 30s/);
  });
});

describe("another target", () => {
  test("takes the place of the trace's, and of nothing else", () => {
    fc.assert(
      fc.property(
        traceDocuments,
        fc.constantFrom("512MiB", "37%", "0..60%/7s repeat", "10%..1GiB/2s..0/3s"),
        (document, text) => {
          const open = () => readTrace(JSON.stringify(document));
          const { durationUs, guest } = open().trace;
          const target = readTarget(text);
          const changed = applyWhatIf(open(), what({ target }), "t");
          expect(changed.trace.host.target).toEqual(targetSeries(target, guest.memory, Number.POSITIVE_INFINITY));
          const own = changesOf(open(), durationUs).filter(({ series }) => series !== 0);
          const changes = changesOf(changed, durationUs);
          expect(changes.filter(({ series }) => series !== 0)).toEqual(own);
          expect(changes[0]).toMatchObject({ series: 0, atUs: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  const series = (text: string, memory = 1000, endUs = Number.POSITIVE_INFINITY) =>
    targetSeries(readTarget(text), memory, endUs);

  test.each([
    ["0..30%/60s", { hold: "linear", at: [0, 60 * S], value: [0, 300], repeatUs: 0 }],
    ["30%..0/1m repeat", { hold: "linear", at: [0, 60 * S], value: [300, 0], repeatUs: 60 * S }],
    ["1GiB..2GiB/10..0/5", { at: [0, 10 * S, 15 * S], value: [GIB, 2 * GIB, 0], repeatUs: 0 }],
    ["2GiB", { hold: "step", at: [0], value: [2 * GIB] }],
    ["33.3%", { hold: "step", at: [0], value: [333] }],
    ["0", { at: [0], value: [0] }],
  ])("%s", (text, expected) => {
    expect(series(text)).toMatchObject(expected);
  });

  test("a ramp that is longer than an import's log ends where the log does", () => {
    expect(series("0..40%/60s", 1000, 30 * S)).toMatchObject({ at: [0, 30 * S], value: [0, 200] });
    expect(series("0..40%/60s", 1000, 60 * S)).toMatchObject({ at: [0, 60 * S], value: [0, 400] });
  });

  test.each([
    ["time,target\n0,10%\n60,1GiB\n", { at: [0, 60 * S], value: [100, GIB] }],
    ["\ufefftime;target\r\n\r\n0;10%\r\n  \r\n60 ;1GiB", { at: [0, 60 * S], value: [100, GIB] }],
    ["0\t10%\n30\t\n60\t50%\n", { at: [0, 30 * S, 60 * S], value: [100, Number.NaN, 500] }],
    ['"time","target"\n"0","10%"\n"1m", "50%"\r\n', { at: [0, 60 * S], value: [100, 500] }],
    ['[[0, "10%"], ["1m", "50%"]]', { at: [0, 60 * S], value: [100, 500] }],
    ['{"points": [[0, 0], [10, "20%"]], "hold": "linear", "repeat": 10}', { value: [0, 200], repeatUs: 10 * S }],
  ])("a file may have per cents: %j", (content, expected) => {
    const path = join(scratch, "target");
    writeFileSync(path, content);
    expect(series(path)).toMatchObject(expected);
  });

  test.each([
    ["0,0\n\n5,1,2\n", ':3: expected time,target, such as 60,2GiB, found "5,1,2"'],
    ["0,0\r\n5\r\n", ':2: expected time,target, such as 60,2GiB, found "5"'],
    ["time,target\n0,0\nx,1", ":3: expected a time"],
    ["0,0\n5,1 parsec\n", ":2: expected a size"],
    ["0,0\n5,1GiB\n\n5,2GiB", ":4: the time is not after the line before"],
    ["0,0\n\n100,1GiB", ":3: the time is after the end of the log"],
    [
      '0,0\n5,1"GiB\n7,0\n',
      ":2: expected time,target, such as 60,2GiB, found a quotation mark in the middle of a field",
    ],
    ['0,0\n5,"1GiB\n7,0', ":3: expected time,target, such as 60,2GiB, found a quoted field that does not end"],
    ["", ": a series begins at time 0"],
    ["5,0\n", ": a series begins at time 0"],
  ])("a damaged file is refused with its line: %j", (content, message) => {
    const path = join(scratch, "target");
    writeFileSync(path, content);
    expect(() => series(path, 1000, 60 * S)).toThrow(`--target ${path}${message}`);
  });

  test.each([
    ["0..30%", '--target "0..30%": expected a ramp such as 0..30%/60s: from 0 to 30 % of the memory within 60 s'],
    ["0..30%/0s", '--target "0..30%/0s": expected more than 0 for the time of a ramp, found "0s"'],
    ["0..30%/soon", /^--target "0\.\.30%\/soon": expected a time/],
    ["0..130%/60s", '--target "0..130%/60s": more than all of the guest\'s memory'],
    ["10..30%/60s", /^--target "10\.\.30%\/60s": expected a size with its unit, such as 512MiB/],
    ["nowhere.csv", /^--target "nowhere\.csv": expected a size .* or a file with a series; no file has that name$/],
    ["2GiB repeat", /^--target "2GiB repeat": expected a size/],
    ["/dev/zero", "--target /dev/zero: is a device, expected a file"],
    [scratch, /^--target \/.*: is a directory/],
  ])("%s is refused in one line", (text, message) => {
    expect(() => series(text)).toThrow(message);
    expect(() => series(text)).not.toThrow(/\n/);
  });

  test("above the guest's memory is worth a warning", () => {
    const trace = (memory: string) =>
      readTrace(
        JSON.stringify({
          format: "balloon-sim/trace",
          version: 1,
          name: "t",
          description: "",
          duration: 1,
          guest: { memory },
          workloads: [],
          host: { target: 0 },
        }),
      );
    const warning = (memory: string, text: string) => {
      const whatIf = what({ target: readTarget(text) });
      return whatIfWarnings(applyWhatIf(trace(memory), whatIf, "t"), whatIf, "t.json");
    };
    expect(warning("1GiB", "1GiB..3GiB/5s")).toEqual([
      "--target 1GiB..3GiB/5s: t.json: the target goes up to 3GiB, more than the guest's RAM of 1GiB: no balloon can get there",
    ]);
    expect(warning("3GiB", "1GiB..3GiB/5s")).toEqual([]);
  });
});

test("a what-if in words", () => {
  expect(whatIfText(AS_IT_IS)).toBe("");
  const window = { target: readTarget("30%"), sinceUs: 7200 * S, untilUs: 9000 * S };
  expect(whatIfText(window)).toBe("target 30% throughout; since 2h; until 2h30m or the trace's end");
  // Windows count from `sinceUs`.
  const textFor = (...ends: number[]) =>
    whatIfText(
      window,
      ends.map((seconds) => ({ endUs: seconds * S })),
    ).slice(33);
  expect(textFor(1800)).toBe("until 2h30m");
  expect(textFor(1799)).toBe("until 2h30m (the trace ends before, at 2h29m59s)");
  expect(textFor(1800, 1, 1800)).toBe("until 2h30m (1 of 3 traces ends before)");
  expect(textFor(2, 1, 1800)).toBe("until 2h30m (2 of 3 traces end before)");
  expect(textFor(2, 1)).toBe("until 2h30m (all 2 traces end before)");
});
