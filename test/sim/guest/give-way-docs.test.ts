/** The table of docs/give-way.md from which the numbers of the rule were chosen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runTrace } from "../../../src/sim/core.ts";
import { tableRow, withParts } from "../../support/pages/generated.ts";
import { ROOT } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

/** The guest of the page: 2 GiB, whose balloon has 960 MiB when a cache server grows to 1280 MiB. */
const SQUEEZED = {
  memory: "2GiB",
  profile: "balloon-hw",
  swap: "4GiB",
  cpus: 2,
  kernelMemory: "120MiB",
};
const CACHE = { touch: "300MiB/s", fileSet: "200MiB", fileRead: "5MiB/s" };
const TARGET = {
  target: [
    [0, 0],
    ["20s", "960MiB"],
  ],
};

/** Duration, guest, workload and host of the traces of the table. */
const TRACES = {
  "guest above": {
    duration: "20m",
    guest: SQUEEZED,
    workload: {
      ...CACHE,
      anon: [
        [0, "500MiB"],
        ["90s", "1280MiB"],
      ],
    },
    host: TARGET,
  },
  "`bursts`": {
    duration: "30m",
    guest: SQUEEZED,
    workload: {
      ...CACHE,
      anon: {
        points: [
          [0, "500MiB"],
          [90, "1280MiB"],
          [130, "500MiB"],
        ],
        repeat: 300,
      },
    },
    host: TARGET,
  },
  "`large`": {
    duration: "20m",
    guest: { ...SQUEEZED, memory: "16GiB", swap: "8GiB", kernelMemory: "600MiB" },
    workload: {
      ...CACHE,
      touch: "200MiB/s",
      fileSet: "3GiB",
      fileRead: "100MiB/s",
      anon: {
        points: [
          [0, "4GiB"],
          [120, "4GiB"],
          [180, "8GiB"],
        ],
        hold: "linear",
      },
    },
    host: {
      target: [
        [0, 0],
        ["20s", "9GiB"],
      ],
    },
  },
  "`slow disk`": {
    duration: "20m",
    guest: { ...SQUEEZED, floor: "16MiB", costs: { swapWrite: "2ms" } },
    workload: { anon: "1GiB", fileSet: "500MiB", fileRead: "100MiB/s" },
    host: {
      target: [
        [0, 0],
        ["20s", "800MiB"],
      ],
    },
  },
} as const;

type Numbers = Readonly<Record<string, string | number>> | false;
/** What is tried on each; null: the numbers that were chosen, in bold. */
const TRIALS: Readonly<Record<keyof typeof TRACES, readonly (readonly [string, Numbers | null])[]>> = {
  "guest above": [
    ["off", false],
    ["pace 1/512", { pace: "4MiB/s" }],
    ["pace 1/256", { pace: "8MiB/s" }],
    ["pace 1/128", { pace: "16MiB/s" }],
    ["pace 1/64", null],
    ["pace 1/32", { pace: "64MiB/s" }],
  ],
  "`bursts`": [
    ["off", false],
    ["hold-off 30 s", { holdOff: "30s" }],
    ["hold-off 2 min", { holdOff: "2m" }],
    ["hold-off 5 min", null],
    ["hold-off 10 min", { holdOff: "10m" }],
  ],
  "`large`": [
    ["off", false],
    ["PSI 10 %", { psi: 10 }],
    ["PSI 20 %, after 5 s", null],
    ["PSI 40 %", { psi: 40 }],
    ["after 2 s", { after: "2s" }],
    ["after 10 s", { after: "10s" }],
  ],
  "`slow disk`": [
    ["off", false],
    ["PSI 20 %", null],
    ["PSI 5 %", { psi: 5 }],
  ],
};

const PAGES_PER_GIB = 262_144;

function rowOf(name: keyof typeof TRACES, numbers: Numbers | null): readonly string[] {
  const { duration, guest, workload, host } = TRACES[name];
  const trace = {
    ...{ format: "balloon-sim/trace", version: 1, duration, host },
    guest: { ...guest, ...(numbers === null ? {} : { giveWay: numbers }) },
    workloads: [{ name: "cache", ...workload }],
  };
  const objectives = runTrace(JSON.stringify(trace)).summary.objectives as Readonly<Record<string, number>>;
  const of = (objective: string): number => objectives[objective] as number;
  return [of("stall_full"), of("stall_workload"), of("reclaimed_area") / PAGES_PER_GIB].map((value) =>
    value.toFixed(1),
  );
}

test("docs/give-way.md shows what other numbers of the rule would do", slow(4), async () => {
  const rows = Object.entries(TRIALS).flatMap(([name, trials]) =>
    trials.map(([title, numbers], i) =>
      tableRow([
        i === 0 ? name : "",
        numbers === null ? `**${title}**` : title,
        ...rowOf(name as keyof typeof TRACES, numbers),
      ]),
    ),
  );
  const numbers = () =>
    [tableRow(["trace", "numbers", "PSI full", "workload stalls", "host has"]), "|---|---|---|---|---|", ...rows].join(
      "\n",
    );
  const page = readFileSync(join(ROOT, "docs/give-way.md"), "utf8");
  await expect(withParts(page, { numbers })).toMatchFileSnapshot("../../../docs/give-way.md");
});
