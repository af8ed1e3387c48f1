/**
 * What a queue costs a trial: a study on one worker of a queue, against one thread; Redis on this machine. It is measured in
 * processor time of coordinator, worker and Redis together, which other programs of the machine disturb little.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, n } from "./measure.mjs";

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const LIMIT_MS = 1;
/** Clock ticks of Linux in /proc, in milliseconds. */
const TICK_MS = 10;

/** Processor time of a study of so many trials, in milliseconds. */
function study(trials, ...where) {
  const args = [
    "tune",
    "spike",
    "--until",
    "1m",
    "--minimize",
    "reclaimed_area",
    "--minimize",
    "stall_full",
    "--quiet",
  ];
  args.push("--judge-worlds", "1", "--trials", String(trials), ...where);
  const script = '"$@" > /dev/null || exit 1; times';
  const { status, stdout } = spawnSync("bash", ["-c", script, "bash", process.execPath, bin, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`tune ended with ${status}`);
  // The second line is that of the shell's children: 0m1.234s 0m0.056s.
  const times = [
    ...stdout
      .trim()
      .split("\n")
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return times.reduce((sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds), 0);
}

/** Processor time that processes have taken so far, in milliseconds. */
const takenBy = (processes) =>
  processes.reduce((sum, { pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + TICK_MS * (Number(fields[11]) + Number(fields[12]));
  }, 0);

/** Processor time of a trial without the start, in milliseconds. */
function perTrial([few, many], processes, ...where) {
  const taken = (trials) => {
    const before = takenBy(processes);
    return study(trials, ...where) + takenBy(processes) - before;
  };
  return (taken(many) - taken(few)) / (many - few);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Null where Redis is not installed. */
export async function measure(smoke) {
  if (spawnSync("redis-server", ["--version"]).status !== 0) return null;
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  const redis = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of redis.stdout) {
    said += chunk;
    if (said.includes("Ready to accept")) break;
  }
  const queue = ["--queue", `redis://127.0.0.1:${port}/0`];
  const worker = spawn(process.execPath, [bin, "worker", ...queue, "--concurrency", "1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(worker.stderr, "data");
  worker.stderr.resume();
  try {
    const trials = smoke ? [32, 96] : [128, 2176];
    const rounds = Array.from({ length: smoke ? 1 : 5 }, () => ({
      thread: perTrial(trials, [], "--workers", "1"),
      queue: perTrial(trials, [worker, redis], ...queue),
    }));
    return {
      millisecondsOnThread: median(rounds.map(({ thread }) => thread)),
      millisecondsOnQueue: median(rounds.map(({ queue }) => queue)),
      overheadMilliseconds: median(rounds.map(({ thread, queue }) => queue - thread)),
    };
  } finally {
    worker.kill("SIGTERM");
    await once(worker, "exit");
    redis.kill("SIGKILL");
    await once(redis, "exit");
    rmSync(directory, { recursive: true, force: true });
  }
}

export const lines = (measured) =>
  measured === null
    ? ["queue: skipped, redis-server is not installed"]
    : [
        "queue: tune spike --until 1m, nsga2, one worker; processor time of a trial",
        `  a thread: ${n(measured.millisecondsOnThread, 2)} ms; the queue, worker and Redis included: ${n(measured.millisecondsOnQueue, 2)} ms`,
        `  overhead: ${n(measured.overheadMilliseconds, 2)} ms`,
      ];

export const isGood = (measured, smoke) => smoke || measured === null || measured.overheadMilliseconds < LIMIT_MS;
