/**
 * Pages a second through the addon, as the daemon uses it, against a program that does the bare system calls. Both do one
 * full cycle at a time, by turns. The host is emulated on both sides: here the one that the daemon is tried with, there the
 * shortest handler there can be. Takes root, for frame numbers, and a C compiler.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Custody } from "../dist/engine/index.js";
import { loadAddon } from "../dist/hw/native/load.js";
import { WorkerPorts } from "../dist/hw/ports/worker-ports.js";
import { median, n } from "./measure.mjs";

/** What is promised: this part of the bare program's speed. */
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
        ...{ arenaPages: 1 << 17, slotPages: 4096, floorPages: 0, psiFullLimit: 100 },
      },
      (failure, worker) => (worker === null ? reject(new Error(failure.message)) : resolve(worker)),
    ),
  );

/** The ports that the daemon's engine has, over a worker: large requests are carried out in pieces. */
function portsOf(worker) {
  const failed = (failure) => {
    throw new Error(failure.message);
  };
  const ports = new WorkerPorts(worker, { answered: () => {}, memory: () => {}, failed });
  return (call, ...args) => new Promise((resolve) => ports[call](...args, (first, second) => resolve([first, second])));
}

/** Nanoseconds for memory and for locking of one cycle through the addon, and of all threads; the pages are freed again. */
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

/** The same of the bare program, whose first cycle is not counted: the process is new. */
function bareCycle(program) {
  const lines = execFileSync(program, [String(PAGES), "2"], { encoding: "utf8" })
    .trim()
    .split("\n");
  const [memory, locking, cpu] = lines[1].split(" ").map(Number);
  return { memory, locking, cpu };
}

/** Why there is nothing to measure here, or null. */
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
    // Of cycles that follow one another, because what else the machine does changes from second to second.
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

/** By processor time, of all threads: that does not wait for whatever else runs. */
export const isGood = (r, smoke) => smoke || r.skipped !== undefined || r.partOfProcessorTime >= LEAST_PART;
