/** A day of 25 hosts with 40 VMs each in one command, as the command runs them. Takes minutes: only with `-- --only hosts-25`. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { writeHosts } from "./host-load.mjs";
import { n } from "./measure.mjs";
import { watch } from "./watch.mjs";

const LIMIT_SECONDS = 600;
const LIMIT_MEBIBYTES = 2048;
/** The limit of time is that of so many processors; other machines need more or less. */
const PROCESSORS = 2;

export async function measure(smoke) {
  const [hosts, vms, duration] = smoke ? [3, 4, "10m"] : [25, 40, "24h"];
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const names = Array.from({ length: hosts }, (_, index) => `host-${String(index + 1).padStart(2, "0")}`);
    writeHosts(directory, names, { vms, duration, policy: "esx" });
    const workers = Math.min(PROCESSORS, availableParallelism());
    const args = ["host", directory, "--workers", String(workers), "--format", "csv", "--quiet"];
    const { rows, seconds, mebibytes } = await watch(args, directory);
    return { hosts, vms, duration, workers, rows: rows - 1, seconds, mebibytes };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = ({ hosts, vms, duration, workers, seconds, mebibytes }) => [
  `${hosts} hosts with ${vms} VMs each under esx, ${duration}, in one command with ${workers} threads`,
  `  ${n(seconds)} s, ${n((seconds * workers) / hosts, 1)} s a host and thread, ${n(mebibytes)} MiB`,
  `  (25 hosts with 40 VMs, 24 hours, ${PROCESSORS} processors: at most ${LIMIT_SECONDS} s and ${n(LIMIT_MEBIBYTES)} MiB wanted)`,
];

export const isGood = ({ hosts, workers, rows, seconds, mebibytes }, smoke) =>
  rows === hosts && (smoke || ((workers < PROCESSORS || seconds <= LIMIT_SECONDS) && mebibytes <= LIMIT_MEBIBYTES));
