import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { MAX_PROBLEMS } from "../../../src/sim/trace/decode.ts";
import { readTrace, validateText } from "../../../src/sim/trace/read.ts";
import { documentText, MINIMAL, messageOf } from "./support.ts";

/** What is wrong with the least trace over which these members are laid, without the file's name. */
function problemsOf(members: object): string[] {
  return validateText(documentText(members), "t.json").map((line) => line.replace(/^t\.json:1:\d+: /, ""));
}

describe("a wrong value is named with its path and what was expected", () => {
  test.each<[object, string | RegExp]>([
    [{ format: "opendc" }, '$: this is no trace: expected "format": "balloon-sim/trace", found "opendc"'],
    [{ format: undefined }, /^\$: this is no trace: .* found nothing$/],
    [{ version: 2 }, /^\$\.version: expected version 1 of the format, .* found 2$/],
    [{ version: undefined }, '$: "version" is missing'],
    [{ guest: undefined }, '$: "guest" is missing'],
    [{ duration: undefined }, '$: "duration" is missing'],
    [{ duration: 0 }, "$.duration: a trace lasts longer than 0 seconds"],
    [{ duration: -1 }, "$.duration: expected 0 or more, found -1"],
    [{ dration: 1 }, '$.dration: unknown key "dration"; did you mean "duration"?'],
    [{ seed: 1.5 }, "$.seed: expected a text or a whole number, found 1.5"],
    [{ name: 3 }, "$.name: expected a text, found 3"],
    [{ name: "x".repeat(201) }, "$.name: a text of 201 characters, expected at most 200"],
    [{ guest: [] }, "$.guest: expected an object, found an array"],
    [{ guest: {} }, '$.guest: "memory" is missing'],
    [{ guest: { memory: 0 } }, "$.guest.memory: a guest has memory"],
    [{ guest: { memory: "1GB" } }, /^\$\.guest\.memory: expected a size .* \(units are binary: write "1GiB"\)$/],
    [{ guest: { memory: -5 } }, "$.guest.memory: expected 0 or more, found -5"],
    [{ guest: { memory: 10, swapiness: 60 } }, /\$\.guest\.swapiness: unknown key .* did you mean "swappiness"\?$/],
    [{ guest: { memory: 10, swappiness: 201 } }, /swappiness: expected a whole number from 0 to 200, found 201$/],
    [{ guest: { memory: 10, hz: 60 } }, /hz: expected one of 100, 250, 300, 1000 ticks a second, found 60$/],
    [{ guest: { memory: 10, cpus: 2, cpu: 2 } }, /cpu: processor 2 of a guest with 2 \(the first is 0\)$/],
    [{ guest: { memory: 10, costs: { swapWrite: 20 } } }, /costs\.swapWrite: expected a cost such as "300ns"/],
    [{ guest: { memory: 10, age: "2us" } }, '$.guest.age: unknown key "age": it is a cost, and belongs in "costs"'],
    [{ guest: { memory: 10, costs: { swapWriteNs: "2us" } } }, /unknown key "swapWriteNs"; did you mean "swapWrite"\?/],
    [
      { guest: { memory: 10, kernelMemory: 10 } },
      /kernelMemory: 40KiB of kernel memory in a guest of 40KiB \(10 without a unit is a number of pages of 4 KiB: did you mean "10GiB"\?\)$/,
    ],
    [{ guest: { memory: 10, kernelMemory: 5, minFree: 5 } }, /minFree: 20KiB free and 20KiB of kernel memory leave/],
    [
      { guest: { memory: 10, balloon: 10 } },
      '$.guest.balloon: 40KiB of balloon leave nothing of 40KiB at time 0 (10 without a unit is a number of pages of 4 KiB: did you mean "10GiB"?)',
    ],
    [
      { guest: { memory: 10, balloon: 4, kernelMemory: 3, minFree: 3 } },
      '$.guest.balloon: 16KiB of balloon and 12KiB of kernel memory and 12KiB free leave nothing of 40KiB at time 0 (10 without a unit is a number of pages of 4 KiB: did you mean "10GiB"?)',
    ],
    [
      {
        guest: { memory: 99, swap: 9 },
        workloads: [
          {
            name: "a",
            anon: [
              [0, 3],
              [1, 9],
            ],
            swapped: 4,
          },
        ],
      },
      "$.workloads[0].swapped: 16KiB are in swap at time 0, but anon is 12KiB then",
    ],
    [
      { guest: { memory: 99, swap: 9 }, workloads: [{ name: "a", anon: [[0, null]], swapped: 4 }] },
      "$.workloads[0].swapped: 16KiB are in swap at time 0, but anon is unknown then",
    ],
    [
      { guest: { memory: 99 }, workloads: [{ name: "a", anon: 9, swapped: 4 }] },
      "$.workloads[0].swapped: 16KiB are in swap at time 0, but the guest has no swap",
    ],
    [
      {
        guest: { memory: 99, swap: 9 },
        workloads: [
          { name: "a", anon: 9, swapped: 5 },
          { name: "b", anon: 9, swapped: 5 },
        ],
      },
      "$.workloads[1].swapped: 40KiB are in swap at time 0, but the guest's swap is 36KiB",
    ],
    [
      {
        workloads: [
          {
            name: "a",
            // Just before 10 s nine tenths of the memory that there is only from then on.
            workingSet: {
              points: [
                [0, 10],
                [10, 90],
                [20, 90],
              ],
              hold: "linear",
            },
            anon: [
              [0, 50],
              [10, 100],
            ],
          },
        ],
      },
      "$.workloads[0].workingSet: at 10s the working set is 360KiB, but anon only 200KiB",
    ],
    [{ host: { resets: [60.5] } }, "$.host.resets[0]: 1m0.5s is after the end of the trace, at 1m"],
    [{ host: { refusals: [{ every: 0 }] } }, /refusals\[0\]\.every: expected a whole number from 1 to \d+, found 0$/],
    [{ host: { refusals: [{ count: 0 }] } }, /refusals\[0\]\.count: expected a whole number from 1 to \d+, found 0$/],
    [{ workloads: {} }, "$.workloads: expected an array, found an object"],
    [{ workloads: [{}] }, '$.workloads[0]: "name" is missing'],
    [{ workloads: [{ name: "a/b" }] }, /workloads\[0\]\.name: expected a name of letters, digits/],
    [{ workloads: [{ name: "a" }, { name: "a" }] }, "$.workloads[1].name: a second workload named a"],
    [{ workloads: [{ name: "a", anon: [[1, 5]] }] }, /anon\[0\]\[0\]: the first point is at 1s, but a series begins/],
    [{ workloads: [{ name: "a", anon: [] }] }, /anon: no points/],
    [{ workloads: [{ name: "a", anon: [0] }] }, /anon\[0\]: expected a point \[time, value\], found 0$/],
    [{ workloads: [{ name: "a", anon: [[0]] }] }, /anon\[0\]: expected a point \[time, value\], found an array of 1$/],
    [
      {
        workloads: [
          {
            name: "a",
            anon: [
              [0, 5],
              [9, 1],
              [9, 2],
            ],
          },
        ],
      },
      /anon\[2\]\[0\]: 9s is not after the point before/,
    ],
    [
      {
        workloads: [
          {
            name: "a",
            anon: [
              [0, 5],
              [9, 1],
              [3, 2],
            ],
          },
        ],
      },
      /anon\[2\]\[0\]: 3s is not after .*, at 9s$/,
    ],
    [
      {
        workloads: [
          {
            name: "a",
            anon: [
              [0, 5],
              [61, 1],
            ],
          },
        ],
      },
      /anon\[1\]\[0\]: 1m1s is after the end of the trace, at 1m$/,
    ],
    [{ workloads: [{ name: "a", anon: [[0, "5GB"]] }] }, /anon\[0\]\[1\]: expected a size/],
    [{ workloads: [{ name: "a", anon: { hold: "step" } }] }, /anon: "points" is missing$/],
    [{ workloads: [{ name: "a", anon: { points: [[0, 1]], hold: "line" } }] }, /hold: .* did you mean "linear"\?$/],
    [{ workloads: [{ name: "a", anon: { points: [[0, 1]], repeat: 0 } }] }, /repeat: expected a time above 0$/],
    [
      {
        workloads: [
          {
            name: "a",
            anon: {
              points: [
                [0, 1],
                [5, 2],
              ],
              repeat: 5,
            },
          },
        ],
      },
      /points\[1\]: the last point, at 5s, is not inside the period of 5s$/,
    ],
    [
      { workloads: [{ name: "a", anon: 5, workingSet: 6 }] },
      /workingSet: at 0s the working set is 24KiB, but anon only/,
    ],
    [
      {
        workloads: [
          {
            name: "a",
            anon: [
              [0, 9],
              [5, 3],
            ],
            workingSet: [
              [0, 9],
              [6, 1],
            ],
          },
        ],
      },
      /workingSet: at 5s the working set is 36KiB, but anon only 12KiB$/,
    ],
    [
      {
        workloads: [
          {
            name: "a",
            anon: {
              points: [
                [0, 1],
                [5, 2],
              ],
              repeat: 9,
            },
            workingSet: 3,
          },
        ],
      },
      /workingSet: a working set of 12KiB, but anon is never more than 8KiB$/,
    ],
    [{ workloads: [{ name: "a", fileWarm: 1 }] }, /fileWarm: expected true or false, found 1$/],
    [
      { host: { target: 4294967296 } },
      /target: a target of 4294967296 pages: the protocol carries at most 4294967295$/,
    ],
    [{ host: { callCost: 2 } }, /callCost: expected a cost/],
    [{ host: { refusals: [{ at: 1, from: 2 }] } }, /refusals\[0\]: "at" \(once\) and "from" \(from then on\) exclude/],
    [{ host: { refusals: [{ at: 99 }] } }, /refusals\[0\]\.at: 1m39s is after the end of the trace, at 1m$/],
    [{ host: { refusals: [{ from: 2, until: 2 }] } }, /until: 2s is not after the rule's beginning, 2s$/],
    [{ host: { refusals: [{ fraction: 0 }] } }, /fraction: expected a fraction above 0, at most 1, found 0$/],
    [{ host: { refusals: [{ count: 0 }] } }, /count: expected a whole number from 1/],
    [{ host: { refusals: [{ status: "pined" }] } }, /status: expected a status number .* did you mean "pinned"\?$/],
    [{ host: { refusals: [{ status: 4294967296 }] } }, /status: expected a status number/],
    [{ host: { faults: [{ at: 1, status: 8 }] } }, /faults\[0\]: "command" is missing$/],
    [{ host: { faults: [{ at: 1, status: 8, command: "stat" }] } }, /command: .* did you mean "start"\?$/],
    [{ host: { resets: [{ at: 3 }] } }, /resets\[0\]: expected a time .* found an object$/],
    [{ events: [{ at: 1, type: "boom" }] }, /events\[0\]\.type: expected one of power-on, .* found "boom"$/],
    [{ events: [{ at: 5, until: 1, type: "gap" }] }, /until: 1s is before the event's beginning, 5s$/],
    [{ origin: {} }, '$.origin: "kind" is missing'],
    [{ origin: { kind: "synthetic", epoch: "yesterday" } }, /epoch: expected an instant such as/],
    [{ origin: { kind: "synthetic", files: [{ name: "a", sha256: "A" }] } }, /sha256: expected 64 hexadecimal digits/],
    [{ origin: { kind: "synthetic", sampleSeconds: 0 } }, /sampleSeconds: expected a number above 0/],
    [
      { origin: { kind: "imported", importer: { name: "x", version: "1", options: [] } } },
      /options: expected an object/,
    ],
    [{ measured: [{ quantity: "free", unit: "KiB" }] }, '$.measured[0]: "points" is missing'],
    [{ measured: [{ quantity: "a b", unit: "KiB", points: [] }] }, /quantity: expected a name such as "active"/],
    [
      { measured: [{ quantity: "free", unit: "KiB", points: [[1, "2"]] }] },
      /points\[0\]\[1\]: expected a number or null/,
    ],
  ])("%j", (members, expected) => {
    const problems = problemsOf(members);
    expect(problems).toHaveLength(1);
    if (typeof expected === "string") expect(problems[0]).toBe(expected);
    else expect(problems[0]).toMatch(expected);
    // A command that runs the trace prints the same line, as an error that is the user's.
    const read = () => readTrace(documentText(members), "t.json");
    expect(read).toThrow(InputError);
    expect(messageOf(read)).toBe(validateText(documentText(members), "t.json")[0]);
  });
});

test("validation names all problems, in the order of the text, with line and column", () => {
  const text = `{
  "format": "balloon-sim/trace",
  "version": 1,
  "duration": "1m",
  "guest": { "memory": "1GB", "swop": 3 },
  "workloads": [
    { "name": "a", "anon": [[0, -1], [0, "x"]] }
  ],
  "host": { "target": null, "resets": "1s" }
}`;
  expect(validateText(text, "t.json")).toEqual([
    't.json:5:24: $.guest.memory: expected a size such as "512MiB" or a whole number of pages, found "1GB" (units are binary: write "1GiB")',
    't.json:5:31: $.guest.swop: unknown key "swop"; did you mean "swap"?',
    "t.json:7:33: $.workloads[0].anon[0][1]: expected 0 or more, found -1",
    "t.json:7:39: $.workloads[0].anon[1][0]: 0s is not after the point before, at 0s",
    't.json:7:42: $.workloads[0].anon[1][1]: expected a size such as "512MiB" or a whole number of pages, found "x"',
    't.json:9:39: $.host.resets: expected an array, found "1s"',
  ]);
});

test("rows in a document that is no header of JSON lines are refused", () => {
  const text = documentText({ rows: { target: {} } }).replace("{", "{\n");
  expect(messageOf(() => readTrace(text, "t.json"))).toMatch(
    /^t\.json:2:\d+: \$\.rows: rows belong to a trace in JSON lines/,
  );
});

test("a document with very many problems is left after a thousand of them", () => {
  const anon = Array.from({ length: 5000 }, (_, index) => [index, -1]);
  const problems = validateText(documentText({ duration: "2h", workloads: [{ name: "a", anon }] }), "t.json");
  expect(problems).toHaveLength(MAX_PROBLEMS);
});

test("keys of the prototype are unknown keys like others", () => {
  const text = JSON.stringify(MINIMAL).replace("{", '{"__proto__": {"guest": 1}, "constructor": 1, "toString": 2,');
  expect(validateText(text, "t.json").map((line) => /unknown key "(\w+)"/.exec(line)?.[1])).toEqual([
    "__proto__",
    "constructor",
    "toString",
  ]);
});

test("a value at the very end of a trace is inside it", () => {
  expect(problemsOf({ host: { resets: [60] } })).toEqual([]);
});
