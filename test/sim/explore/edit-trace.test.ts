import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runTrace } from "../../../src/sim/core.ts";
import { NO_EDITS, type TraceEdits } from "../../../src/sim/explore/protocol.ts";
import { editTrace } from "../../../src/sim/explore/worker/edit-trace.ts";
import { factsOf } from "../../../src/sim/explore/worker/facts.ts";
import { documentOf } from "../../../src/sim/explore/worker/trace-document.ts";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { ROOT } from "../../support/processes/command.ts";

const textOf = (trace: string): string => readFileSync(join(ROOT, "traces", trace), "utf8");
const SPIKE = textOf("spike.json");

const edited = (edits: Partial<TraceEdits>, text = SPIKE) =>
  readTrace(editTrace(text, { ...NO_EDITS, ...edits })).trace;

describe("a trace with edits", () => {
  test("without edits it is the text itself", () => {
    expect(editTrace(SPIKE, NO_EDITS)).toBe(SPIKE);
  });

  test("has the settings of the guest", () => {
    const guest = { memory: 1_000_001, swap: 0, swappiness: 7, lru: "mglru", thp: "always", cpus: 3 } as const;
    expect(edited({ guest }).guest).toMatchObject(guest);
    const before = readTrace(SPIKE).trace.guest;
    expect(edited({ guest: { swap: 256 } }).guest).toEqual({ ...before, swap: 256 });
  });

  test("keeps the driver's processor among the guest's", () => {
    const text = SPIKE.replace('"cpus": 2', '"cpus": 2, "cpu": 1');
    expect(edited({ guest: { cpus: 1 } }, text).guest).toMatchObject({ cpus: 1, cpu: 0 });
    expect(edited({ guest: { cpus: 4 } }, text).guest).toMatchObject({ cpus: 4, cpu: 1 });
  });

  test("has workloads whose sizes are scaled, and whose rates are paced", () => {
    const [before] = readTrace(SPIKE).trace.workloads;
    const [scaled] = edited({ scale: 0.5 }).workloads;
    expect(scaled?.anon.value).toEqual(before?.anon.value.map((pages) => pages / 2));
    expect(scaled?.workingSet?.value).toEqual(before?.workingSet?.value.map((pages) => pages / 2));
    expect(scaled?.fileSet.value).toEqual(before?.fileSet.value.map((pages) => pages / 2));
    expect(scaled?.touch).toEqual(before?.touch);
    const [paced] = edited({ pace: 3 }).workloads;
    for (const field of ["touch", "fileRead", "fileWrite"] as const) {
      expect(paced?.[field].value).toEqual(before?.[field].value.map((rate) => rate * 3));
    }
    expect(paced?.anon).toEqual(before?.anon);
  });

  test("leaves unknown values unknown", () => {
    const text = SPIKE.replace('[0, "1228MiB"],', "[0, null],");
    expect(edited({ scale: 2 }, text).workloads[0]?.anon.value[0]).toBeNaN();
  });

  test("has the target that was drawn", () => {
    const points = [
      [0, 512],
      [1_500_000, 262_144],
    ] as const;
    const { target } = edited({ target: { hold: "linear", points } }).host;
    expect(target).toMatchObject({ hold: "linear", at: [0, 1_500_000], value: [512, 262_144], repeatUs: 0 });
  });
});

test.each(bundledTraces())("%s as one document makes the same rows", (name) => {
  const text = [".json", ".jsonl"].flatMap((end) => {
    try {
      return [textOf(name + end)];
    } catch {
      return [];
    }
  })[0] as string;
  const document = JSON.stringify(documentOf(text));
  expect(runTrace(document).rows).toBe(runTrace(text).rows);
  expect(factsOf(text, name).name).toBe(name.replace(/^.*\//, ""));
});

test("rows of a trace become points where its columns say, with constants of the header before them", () => {
  const lines = [
    {
      format: "balloon-sim/trace",
      version: 1,
      guest: { memory: "1GiB" },
      workloads: [{ name: "a" }, { name: "b", touch: "1MiB/s" }],
      host: { target: 7 },
      rows: { target: {}, kernelMemory: {}, anon: { hold: "linear" }, "b/touch": {} },
    },
    { t: 0, kernelMemory: 5, anon: 10 },
    { t: 1, target: 8 },
    { t: 2, event: { type: "comment", text: "here" } },
    { t: 3, anon: 30, "b/touch": 2 },
    { t: 9 },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const document = documentOf(text) as Record<string, never>;
  expect(document).toMatchObject({
    duration: 9,
    guest: { kernelMemory: { points: [[0, 5]] } },
    workloads: [
      {
        anon: {
          hold: "linear",
          points: [
            [0, 10],
            [1, 10],
            [3, 30],
            [9, 30],
          ],
        },
      },
      {
        touch: {
          points: [
            [0, "1MiB/s"],
            [3, 2],
          ],
        },
      },
    ],
    host: {
      target: {
        points: [
          [0, 7],
          [1, 8],
        ],
      },
    },
    events: [{ at: 2, type: "comment", text: "here" }],
  });
  expect(runTrace(JSON.stringify(document)).rows).toBe(runTrace(text).rows);
});

test("facts have the settings of the profile where the trace has none", () => {
  const text = JSON.stringify({ format: "balloon-sim/trace", version: 1, duration: 5, guest: { memory: 65_536 } });
  expect(factsOf(text, "x.json")).toMatchObject({
    name: "x",
    durationUs: 5e6,
    driver: "vmmemctl",
    guest: { memory: 65_536, swap: 0, swappiness: 60, lru: "classic", thp: "never", cpus: 2 },
    target: { hold: "step", points: [[0, 0]] },
    isRepeating: false,
  });
  expect(() => factsOf("{", "x.json")).toThrow(/^x\.json:1:/);
});
