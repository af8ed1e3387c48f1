import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

export const ADDON_PATH = join(ROOT, "build/Release/balloon_hw.node");

/** A line of /proc/self/status in pages, such as `VmPin`: the pages that io_uring holds for this process. */
export function statusPages(name: string): number {
  const kib = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kib) / 4;
}

/**
 * Runs JavaScript in a process of its own that has the addon as `addon`.
 * @param wrapper a command that starts another one, with fewer rights
 */
export function runWithAddon(code: string, wrapper: readonly string[] = []) {
  const script = `const addon = require(${JSON.stringify(ADDON_PATH)}); ${code}`;
  const command = [...wrapper, process.execPath, "--expose-gc", "-e", script];
  const { NOTIFY_SOCKET: _, NODE_OPTIONS: __, ...env } = process.env;
  const run = spawnSync(command[0] as string, command.slice(1), { encoding: "utf8", env, timeout: 60_000 });
  if (run.error !== undefined) throw run.error;
  return { status: run.status, signal: run.signal, stdout: run.stdout, stderr: run.stderr };
}

/**
 * The capabilities that a process keeps which drops all it can: CAP_IPC_LOCK where the limit of locked memory is finite and may
 * not be raised, which takes CAP_SYS_RESOURCE.
 */
export function keptRights(): string {
  const capabilities = BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
  const isUnlimited = /^Max locked memory +unlimited +unlimited/m.test(readFileSync("/proc/self/limits", "utf8"));
  const mayRaise = ((capabilities >> 24n) & 1n) === 1n;
  return (isUnlimited || mayRaise ? 0 : 1 << 14).toString(16).padStart(16, "0");
}
