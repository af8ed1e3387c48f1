/**
 * Pages per second through the addon, as the daemon uses it, relative to a program that only makes the system calls.
 * The two alternate, one full cycle at a time. The host is emulated on both sides: here by the emulation for tests of
 * the daemon, there by the shortest possible handler. Needs root, for frame numbers, and a C compiler.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Capability, Custody } from "../dist/engine/index.js";
import { loadAddon } from "../dist/hw/native/load.js";
import { WorkerPorts } from "../dist/hw/ports/worker-ports.js";
import { median, n } from "./measure.mjs";

/** Limit: the fraction of the bare program's speed. */
const LEAST_PART = 0.8;

/** A full cycle of the policy without sleeping: 64 MiB and a page. */
const PAGES = 16_385;

const ask = (send) =>
  new Promise((resolve, reject) =>
    send((failure, first, second) =>
      failure === null ? resolve([first, second]) : reject(new Error(failure.message)),
    ),
  );

const openWorker = () =>
  new Promise((resolve, reject) =>
    loadAddon().openWorker(
      {
        ...{ backdoor: "emulated", ioPermission: "none", pin: "io_uring", script: "balloon-host 1\n" },
        ...{ arenaPages: 1 << 17, slotPages: 4096, floorPages: 0, psiFullLimit: 100, capabilities: Capability.Basic },
      },
      (failure, worker) => (worker === null ? reject(new Error(failure.message)) : resolve(worker)),
    ),
  );

/** The ports of the daemon's engine, with a worker behind them: large requests are split. */
function portsOf(worker) {
  const failed = (failure) => {
    throw new Error(failure.message);
  };
  const ports = new WorkerPorts(worker, { answered: () => {}, memory: () => {}, failed }, Capability.Basic);
  return (call, ...args) => new Promise((resolve) => ports[call](...args, (first, second) => resolve([first, second])));
}

/**
 * Nanoseconds for memory and for locking of one cycle through the addon, and processor time of all threads; frees the
 * pages.
 */
async function cycle(call) {
  const before = process.cpuUsage();
  let memory = 0;
  let locking = 0;
  for (let left = PAGES; left > 0; ) {
    const began = performance.now();
    const [got] = await call("allocate", left, false);
    const allocated = performance.now();
    const [locked] = await call("lock", got);
    locking += performance.now() - allocated;
    memory += allocated - began;
    if (locked !== got || got === 0) throw new Error(`${got} pages were allocated, ${locked} of them locked`);
    left -= got;
  }
  const { user, system } = process.cpuUsage(before);
  await call("unlock", PAGES);
  await call("free", PAGES, Custody.Unlocked);
  return { memory: memory * 1e6, locking: locking * 1e6, cpu: (user + system) * 1e3 };
}

/** The same for the bare program, whose first cycle is not counted, because its process is new. */
function bareCycle(program) {
  const lines = execFileSync(program, [String(PAGES), "2"], { encoding: "utf8" })
    .trim()
    .split("\n");
  const [memory, locking, cpu] = lines[1].split(" ").map(Number);
  return { memory, locking, cpu };
}

/** The reason why the measurement is skipped, or null. */
function whySkipped() {
  if (process.getuid() !== 0) return "needs root, to see frame numbers";
  if (spawnSync("cc", ["--version"]).status !== 0) return "needs a C compiler";
  try {
    loadAddon();
    return null;
  } catch (error) {
    return error.message;
  }
}

export async function measure(smoke) {
  const skipped = whySkipped();
  if (skipped !== null) return { skipped };
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const program = join(directory, "bare");
    const source = fileURLToPath(new URL("native/bare.c", import.meta.url));
    execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
    const worker = await openWorker();
    const call = portsOf(worker);
    const ours = [];
    const bare = [];
    await cycle(call);
    for (let round = smoke ? 2 : 30; round > 0; round--) {
      ours.push(await cycle(call));
      bare.push(bareCycle(program));
    }
    await ask((answered) => worker.close(answered));
    const whole = ({ memory, locking }) => memory + locking;
    const of = (cycles) => {
      const ns = (part) => median(cycles.map(part)) / PAGES;
      return { memoryNs: ns((c) => c.memory), lockingNs: ns((c) => c.locking), pagesPerSecond: 1e9 / ns(whole) };
    };
    // Pairs of consecutive cycles, because other load changes from second to second.
    const part = (of) => median(ours.map((cycle, index) => of(bare[index]) / of(cycle)));
    return {
      pagesPerCycle: PAGES,
      rounds: ours.length,
      addon: of(ours),
      bare: of(bare),
      partOfPace: part(whole),
      partOfProcessorTime: part((c) => c.cpu),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function lines(r) {
  if (r.skipped !== undefined) return [`native: skipped, ${r.skipped}`];
  const line = ({ memoryNs, lockingNs, pagesPerSecond }) =>
    `${n(pagesPerSecond)} pages/s: ${n(memoryNs)} ns a page for memory, ${n(lockingNs)} ns for LOCK`;
  return [
    `native, cycles of ${n(r.pagesPerCycle)} pages, median of ${r.rounds}`,
    `  addon         ${line(r.addon)}`,
    `  bare calls    ${line(r.bare)}`,
    `  ${n(r.partOfPace, 2)} of the bare program's pace; ${n(r.partOfProcessorTime, 2)} by processor time (at least ${LEAST_PART} wanted)`,
  ];
}

/** By processor time of all threads, which does not include waiting for other processes. */
export const isGood = (r, smoke) => smoke || r.skipped !== undefined || r.partOfProcessorTime >= LEAST_PART;
