import { traceOf } from "../in-process/curves.ts";

const guest = { memory: "256MiB", swap: "256MiB", kernelMemory: "20MiB", hz: 250 };

/** Traces in which a guest lives through much in a minute, by name; `test/sim/run/golden` has the hashes of their curves. */
export const SCENARIOS: Readonly<Record<string, string>> = {
  "old-kernel": traceOf(40, {
    guest: { ...guest, profile: "linux-2.6.32" },
    workloads: [
      { name: "app", anon: "120MiB", workingSet: "40MiB", touch: "30MiB/s", fileSet: "60MiB", fileRead: "5MiB/s" },
    ],
    host: {
      target: [
        [0, 0],
        [3, "140MiB"],
        [30, 0],
      ],
    },
  }),
  "dirty-pages": traceOf(60, {
    guest: { ...guest, swap: 0 },
    workloads: [{ name: "log", anon: "20MiB", fileSet: "150MiB", fileRead: "20MiB/s", fileWrite: "10MiB/s" }],
    host: {
      target: [
        [0, 0],
        [20, "120MiB"],
        [50, 0],
      ],
    },
  }),
  "killed-and-back": traceOf(60, {
    guest: { ...guest, swap: "16MiB" },
    workloads: [
      { name: "service", anon: "100MiB", fileSet: "40MiB", fileRead: "10MiB/s", touch: "50MiB/s", restart: 8 },
      { name: "agent", anon: "10MiB" },
    ],
    host: {
      target: [
        [0, 0],
        [5, "150MiB"],
        [40, "60MiB"],
      ],
    },
  }),
  "lines-and-gaps": traceOf(60, {
    guest,
    workloads: [
      {
        name: "tide",
        anon: {
          points: [
            [0, "20MiB"],
            [10, "160MiB"],
            [20, "20MiB"],
          ],
          hold: "linear",
          repeat: 25,
        },
        touch: {
          points: [
            [0, 0],
            [30, "40MiB/s"],
            [45, null],
            [50, 0],
          ],
          hold: "linear",
        },
      },
    ],
    host: {
      target: {
        points: [
          [0, 0],
          [20, "100MiB"],
          [40, null],
          [50, 0],
        ],
        hold: "linear",
      },
    },
  }),
  "unruly-host": traceOf(40, {
    guest,
    workloads: [{ name: "app", anon: "50MiB" }],
    host: {
      target: [
        [0, "100MiB"],
        [20, "20MiB"],
      ],
      refusals: [{ fraction: 0.002 }, { at: 2, count: 40, every: 100, status: "notneeded" }],
      resets: [8, 9],
      faults: [
        { command: "unlock", from: 20, until: 25, every: 500, status: "busy" },
        { command: "start", from: 9, until: 12, status: "failure" },
        { command: "get-target", at: 30, count: 2, status: "busy" },
      ],
    },
  }),
  tenants: traceOf(50, {
    guest: {
      memory: "128MiB",
      swap: "48MiB",
      cpus: 1,
      kernelMemory: {
        points: [
          [0, "4MiB"],
          [30, "20MiB"],
          [40, "6MiB"],
        ],
        hold: "linear",
      },
    },
    workloads: [
      {
        name: "app",
        anon: [
          [0, "30MiB"],
          [10, "60MiB"],
          [20, "25MiB"],
          [28, "70MiB"],
          [40, "50MiB"],
        ],
        workingSet: [
          [0, "20MiB"],
          [15, "40MiB"],
          [20, "10MiB"],
          [33, "45MiB"],
          [45, "20MiB"],
        ],
        touch: {
          points: [
            [0, 0],
            [25, "60MiB/s"],
            [50, "10MiB/s"],
          ],
          hold: "linear",
        },
      },
      {
        name: "files",
        fileSet: [
          [0, "40MiB"],
          [12, "15MiB"],
          [22, "50MiB"],
          [44, "20MiB"],
        ],
        fileRead: "20MiB/s",
        fileWrite: "4MiB/s",
        fileWarm: false,
      },
      { name: "batch", anon: "12MiB", fileSet: "20MiB", fileWrite: "1MiB/s", touch: "1MiB/s", restart: 3 },
    ],
    host: {
      target: [
        [0, 0],
        [5, "40MiB"],
        [35, "10MiB"],
      ],
    },
  }),
  scarce: traceOf(30, {
    guest: {
      memory: "64MiB",
      swap: "4MiB",
      kernelMemory: [
        [0, "8MiB"],
        [8, "63MiB"],
        [14, "30MiB"],
        [20, "63MiB"],
        [26, "30MiB"],
      ],
    },
    workloads: [
      { name: "anon", anon: "30MiB", touch: "100MiB/s", restart: 2 },
      { name: "cold", anon: "2MiB", fileSet: "20MiB", fileWarm: false, fileRead: "30MiB/s", restart: 5 },
      { name: "files", fileSet: "30MiB", fileRead: "40MiB/s", fileWrite: "10MiB/s" },
    ],
    host: {
      target: [
        [0, 0],
        [17, "20MiB"],
      ],
    },
  }),
  daemon: traceOf(60, {
    guest: { memory: "256MiB", swap: "64MiB", profile: "balloon-hw", floor: "24MiB", psiLimit: 5 },
    workloads: [
      { name: "app", anon: "120MiB", workingSet: "70MiB", touch: "200MiB/s" },
      { name: "files", fileSet: "60MiB", fileRead: "30MiB/s", fileWrite: "2MiB/s" },
    ],
    host: {
      target: [
        [0, 0],
        [5, "200MiB"],
        [40, "60MiB"],
      ],
    },
  }),
  thrashing: traceOf(60, {
    guest: { memory: "96MiB", swap: "128MiB", profile: "lab", kernelMemory: "8MiB", costs: { swapRead: "5ms" } },
    workloads: [
      { name: "set", anon: "60MiB", workingSet: "50MiB", touch: "400MiB/s" },
      { name: "other", anon: "16MiB", touch: "5MiB/s", fileSet: "30MiB", fileRead: "20MiB/s" },
    ],
    host: {
      target: [
        [0, 0],
        [10, "24MiB"],
        [45, 0],
      ],
    },
  }),
  // So many runs of pages go to swap and come back that they are joined.
  "many-runs": traceOf(66, {
    guest: { memory: "2GiB", swap: "4GiB", kernelMemory: "120MiB" },
    workloads: [{ name: "cache", anon: "1280MiB", touch: "300MiB/s", fileSet: "200MiB", fileRead: "5MiB/s" }],
    host: {
      target: [
        [0, 0],
        [20, "960MiB"],
      ],
    },
  }),
};
