import { describe, expect, it } from "vitest";
import { Converter, rowShape } from "../../../src/sim/import/convert.ts";
import { type DuplicatePolicy, type ImportOptions, planMachine } from "../../../src/sim/import/plan.ts";
import { type Format, type Machine, Sample, type SampleStream } from "../../../src/sim/import/reader.ts";
import { Report } from "../../../src/sim/import/report.ts";
import type { RowSink } from "../../../src/sim/import/rows.ts";
import { surveyLog } from "../../../src/sim/import/survey.ts";
import { wantedTarget } from "../../../src/sim/import/target.ts";
import { type ColumnSpec, column } from "../../../src/sim/import/vocabulary.ts";

/** A sample as these tests write it: seconds, then values in the order of the columns; "off" for a machine that is off. */
type Given =
  | readonly [seconds: number, ...values: (number | null)[]]
  | readonly [seconds: number, "off" | "restart"]
  | readonly [seconds: number, "restart", restartSeconds: number]
  | readonly [seconds: number, "comments", ...at: number[]];

const SECOND = 1_000_000;

const formatOf = (columns: readonly ColumnSpec[], more: Partial<Format> = {}): Format => ({
  name: "test",
  title: "test",
  source: "",
  columns,
  step: "1 s",
  stepSeconds: null,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "instant",
  hold: "step",
  memory: "given",
  machines: "one",
  demands: [{ name: "used", meaning: "", formulas: "anon = used" }],
  quirks: [],
  detect: () => null,
  open: () => {
    throw new Error("not opened here");
  },
  ...more,
});

class Samples implements SampleStream {
  readonly machines: readonly Machine[];
  readonly bytesRead = 0;
  readonly #given: readonly Given[];
  #next = 0;

  constructor(columns: readonly ColumnSpec[], given: readonly Given[]) {
    this.machines = [{ index: 0, id: "vm", name: null, columns }];
    this.#given = given;
  }

  next(sample: Sample): boolean {
    const given = this.#given[this.#next++];
    if (given === undefined) return false;
    const [seconds, ...values] = given;
    sample.begin(this.machines[0] as Machine, seconds * SECOND);
    sample.place.file = "x.log";
    sample.place.line = this.#next;
    if (values[0] === "off") sample.isOff = true;
    else if (values[0] === "restart")
      sample.events.push({ atUs: Number(values[1] ?? seconds) * SECOND, type: "restart", text: "again" });
    else if (values[0] === "comments") {
      for (const at of values.slice(1))
        sample.events.push({ atUs: Number(at) * SECOND, type: "comment", text: `${at}` });
    } else
      values.forEach((value, i) => {
        sample.values[i] = value === null ? Number.NaN : (value as number);
      });
    return true;
  }

  close(): void {}
}

/** Everything that a converter writes about some samples, a line each. */
async function convert(
  columns: readonly ColumnSpec[],
  given: readonly Given[],
  { format = formatOf(columns), ...options }: ImportOptions & { format?: Format } = {},
) {
  const report = new Report();
  const noPace = async (): Promise<void> => {};
  const [survey] = await surveyLog(format, new Samples(columns, given), () => true, noPace);
  if (survey === undefined) throw new Error("no samples");
  const plan = planMachine(survey, format, { memory: "4GiB", ...options }, "x.log", report);
  const keys = rowShape(plan, format).columns.map(({ key }) => key);
  const lines: string[] = [];
  const seconds = (us: number): string => `${us / SECOND}`;
  const sink: RowSink = {
    row: (atUs, values) => lines.push(`${seconds(atUs)} ${keys.map((key, i) => `${key}=${values[i]}`).join(" ")}`),
    target: (atUs, pages) => lines.push(`${seconds(atUs)} target=${pages}`),
    event: (atUs, type, text, untilUs) =>
      lines.push(
        `${seconds(atUs)} ${type}${untilUs === undefined ? "" : ` until ${seconds(untilUs)}`}${text && `: ${text}`}`,
      ),
  };
  const converter = new Converter(plan, format, sink, report);
  const stream = new Samples(columns, given);
  const sample = new Sample();
  while (stream.next(sample)) converter.push(sample);
  converter.end();
  return { lines, remarks: report.lines(), plan };
}

