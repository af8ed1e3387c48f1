/** Runs commands of balloon-sim and watches what they need. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));

/** Runs a command; returns its output's number of lines, wall-clock seconds, and peak memory in MiB. */
export function watch(args, cwd) {
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
