import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { readTrace, validateText } from "../../../src/sim/trace/read.ts";
import { changesOf, linesText, messageOf } from "./support.ts";

const S = 1_000_000;
const TARGET = 0;
const KERNEL = 1;
const ANON = 2;
const WORKING_SET = 3;
const FILE_SET = 5;

const source = (members: object, rows: readonly (object | string)[]) => readTrace(linesText(members, rows), "t.jsonl");

describe("rows", () => {
  test("give the values of their columns; a key that is left out keeps its value, null is unknown", () => {
    const trace = source(
      {
        workloads: [{ name: "db", touch: 3 }],
        host: { target: 10 },
        rows: { anon: { how: "measured", from: "ps" }, target: {} },
      },
      [
        { t: 0, anon: "1MiB" },
        { t: 2.5, target: 20 },
        { t: "4s", anon: null, target: 20 },
        { t: 5, anon: 7 },
        { t: 6 },
        { t: 9 },
      ],
    );
    expect(trace.trace.workloads[0]?.anon).toEqual({
      hold: "step",
      at: [0],
      value: [256],
      repeatUs: 0,
      how: "measured",
      from: "ps",
    });
    expect(trace.trace.host.target.value).toEqual([10]);
    expect(trace.trace.durationUs).toBe(Number.POSITIVE_INFINITY);
    expect(trace.endUs).toBe(Number.POSITIVE_INFINITY);
    expect(changesOf(trace)).toEqual([
      [0, TARGET, 10],
      [0, KERNEL, 0],
      [0, ANON, 256],
      [0, 4, 3],
      [0, FILE_SET, 0],
      [0, 6, 0],
      [0, 7, 0],
      [2.5 * S, TARGET, 20],
      [4 * S, ANON, Number.NaN],
      [5 * S, ANON, 7],
    ]);
    expect(trace.endUs).toBe(9 * S);
  });

  test("a linear column runs straight from row to row, also through rows that do not carry it, and not across null", () => {
    const trace = source({ workloads: [{ name: "a" }], rows: { target: { hold: "linear" }, anon: {} } }, [
      { t: 0, target: 0, anon: 0 },
      { t: 10, target: 100 },
      { t: 20, anon: 5 },
      { t: 30, target: 50 },
      { t: 40, target: null },
      { t: 50, target: 60 },
    ]);
    expect(changesOf(trace).filter(([, series]) => series === TARGET || series === ANON)).toEqual([
      [0, TARGET, 0, 10 * S, 100],
      [0, ANON, 0],
      [10 * S, TARGET, 100],
      [20 * S, TARGET, 100, 30 * S, 50],
      [20 * S, ANON, 5],
      [30 * S, TARGET, 50],
      [40 * S, TARGET, Number.NaN],
      [50 * S, TARGET, 60],
    ]);
  });

  test("series of the header go on beside them, in the order of time and series, and end with the last row", () => {
    const members = {
      guest: {
        memory: "1GiB",
        kernelMemory: {
          points: [
            [0, 1],
            [3, 2],
          ],
          repeat: 6,
        },
      },
      workloads: [{ name: "a" }],
      rows: { target: {}, "a/anon": {} },
    };
    const rows = [{ t: 0, target: 0, "a/anon": 0 }, { t: 6, target: 1, "a/anon": 1 }, { t: 13 }];
    const moving = ([, series]: number[]) => series === TARGET || series === KERNEL || series === ANON;
    const expected = [
      [0, TARGET, 0],
      [0, KERNEL, 1],
      [0, ANON, 0],
      [3 * S, KERNEL, 2],
      [6 * S, TARGET, 1],
      [6 * S, KERNEL, 1],
      [6 * S, ANON, 1],
      [9 * S, KERNEL, 2],
      [12 * S, KERNEL, 1],
    ];
    const open = source(members, rows);
    expect(changesOf(open).filter(moving)).toEqual(expected);
    expect(open.endUs).toBe(13 * S);
    const closed = source({ ...members, duration: 16 }, rows);
    expect(changesOf(closed).filter(moving)).toEqual([...expected, [15 * S, KERNEL, 2]]);
    expect(closed.endUs).toBe(16 * S);
  });

  test("events and values of measured series may stand between and in them", () => {
    const trace = source(
      { rows: { target: {} }, measured: [{ quantity: "active", unit: "KiB" }], events: [{ at: 0, type: "power-on" }] },
      [
        { t: 0, target: 1, measured: { active: 12.5 } },
        { t: 3, event: { type: "gap", until: "5s", text: "lost" } },
        { t: 3, target: 2, measured: { active: null } },
        { t: 3, event: { type: "comment" } },
        "",
        "   ",
        { t: 5, target: 3 },
      ],
    );
    expect(changesOf(trace).filter(([at]) => at !== 0)).toEqual([
      [3 * S, TARGET, 2],
      [5 * S, TARGET, 3],
    ]);
    expect(trace.events).toEqual([
      { atUs: 0, untilUs: null, type: "power-on", text: "" },
      { atUs: 3 * S, untilUs: 5 * S, type: "gap", text: "lost" },
      { atUs: 3 * S, untilUs: null, type: "comment", text: "" },
    ]);
  });

  test("columns of other workloads carry their name", () => {
    const trace = source({ workloads: [{ name: "a" }, { name: "b" }], rows: { "b/fileSet": {}, fileSet: {} } }, [
      { t: 0, fileSet: 1, "b/fileSet": 2 },
      { t: 1, "b/fileSet": 3 },
    ]);
    expect(changesOf(trace).filter(([, series]) => series === FILE_SET || series === FILE_SET + 6)).toEqual([
      [0, FILE_SET, 1],
      [0, FILE_SET + 6, 2],
      [1 * S, FILE_SET + 6, 3],
    ]);
  });

  test("stand in the order of time among events, too", () => {
    const event = { t: 5, event: { type: "comment", text: "here" } };
    const lines = linesText({ rows: { target: {} } }, [{ t: 0, target: 1 }, event, { t: 3, target: 2 }, { t: 6 }]);
    expect(validateText(lines, "t.jsonl")).toEqual(["t.jsonl:4:6: $.t: 3s is before the line above, at 5s"]);
    const inOrder = linesText({ rows: { target: {} } }, [{ t: 0, target: 1 }, event, { t: 5, target: 2 }]);
    expect(validateText(inOrder, "t.jsonl")).toEqual([]);
  });

  test("an event is not held against the values of a row before it that was refused", () => {
    const event = { t: 1, event: { type: "comment", text: "here" } };
    const rows = [{ t: 0, kernelMemory: "2GiB" }, event, { t: 2, kernelMemory: 0 }];
    const problems = validateText(linesText({ rows: { kernelMemory: {} } }, rows), "t.jsonl");
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual(["t.jsonl:2:1:"]);
  });

  test("a working set may come in rows", () => {
    const trace = source({ workloads: [{ name: "a", anon: 5 }], rows: { workingSet: {} } }, [
      { t: 0, workingSet: 5 },
      { t: 1, workingSet: 4 },
    ]);
    expect(trace.trace.workloads[0]?.workingSet?.value).toEqual([5]);
    expect(changesOf(trace).filter(([, series]) => series === WORKING_SET)).toEqual([
      [0, WORKING_SET, 5],
      [1 * S, WORKING_SET, 4],
    ]);
  });
});

