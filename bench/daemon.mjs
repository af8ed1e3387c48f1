/**
 * The cost of the daemon at its target, and its memory besides the balloon: the complete command under an emulated host
 * whose target has been reached. Needs root, for frame numbers.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { n } from "./measure.mjs";

/** Limits: a thousandth of a core, and the memory above that of a bare Node. */
const MOST_OF_A_CORE = 0.001;
const MOST_MIB_OVER_NODE = 30;

/** 64 MiB. */
const PAGES = 16_384;
const COMMAND = fileURLToPath(new URL("../bin/balloon-hw.js", import.meta.url));

/** Processor time of all threads of a process, in nanoseconds. */
const cpuNs = (pid) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]))
    .reduce((sum, ns) => sum + ns, 0);

const residentKib = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]);

/** Starts Node, waits, measures the process, and terminates it. */
async function watch(args, look) {
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  try {
    return await look(child.pid);
  } finally {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

export async function measure(smoke) {
  const [settleMs, watchMs] = smoke ? [2000, 2000] : [15_000, 100_000];
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const script = join(directory, "host.txt");
    writeFileSync(script, `balloon-host 1\ntarget 0 ${PAGES}\n`);
    const daemon = await watch([COMMAND, "emulate", script, "--floor", "4KiB"], async (pid) => {
      await sleep(settleMs);
      const before = cpuNs(pid);
      await sleep(watchMs);
      return { cpuNs: cpuNs(pid) - before, residentKib: residentKib(pid) - PAGES * 4 };
    });
    const bareKib = await watch(["-e", "setTimeout(() => {}, 60_000)"], async (pid) => {
      await sleep(1000);
      return residentKib(pid);
    });
    return {
      partOfACoreIdle: daemon.cpuNs / 1e6 / watchMs,
      residentMibBesideBalloon: daemon.residentKib / 1024,
      residentMibOfBareNode: bareKib / 1024,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = (r) => [
  "daemon, at its target of 64 MiB",
  `  idle      ${n(r.partOfACoreIdle * 100, 4)} % of a core (at most ${MOST_OF_A_CORE * 100} % wanted)`,
  `  resident  ${n(r.residentMibBesideBalloon, 1)} MiB beside the balloon; a bare Node has ${n(r.residentMibOfBareNode, 1)} MiB (at most ${MOST_MIB_OVER_NODE} MiB more wanted)`,
];

export const isGood = (r, smoke) =>
  smoke ||
  (r.partOfACoreIdle <= MOST_OF_A_CORE && r.residentMibBesideBalloon <= r.residentMibOfBareNode + MOST_MIB_OVER_NODE);