const USED = [column("used", "used", "pages")];

describe("samples become rows", () => {
  it("from time 0, with what is unknown left unknown", async () => {
    const { lines, plan } = await convert(USED, [
      [100, 5],
      [101, null],
      [102, 7],
    ]);
    expect(lines).toEqual(["0 anon=5", "1 anon=NaN", "2 anon=7"]);
    expect(plan.durationUs).toBe(3 * SECOND);
  });

  it("with nothing known in a gap, from one step after the last sample on", async () => {
    const samples: Given[] = [
      [0, 5],
      [10, 6],
      [20, 7],
      [41, 8],
      [51, 9],
      [70, 10],
    ];
    expect((await convert(USED, samples)).lines).toEqual([
      "0 anon=5",
      "10 anon=6",
      "20 anon=7",
      "30 gap until 41: no samples",
      "30 anon=NaN",
      "41 anon=8",
      "51 anon=9",
      "70 anon=10",
    ]);
    const narrow = await convert(USED, samples, { gap: "15s" });
    expect(narrow.lines.filter((line) => line.includes("gap"))).toEqual([
      "30 gap until 41: no samples",
      "61 gap until 70: no samples",
    ]);
    // Digits alone are seconds.
    expect(await convert(USED, samples, { gap: "15" })).toEqual(narrow);
    const tight = await convert(USED, samples, { gap: "4s" });
    expect(tight.lines.slice(0, 4)).toEqual(["0 anon=5", "4 gap until 10: no samples", "4 anon=NaN", "10 anon=6"]);
  });

  it.each<[DuplicatePolicy, (number | null)[][]]>([
    ["mean", [[2, 6, 8]]],
    ["first", [[1, null, 8]]],
    ["last", [[3, 6, null]]],
  ])("one for all samples of the same time: %s", async (duplicates, [expected]) => {
    const columns = [...USED, column("cached", "cached", "pages"), column("free", "free", "pages")];
    const { lines } = await convert(
      columns,
      [
        [0, 1, 1, 1],
        [10, 1, null, 8],
        [10, 3, 6, null],
        [20, 1, 1, 1],
      ],
      { duplicates, demand: "anon = used, workingSet = cached, fileSet = free" },
    );
    const [anon, set, files] = expected as [number, number | null, number | null];
    const held = set === null ? Number.NaN : Math.min(set, anon);
    expect(lines.slice(1, 3)).toEqual([
      `10 duplicate until 10: 1 samples have the time of the one before: ${duplicates === "mean" ? "their mean" : `the ${duplicates}`} is taken`,
      `10 anon=${anon} workingSet=${held} fileSet=${files ?? Number.NaN}`,
    ]);
  });

  it("or none, where the user wants to know of samples of the same time", async () => {
    const samples: Given[] = [
      [0, 1],
      [10, 1],
      [10, 3],
    ];
    await expect(convert(USED, samples, { duplicates: "error" })).rejects.toThrow(
      "x.log:3: a second sample of vm at the same time (select a value with --duplicates",
    );
  });

  it("with no demand of a machine that is off, and no values of one that is on thrown away", async () => {
    const { lines } = await convert(USED, [
      [0, "off"],
      [10, 4],
      [20, 5],
      [20, "off"],
      [30, "off"],
      [30, 6],
      [40, "off"],
      [50, "off"],
      [60, 7],
    ]);
    expect(lines.filter((line) => !line.includes("duplicate"))).toEqual([
      "0 power-off",
      "0 anon=0",
      "10 power-on",
      "10 anon=4",
      "20 anon=5",
      "30 anon=6",
      "40 power-off",
      "40 anon=0",
      "60 power-on",
      "60 anon=7",
    ]);
  });

  it("with no line drawn across a restart, which falling counters tell of too", async () => {
    const columns = [...USED, column("swapIn", "pswpin", "pages", { kind: "counter" })];
    const linear = formatOf(columns, { hold: "linear" });
    const samples: Given[] = [
      [0, 1, 10],
      [10, 2, 12],
      [20, 3, null],
      [30, 4, 3],
      [40, 5, 4],
      [50, "restart"],
    ];
    expect((await convert(columns, samples, { format: linear })).lines).toEqual([
      "0 anon=1",
      "10 anon=2",
      "20 anon=3",
      "25 anon=NaN",
      "30 restart: pswpin falls from 12 to 3",
      "30 anon=4",
      "40 anon=5",
      "45 anon=NaN",
      "50 restart: again",
      "50 anon=NaN",
    ]);
    const steps = await convert(columns, samples);
    expect(steps.lines).not.toContain("25 anon=NaN");
  });

  it("with a restart where the log says that it was", async () => {
    const linear = formatOf(USED, { hold: "linear" });
    const samples: Given[] = [
      [0, 1],
      [10, 2],
      [20, "restart", 18],
      [30, 4],
      [40, 5],
      // In a gap, and before what is known of it has ended.
      [90, "restart", 43],
    ];
    expect((await convert(USED, samples, { format: linear })).lines).toEqual([
      "0 anon=1",
      "10 anon=2",
      "18 anon=NaN",
      "18 restart: again",
      "20 anon=NaN",
      "30 anon=4",
      "40 anon=5",
      "43 gap until 90: no samples",
      "43 anon=NaN",
      "43 restart: again",
      "90 anon=NaN",
    ]);
  });

  it("with what the log itself tells, at its time, never before what was known and never after the sample", async () => {
    const { lines } = await convert(USED, [
      [0, "comments", -5, 0, 7],
      [10, "comments", 2, 5, 99],
      [20, 7],
      [70, "comments", 25, 40],
    ]);
    expect(lines.filter((line) => line.includes("comment") || line.includes("gap"))).toEqual([
      "0 comment: -5, 5s before the first sample",
      "0 comment: 0",
      "0 comment: 7",
      "2 comment: 2",
      "5 comment: 5",
      "10 comment: 99",
      "30 gap until 70: no samples",
      "30 comment: 25",
      "40 comment: 40",
    ]);
  });

  it("three of a time as well as two", async () => {
    const { lines } = await convert(USED, [
      [0, 1],
      [1, 1],
      [1, 4],
      [1, 7],
      [1, null],
      [2, 1],
    ]);
    expect(lines[2]).toBe("1 anon=4");
  });

  it("with the working set inside of anonymous memory", async () => {
    const columns = [...USED, column("active", "active", "pages")];
    const options = { demand: "anon = used, workingSet = active" };
    const { lines } = await convert(
      columns,
      [
        [0, 5, 9],
        [1, 5, 3],
        [2, null, 3],
      ] as Given[],
      options,
    );
    expect(lines).toEqual(["0 anon=5 workingSet=5", "1 anon=5 workingSet=3", "2 anon=NaN workingSet=3"]);
  });

  it("with a remark where the demand exceeds the memory", async () => {
    const columns = [...USED, column("cached", "cached", "pages")];
    const { lines, remarks } = await convert(
      columns,
      [
        [0, 5, 9],
        [1, 1_048_577, 0],
        [2, 1_050_000, 0],
      ],
      { demand: "anon = used - cached" },
    );
    expect(lines).toEqual(["0 anon=0", "1 anon=1048576", "2 anon=1048576"]);
    expect(remarks).toContain("vm: anon is below 0 in one sample: set to 0");
    expect(remarks).toContain("vm: anon is above the RAM in 2 samples: set to the RAM");
  });

  it("with an unknown demand where it exceeds the memory by far", async () => {
    const columns = [...USED, column("cached", "cached", "pages")];
    const { lines, remarks } = await convert(
      columns,
      [
        [0, 500_000, 9],
        [1, 9, 500_000],
        [2, 500_000, 9],
        [3, 500_000, 9],
      ],
      { demand: "anon = used - cached" },
    );
    expect(lines).toEqual(["0 anon=499991", "1 anon=NaN", "2 anon=499991", "3 anon=499991"]);
    expect(remarks).toContain("vm: anon is impossible in one sample: set to unknown");
  });

  it("with unknown values where they are impossible: the first is named with its place, the others are counted", async () => {
    const columns = [column("granted", "granted", "MiB"), column("active", "active", "MiB")];
    const samples: Given[] = [
      [0, 1100, 12_000],
      [1, 1100, 900],
      [2, 1100, 1110],
      [3, 1100, -1],
      [4, 1100, 9000],
      [5, 1100, 5],
      [6, 1100, 5],
    ];
    const { lines, remarks } = await convert(columns, samples, {
      demand: "anon = active, fileSet = granted - active",
      memory: "16GiB",
    });
    expect(lines[0]).toBe("0 anon=NaN fileSet=NaN");
    expect(lines[1]).toBe(`1 anon=${900 * 256} fileSet=${200 * 256}`);
    // Rounding is no reason.
    expect(lines[2]).toBe(`2 anon=${1110 * 256} fileSet=0`);
    expect(lines[3]).toBe("3 anon=NaN fileSet=NaN");
    expect(remarks).toContainEqual(
      expect.stringMatching(/^\S+:\d+: active above granted, which is impossible: omitted \(and 1 more like it\)$/),
    );
    expect(remarks).toContainEqual(expect.stringMatching(/^\S+:\d+: active is below 0, which is impossible: omitted$/));
  });

  it("unless most values are impossible: the log is refused, because its size or unit is wrong", async () => {
    const columns = [...USED, column("cached", "cached", "pages")];
    const samples = Array.from({ length: 10 }, (_, i): Given => [i, 3_000_000, 0]);
    await expect(convert(columns, samples, { demand: "anon = used - cached" })).rejects.toThrow(
      /used above the RAM of 4GiB in 10 of 10 samples of "vm", with a RAM of 4GiB \(.*\): --memory or --unit is likely wrong/,
    );
    const below = Array.from({ length: 10 }, (_, i): Given => [i, 5, 500_000]);
    await expect(convert(columns, below, { demand: "anon = used - cached" })).rejects.toThrow(
      /anon is below 0 or above the RAM in 10 of 10 samples/,
    );
  });
});

