/** A day of a host with 40 VMs, whose demand changes once a minute, under each policy, as the command runs it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import seedrandom from "seedrandom";
import { n } from "./measure.mjs";
import { watch } from "./watch.mjs";

const POLICIES = ["none", "esx", "proxmox", "mom", "squeezed"];
const LIMIT_SECONDS = 30;
const LIMIT_MEBIBYTES = 2048;
/** Different traces; each VM has one of them, begun at a phase of its own. */
const TRACES = 4;

/** A guest of 4 GiB whose demand changes once a minute, higher by day than by night, and which reads and writes files. */
function trace(index) {
  const random = seedrandom(`host ${index}`);
  const points = Array.from({ length: 1440 }, (_, minute) => {
    const day = 0.5 + 0.4 * Math.sin((minute / 1440) * 2 * Math.PI + index);
    return [minute * 60, `${Math.round(800 + 1800 * day * (0.6 + 0.4 * random()))}MiB`];
  });
  return {
    format: "balloon-sim/trace",
    version: 1,
    name: `day-${index}`,
    duration: "24h",
    guest: { memory: "4GiB", swap: "1GiB", kernelMemory: "200MiB" },
    workloads: [
      {
        name: "app",
        anon: { hold: "step", points },
        workingSet: "400MiB",
        touch: "50MiB/s",
        fileSet: "1GiB",
        fileRead: "2MiB/s",
        fileWrite: "0.2MiB/s",
        fileWarm: true,
      },
    ],
    host: { target: 0 },
  };
}

export async function measure(smoke) {
  const vms = smoke ? 4 : 40;
  const duration = smoke ? "10m" : "24h";
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const traces = Array.from({ length: TRACES }, (_, index) => index);
    for (const index of traces) writeFileSync(join(directory, `day-${index}.json`), JSON.stringify(trace(index)));
    const host = {
      format: "balloon-sim/host",
      version: 1,
      name: "bench",
      duration,
      // 1.4 times as much configured as there is.
      host: { memory: `${Math.round((vms * 4) / 1.4)}GiB` },
      policy: "none",
      vms: traces.map((index) => ({
        name: `vm-${index}`,
        trace: `day-${index}.json`,
        count: vms / TRACES,
        spread: "2h",
      })),
    };
    writeFileSync(join(directory, "host.json"), JSON.stringify(host));
    const runs = [];
    for (const policy of POLICIES) {
      const { rows, seconds, mebibytes } = await watch(
        ["host", "host.json", "--policy", policy, "--format", "csv", "--quiet"],
        directory,
      );
      runs.push({ policy, rows: rows - 1, seconds, mebibytes });
    }
    return { vms, duration, runs };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = ({ vms, duration, runs }) => [
  `a host with ${vms} VMs, ${duration}, a change of demand a minute each, 1.4 times as much configured as it has`,
  ...runs.map(
    ({ policy, seconds, mebibytes }) =>
      `  ${policy.padEnd(8)} ${n(seconds, 1)} s, ${n((seconds / vms) * 1e3)} ms a VM, ${n(mebibytes)} MiB`,
  ),
  `  (40 VMs, 24 hours: at most ${LIMIT_SECONDS} s and ${n(LIMIT_MEBIBYTES)} MiB wanted)`,
];

export const isGood = ({ vms, runs }, smoke) =>
  runs.every(
    ({ rows, seconds, mebibytes }) =>
      rows === vms && (smoke || (seconds <= LIMIT_SECONDS && mebibytes <= LIMIT_MEBIBYTES)),
  );
