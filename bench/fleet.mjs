/** One day of a fleet of guests on all processors, as the command runs it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { n } from "./measure.mjs";

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const LIMIT_SECONDS = 60;
const LIMIT_MEBIBYTES = 1024;

/** Runs a command; returns its output's number of lines, wall-clock seconds, and peak memory in MiB. */
function watch(args, cwd) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    let rows = 0;
    let peak = 0;
    // The kernel keeps the peak; it is read until the process has exited.
    const timer = setInterval(() => {
      const match = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid));
      if (match !== null) peak = Math.max(peak, Number(match[1]) / 1024);
    }, 100);
    child.stdout.on("data", (chunk) => {
      for (const byte of chunk) if (byte === 10) rows++;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      clearInterval(timer);
      if (status !== 0) return reject(new Error(`${args[0]} ended with ${status}`));
      resolve({ rows, seconds: Number(process.hrtime.bigint() - start) / 1e9, mebibytes: peak });
    });
  });
}

const readStatus = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
};

export async function measure(smoke) {
  const guests = smoke ? 200 : 10_000;
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    await watch(["generate", "fleet", "-o", "fleet", "--guests", String(guests)], directory);
    const traces = readdirSync(join(directory, "fleet")).map((name) => join("fleet", name));
    const { rows, seconds, mebibytes } = await watch(["run", ...traces, "--summary", "--format", "csv"], directory);
    return { guests, rows: rows - 1, seconds, mebibytes };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = (f) => [
  "a fleet, 24 hours, a change every 5 minutes each",
  `  ${n(f.guests)} guests in ${n(f.seconds, 1)} s (${n((f.seconds / f.guests) * 1e3, 1)} ms a guest), ${n(f.mebibytes)} MiB, ${n(f.rows)} rows` +
    ` (10,000 guests: at most ${LIMIT_SECONDS} s and ${n(LIMIT_MEBIBYTES)} MiB wanted)`,
];

export const isGood = (f, smoke) =>
  f.rows === f.guests && (smoke || (f.seconds <= LIMIT_SECONDS && f.mebibytes <= LIMIT_MEBIBYTES));
