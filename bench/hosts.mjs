/** A day of a host with 40 VMs, whose demand changes once a minute, under each policy, as the command runs it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHosts } from "./host-load.mjs";
import { n } from "./measure.mjs";
import { watch } from "./watch.mjs";

const POLICIES = ["none", "esx", "proxmox", "mom", "squeezed"];
const LIMIT_SECONDS = 30;
const LIMIT_MEBIBYTES = 2048;
export async function measure(smoke) {
  const vms = smoke ? 4 : 40;
  const duration = smoke ? "10m" : "24h";
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    writeHosts(directory, ["host"], { vms, duration, policy: "none" });
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
