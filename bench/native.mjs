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
import { Capability, Custody, PROTOCOL_VERSION } from "../dist/engine/index.js";
import { loadAddon } from "../dist/hw/native/load.js";
import { PROTOCOL_LEVELS, wantedCapabilities } from "../dist/hw/ports/protocol-level.js";
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

const SCRIPT = "balloon-host 1\ncapabilities batched batched-2m 64-bit-target\n";

const openWorker = (capabilities) =>
  new Promise((resolve, reject) =>
    loadAddon().openWorker(
      {
        ...{ backdoor: "emulated", ioPermission: "none", pin: "io_uring", script: SCRIPT },
        ...{ arenaPages: 1 << 17, slotPages: 4096, floorPages: 0, psiFullLimit: 100, capabilities },
      },
      (failure, worker) => (worker === null ? reject(new Error(failure.message)) : resolve(worker)),
    ),
  );

/** The ports of the daemon's engine, with a worker behind them: large requests are split. */
function portsOf(worker, capabilities) {
  const failed = (failure) => {
    throw new Error(failure.message);
  };
  const ports = new WorkerPorts(worker, { answered: () => {}, memory: () => {}, failed }, capabilities);
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

/** Commands of a cycle into the balloon and out of it again, and processor time for a page of it, in nanoseconds, by direction. */
async function levelOf(level, rounds) {
  const capabilities = wantedCapabilities(level);
  const worker = await openWorker(capabilities);
  const call = portsOf(worker, capabilities);
  await call("start", PROTOCOL_VERSION);
  const nsOf = async (work) => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1e3) / PAGES;
  };
  const cycles = [];
  for (let round = 0; round <= rounds; round++) {
    await call("getTarget", PAGES);
    const { commands } = worker.counters();
    const inNs = await nsOf(async () => {
      for (let left = PAGES; left > 0; ) {
        const [got] = await call("allocate", left, false);
        await call("lock", got);
        left -= got;
      }
    });
    const { largePages } = worker.counters();
    const outNs = await nsOf(async () => {
      await call("unlock", PAGES);
      await call("free", PAGES, Custody.Unlocked);
    });
    cycles.push({ inNs, outNs, largePages, commands: worker.counters().commands - commands });
  }
  await ask((answered) => worker.close(answered));
  const of = (part) => median(cycles.slice(1).map(part));
  return {
    ...{ level, inNs: of((c) => c.inNs), outNs: of((c) => c.outNs) },
    ...{ commands: of((c) => c.commands), largePages: of((c) => c.largePages) },
  };
}

/** Times of a cycle of the bare program, whose first cycle is not counted, because its process is new. */
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
    const worker = await openWorker(Capability.Basic);
    const call = portsOf(worker, Capability.Basic);
    const ours = [];
    const bare = [];
    await cycle(call);
    for (let round = smoke ? 2 : 30; round > 0; round--) {
      ours.push(await cycle(call));
      bare.push(bareCycle(program));
    }
    await ask((answered) => worker.close(answered));
    const levels = [];
    for (const level of PROTOCOL_LEVELS) levels.push(await levelOf(level, smoke ? 1 : 30));
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
      levels,
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
    ...r.levels.map(
      ({ level, inNs, outNs, commands, largePages }) =>
        `  ${level.padEnd(13)} ${n(commands)} commands a cycle in and out, ${n(inNs)} ns of processor time a page in, ${n(outNs)} out; ${n(largePages)} pages in those of 2 MiB`,
    ),
  ];
}

/** By processor time of all threads, which does not include waiting for other processes. */
export const isGood = (r, smoke) => smoke || r.skipped !== undefined || r.partOfProcessorTime >= LEAST_PART;