describe("the target of the rows", () => {
  const columns = [...USED, column("balloonTarget", "target", "MiB"), column("balloonSize", "size", "MiB")];

  it("is what was measured, in pages, unknown while the machine is off", async () => {
    const { lines } = await convert(columns, [
      [0, 5, 1.3, 0],
      [1, 5, null, 0],
      [2, "off"],
      [3, 5, 2 ** 30, 1],
    ] as Given[]);
    expect(lines).toEqual([
      "0 target=333 anon=5",
      "1 target=NaN anon=5",
      "2 power-off",
      "2 target=NaN anon=0",
      "3 power-on",
      // The protocol carries no more.
      "3 target=4294967295 anon=5",
    ]);
  });

  it("comes from a policy at the policy's own times, which shows nothing new in a gap", async () => {
    const { lines } = await convert(
      USED,
      [
        [0, 100_000],
        [8, 900_000],
        [40, 100_000],
      ] as Given[],
      {
        target: wantedTarget("policy:selfballoon"),
        gap: "20s",
      },
    );
    const target = (line: string | undefined) => Number(/target=(\d+)/.exec(line ?? "")?.[1]);
    // Down a bit at 0 and at 5; at 8 nothing is decided; at 10 all of the way back; nothing is seen from 16 to 40.
    expect(lines.map((line) => line.replace(/target=\d+/, "target"))).toEqual([
      "0 target anon=100000",
      "5 target",
      "8 target anon=900000",
      "10 target",
      "16 gap until 40: no samples",
      "16 target anon=NaN",
      "40 target anon=100000",
      "45 target",
    ]);
    expect(target(lines[1])).toBeGreaterThan(target(lines[0]));
    expect(target(lines[2])).toBe(target(lines[1]));
    expect(target(lines[5])).toBe(144_384);
    expect(target(lines[6])).toBeGreaterThan(target(lines[5]));
  });

  it("goes with committed memory where the log knows it", async () => {
    const withCommit = [...USED, column("commit", "kbcommit", "KiB")];
    const { lines } = await convert(
      withCommit,
      [
        [0, 5, 4_000_000],
        [1, 5, 4_000_000],
      ] as Given[],
      { target: wantedTarget("policy:selfballoon") },
    );
    // An eighth of what is neither promised nor reserved, in whole MiB.
    expect(lines[0]).toBe(`0 target=${Math.floor((1_048_576 - 1_000_000 - 4144) / 8 / 256) * 256} anon=5`);
  });
});