describe("what is wrong is named with its line", () => {
  const header = { workloads: [{ name: "db", anon: 9 }], rows: { target: {}, anon: {} } };
  const first = { t: 0, target: 0 };
  test.each<[object, (object | string)[], string | RegExp]>([
    [header, [first, { t: 2 }, { t: 1 }], "t.jsonl:4:6: $.t: 1s is before the line above, at 2s"],
    [header, [first, { t: 2 }, { t: 2 }], "t.jsonl:4:6: $.t: a second row at 2s"],
    [
      header,
      [first, { t: 1, traget: 2 }],
      /^t\.jsonl:3:\d+: \$\.traget: no column "traget" .* did you mean "target"\?$/,
    ],
    [header, [first, { t: 1, fileSet: 2 }], /:3:\d+: \$\.fileSet: no column "fileSet" in the header's "rows"$/],
    [header, [first, { target: 2 }], 't.jsonl:3:1: $: "t", the time of the row, is missing'],
    [header, [first, { t: -1 }], /:3:6: \$\.t: expected 0 or more, found -1$/],
    [header, [first, { t: 1, target: "4GB" }], /:3:\d+: \$\.target: expected a size .* found "4GB"/],
    [header, [first, { t: 1, target: 1e10 }], /:3:\d+: \$\.target: a target of 10000000000 pages/],
    [header, [first, "[1]"], /:3:1: \$: expected a row, an object such as/],
    [header, [first, "", '{"t": 1, "target"'], /:4:18: \$: the text ends where a ":" should follow: is it cut off\?$/],
    [header, [first, '{"t": 1, "target": 1, "target": 2}'], /:3:23: \$: the key "target" occurs twice$/],
    [header, [first, "garbage"], /:3:1: \$: expected a value, found "garbage"$/],
    [header, [first, { t: 1, event: { type: "gap" }, target: 1 }], /\$\.target: a line carries an event or values/],
    [header, [first, { t: 1, event: { type: "gab" } }], /:3:\d+: \$\.event\.type: .* did you mean "gap"\?$/],
    [header, [first, { t: 1, event: { at: 1, type: "gap" } }], /:3:\d+: \$\.event\.at: unknown key "at"/],
    [header, [first, { t: 1, measured: { active: 1 } }], /:3:\d+: \$\.measured\.active: unknown key "active"/],
    [{ ...header, duration: 5 }, [first, { t: 6 }], /:3:6: \$\.t: 6s is after the end of the trace, at 5s$/],
    [
      header,
      [{ t: 1, target: 0 }],
      /^t\.jsonl:1:\d+: \$\.rows\.target: no value at time 0: give one in a row at t = 0/,
    ],
    [header, [first], /^t\.jsonl:1:1: \$: no row after time 0 and no duration/],
    [
      { ...header, rows: { anon: {}, "db/anon": {} } },
      [],
      /\$\.rows\.db\/anon|\["db\/anon"\]: the same series as "anon"$/,
    ],
    [
      { ...header, rows: { "db/cpu": {} } },
      [],
      /\$\.rows\["db\/cpu"\]: unknown key "db\/cpu": a workload's "cpu" does not change with time; give it in the header, in "workloads"$/,
    ],
    [
      header,
      [first, { t: 1, restart: 2 }],
      /no column "restart" in the header's "rows": a workload's "restart" does not change with time; give it in the header/,
    ],
    [{ ...header, rows: { anom: {} } }, [], /\$\.rows\.anom: unknown key "anom"; did you mean "anon"\?$/],
    [{ ...header, rows: { anon: { hold: "lin" } } }, [], /\$\.rows\.anon\.hold: expected one of step, linear/],
    [{ ...header, rows: [] }, [], /\$\.rows: expected an object, found an array$/],
    [
      {
        workloads: [
          {
            name: "a",
            anon: [
              [0, 1],
              [1, 2],
            ],
          },
        ],
        rows: { anon: {} },
      },
      [],
      /\$\.rows\.anon: the header gives this series with more than one point/,
    ],
    [
      { workloads: [{ name: "a", workingSet: 6 }], rows: { anon: {} } },
      [
        { t: 0, anon: 6 },
        { t: 1, anon: 5 },
      ],
      "t.jsonl:3:1: $: the working set is 24KiB, but anon only 20KiB",
    ],
    [
      { guest: { memory: 10 }, rows: { kernelMemory: {} } },
      [
        { t: 0, kernelMemory: 1 },
        { t: 1, kernelMemory: 10 },
      ],
      't.jsonl:3:1: $: 40KiB of kernel memory in a guest of 40KiB (10 without a unit is a number of pages of 4 KiB: did you mean "10GiB"?)',
    ],
  ])("%j %j", (members, rows, expected) => {
    const text = linesText(members, rows);
    const run = () => changesOf(readTrace(text, "t.jsonl"));
    expect(run).toThrow(InputError);
    const problems = validateText(text, "t.jsonl");
    expect(problems).toHaveLength(1);
    expect(messageOf(run)).toBe(problems[0]);
    if (typeof expected === "string") expect(problems[0]).toBe(expected);
    else expect(problems[0]).toMatch(expected);
  });

  test("validation goes on with the next line and names everything", () => {
    const rows = [first, { t: 1, target: -1, anom: 3 }, "{", { t: 2, target: 5 }, { t: 1.5 }, { t: 3, anon: "x" }];
    expect(
      validateText(linesText(header, rows), "t.jsonl").map((line) => line.replace(/(\d+: \$[^:]*).*/, "$1")),
    ).toEqual([
      "t.jsonl:3:17: $.target",
      "t.jsonl:3:20: $.anom",
      "t.jsonl:4:2: $",
      "t.jsonl:6:6: $.t",
      "t.jsonl:7:15: $.anon",
    ]);
  });

  test("a damaged header is recognised by the rows behind it", () => {
    const text = linesText(header, [first, { t: 1 }]).replace('"rows"', "rows");
    expect(messageOf(() => readTrace(text, "t.jsonl"))).toMatch(/^t\.jsonl:1:\d+: \$: expected a key in double quotes/);
    const without = linesText({ ...header, rows: undefined }, [first, { t: 1 }]);
    expect(messageOf(() => readTrace(without, "t.jsonl"))).toBe('t.jsonl:1:1: $: "rows" is missing');
  });

  test("a damaged row is only met when the run gets there", () => {
    const rows = [1, 2, 3, 4].map((t) => ({ t, target: t }));
    const trace = source(header, [first, ...rows, { t: 5, target: "broken" }]);
    const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
    while (change.atUs < 2 * S) trace.next(change);
    expect(change).toMatchObject({ atUs: 2 * S, value: 2 });
    expect(() => changesOf(trace)).toThrow(/^t\.jsonl:7:17: \$\.target: expected a size/);
  });

  test("of very many problems the first ten thousand are listed", () => {
    const rows = Array.from({ length: 10_050 }, (_, index) => ({ t: index, target: -1 }));
    const problems = validateText(linesText(header, rows), "t.jsonl");
    expect(problems).toHaveLength(10_001);
    expect(problems.at(-1)).toBe("t.jsonl: more problems than the 10000 above");
  });
});