describe("what is known of a machine", () => {
  const plan = (columns: readonly ColumnSpec[], given: readonly Given[], options: ImportOptions = {}) =>
    convert(columns, given, { memory: undefined as never, ...options });
  const TOTAL = [
    ...USED,
    column("memTotal", "MemTotal", "KiB"),
    column("swapTotal", "SwapTotal", "KiB"),
    column("cpus", "cores", "1"),
  ];

  it("is what the log says, the largest of it", async () => {
    const { plan: planned, remarks } = await plan(TOTAL, [
      [0, 1, 40_000, 400, 2],
      [1, 1, 80_000, 400, 4],
    ] as Given[]);
    expect(planned).toMatchObject({
      memory: { pages: 20_000, how: "measured" },
      swap: { pages: 100, how: "measured" },
      cpus: 4,
    });
    expect(remarks).toContain("MemTotal changes between 39.06MiB and 78.13MiB: the larger value is used throughout");
  });

  it("is nothing that no guest can have", async () => {
    const row = (memory: number, swap: number, cpus: number) =>
      [
        [0, 1, memory, swap, cpus],
        [1, 1, 1, 1, 1],
      ] as Given[];
    await expect(plan(TOTAL, row(1e18, 400, 2))).rejects.toThrow(/^x\.log: MemTotal of the log is 250000000000000000 /);
    await expect(plan(TOTAL, row(40_000, 1e300, 2))).rejects.toThrow(
      /^x\.log: SwapTotal of the log is 2\.5e\+299 pages/,
    );
    const { plan: planned, remarks } = await plan(TOTAL, row(40_000, 400, 1.5));
    expect(planned.cpus).toBeNull();
    expect(remarks).toContain("cores of the log is 1.5, which is not a number of processors: omitted");
  });

  it("is what the user says, which is remarked where the log says another thing", async () => {
    const { plan: planned, remarks } = await plan(
      TOTAL,
      [
        [0, 1, 4000, 400, 2],
        [1, 1, 4000, 400, 2],
      ] as Given[],
      { memory: "1GiB", swap: "0KiB" },
    );
    expect(planned).toMatchObject({ memory: { pages: 262_144, how: "given" }, swap: { pages: 0, how: "given" } });
    expect(remarks).toContain("--memory 1GiB overrides 3.91MiB, the value of the log");
  });

  it.each<[string, ImportOptions, RegExp]>([
    ["no RAM", {}, /^x\.log: the RAM of "vm" is not in the log and can't be inferred: give it with --memory/],
    ["RAM of nothing", { memory: "0KiB" }, /--memory: expected more than 0/],
    ["RAM that is no size", { memory: "8GB" }, /--memory "8GB": expected a size/],
    ["swap that is no size", { memory: "8GiB", swap: "x" }, /--swap "x": expected a size/],
    ["a gap of nothing", { memory: "8GiB", gap: "0s" }, /--gap "0s": expected more than 0/],
    ["a gap that is no time", { memory: "8GiB", gap: "x" }, /--gap "x": expected a time/],
    ["a rate that is none", { memory: "8GiB", touch: "9" }, /--touch "9": expected a rate/],
    ["another rate that is none", { memory: "8GiB", fileRead: "5MB/s" }, /--file-read "5MB\/s": expected a rate/],
    [
      "an unknown kernel",
      { memory: "8GiB", profile: "linux-6.2" },
      /--profile "linux-6.2": expected one of .*did you mean "linux-6.1"/,
    ],
    [
      "an unknown policy",
      { memory: "8GiB", duplicates: "meen" },
      /--duplicates "meen": expected one of mean, first, last, error/,
    ],
  ])("is refused with %s", async (_, options, message) => {
    await expect(
      plan(
        USED,
        [
          [0, 1],
          [1, 1],
        ] as Given[],
        options,
      ),
    ).rejects.toThrow(message);
  });

  it("is too little of a log with one sample, unless its format has a usual step", async () => {
    await expect(plan(USED, [[0, 1]], { memory: "1GiB" })).rejects.toThrow(
      /one sample of "vm", whose duration is unknown/,
    );
    const format = formatOf(USED, { stepSeconds: 300 });
    expect((await convert(USED, [[0, 1]], { format })).plan.durationUs).toBe(300 * SECOND);
  });

  it("may have swap in use whose size it does not say", async () => {
    const columns = [...USED, column("swapUsed", "swpd", "KiB")];
    const samples: Given[] = [
      [0, 1, 0],
      [1, 1, 4],
    ];
    const remark =
      "the log has swap in use, but not the size of swap: the largest use is assumed (--swap sets the size)";
    const { plan: planned, remarks } = await convert(columns, samples, { memory: "1GiB" });
    expect(remarks).toContain(remark);
    expect(planned.swap).toMatchObject({ pages: 1, how: "inferred" });
    expect((await plan(columns, samples, { memory: "1GiB", swap: "1GiB" })).remarks).not.toContain(remark);
  });

  it("is assumed to have no swap only where the log knows nothing of it, with a remark", async () => {
    const assumed =
      /^the log has no information about swap: no swap is assumed \(--swap sets it, .* decides between OOM kills and stalls/;
    const samples: Given[] = [
      [0, 1, 0],
      [1, 1, 0],
    ];
    const { plan: unknown, remarks } = await convert([...USED, column("x-y", "y", "1")], samples);
    expect(remarks).toContainEqual(expect.stringMatching(assumed));
    expect(unknown.swap).toMatchObject({ pages: 0, how: "assumed" });
    const measured = await convert([...USED, column("swapTotal", "SwapTotal", "KiB")], samples);
    expect(measured.remarks).not.toContainEqual(expect.stringMatching(assumed));
    expect(measured.plan.swap).toMatchObject({ pages: 0, how: "measured" });
  });

  it("says how it decides between samples of the same time, unless the user has", async () => {
    const samples: Given[] = [
      [0, 1],
      [1, 1],
      [1, 2],
    ];
    const remarks = async (options: ImportOptions) =>
      (await plan(USED, samples, { memory: "1GiB", ...options })).remarks.join();
    expect(await remarks({})).toContain("vm: 1 samples have the same time as the previous one: their mean is used");
    expect(await remarks({ duplicates: "first" })).not.toContain("the same time as the previous one");
  });

  it("is not more than a trace may span", async () => {
    const samples: Given[] = [
      [0, 1],
      [100 * 366 * 86_400, 1],
    ];
    await expect(plan(USED, samples, { memory: "1GiB" })).rejects.toThrow(
      '"vm" has samples over more than a hundred years',
    );
  });

  it("is refused where the balloon's size is given by the log and by the user", async () => {
    const columns = [...USED, column("balloonSize", "size", "pages")];
    await expect(
      plan(
        columns,
        [
          [0, 1, 1],
          [1, 1, 1],
        ] as Given[],
        { memory: "1GiB", balloon: "1MiB" },
      ),
    ).rejects.toThrow("--balloon: the log contains the balloon's size");
  });
});

describe("the state at time 0", () => {
  const BALLOON = [
    column("active", "active", "MiB"),
    column("balloonSize", "size", "MiB"),
    column("balloonTarget", "target", "MiB"),
  ];
  const demand = "anon = active";

  it("has the balloon of the log: at its target where ESX rests beside it", async () => {
    const at = async (size: number | null, target: number | null) => {
      const samples: Given[] = [
        [0, 100, size, target],
        [5, 100, size, target],
      ];
      return (await convert(BALLOON, samples, { demand })).plan.start.balloon / 256;
    };
    expect(await at(1302, 1300)).toBe(1300);
    expect(await at(18.25, 15)).toBe(15);
    expect(await at(900, 1300)).toBe(900);
    expect(await at(0, 1300)).toBe(0);
    expect(await at(null, 1300)).toBe(0);
    expect(await at(1302, 0)).toBe(1302);
  });

  it("has the balloon that the user says", async () => {
    const { plan: planned } = await convert(
      USED,
      [
        [0, 5],
        [1, 5],
      ],
      { balloon: "300MiB" },
    );
    expect(planned.start.balloon).toBe(300 * 256);
  });

  it("is refused where the balloon does not fit into the memory", async () => {
    const samples: Given[] = [
      [0, 100, 1302, 1300],
      [5, 100, 1302, 1300],
    ];
    await expect(convert(BALLOON, samples, { demand, memory: "1GiB" })).rejects.toThrow(
      'x.log: the balloon of "vm" holds 1.27GiB at the beginning, which does not fit into 1GiB of memory: --memory or --unit is likely wrong',
    );
  });

  it("has the balloon's size as target where the log has no target", async () => {
    const columns = BALLOON.slice(0, 2);
    const {
      lines,
      remarks,
      plan: planned,
    } = await convert(
      columns,
      [
        [0, 100, 40],
        [5, 100, 20],
      ],
      { demand },
    );
    expect(lines).toEqual([`0 target=${40 * 256} anon=25600`, `5 target=${20 * 256} anon=25600`]);
    expect(planned.start.balloon).toBe(40 * 256);
    expect(remarks).toContainEqual(expect.stringMatching(/the balloon's size is used instead/));
    expect(
      (
        await convert(
          columns,
          [
            [0, 100, 0],
            [5, 100, 0],
          ],
          { demand },
        )
      ).lines[0],
    ).toBe("0 anon=25600");
  });

  it("has what the guest has in swap, which is wanted and not used; what its host has swapped out it has in memory", async () => {
    const columns = [
      column("used", "used", "MiB"),
      column("swapUsed", "swpused", "MiB"),
      column("hostSwapped", "swapped", "MiB"),
    ];
    const samples: Given[] = [
      [0, 500, 200, 70],
      [1, 500, 300, 70],
    ];
    const { lines, plan: planned, remarks } = await convert(columns, samples, { swap: "1GiB" });
    expect(lines).toEqual([
      `0 anon=${700 * 256} workingSet=${500 * 256}`,
      `1 anon=${800 * 256} workingSet=${500 * 256}`,
    ]);
    expect(planned.start).toMatchObject({ balloon: 0, swapped: 200 * 256 });
    expect(planned.start.notes).toEqual([
      "At time 0 200MiB of the workload are in swap.",
      expect.stringMatching(/^At time 0 the host has 70MiB of the guest swapped out/),
    ]);
    expect(remarks).toContainEqual(expect.stringMatching(/^the host had swapped out memory of the guest/));
    const own = await convert(columns, samples, { swap: "1GiB", demand: "anon = used" });
    expect(own.lines[0]).toBe(`0 anon=${500 * 256}`);
    expect(own.plan.start.swapped).toBe(0);
  });

  it("a model that has swap among its anonymous memory gets a working set without it", async () => {
    const columns = [
      column("anon", "AnonPages", "MiB"),
      column("swapUsed", "used", "MiB"),
      column("x-swap-cached", "SwapCached", "MiB"),
    ];
    const format = formatOf(columns, {
      demands: [{ name: "m", meaning: "", formulas: "anon = anon + swapUsed - x-swap-cached, kernelMemory = 64MiB" }],
    });
    const samples: Given[] = [
      [0, 500, 200, 10],
      [1, 500, 200, 10],
    ];
    const { lines, plan: planned } = await convert(columns, samples, { format, swap: "1GiB" });
    expect(lines[0]).toBe(`0 anon=${690 * 256} workingSet=${500 * 256} kernelMemory=${64 * 256}`);
    expect(planned.start.swapped).toBe(190 * 256);
  });
});
