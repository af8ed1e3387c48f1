import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isSystemError } from "./system-error.ts";

/** Identifies a process, so that other processes can find out whether it is still alive. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Time of its start, in ticks since the start of the machine; it differs for a later process with the same number. */
  readonly startTicks: number;
  readonly host: string;
  /** Start of the machine, and the container's view of its processes. */
  readonly boot: string;
  readonly processes: string;
}

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startTicks: statusOf(process.pid)?.startTicks ?? 0,
    host: hostname(),
    boot: textOf("/proc/sys/kernel/random/boot_id"),
    processes: linkOf("/proc/self/ns/pid"),
  };
}

/** Whether a process belongs to this machine and this container, so that this process can see whether it is alive. */
export function isHere({ host, boot, processes }: ProcessIdentity): boolean {
  const self = thisProcess();
  return host === self.host && boot === self.boot && processes === self.processes;
}

/** Whether a process has certainly ended: it belongs to this machine and is not alive, or its machine was restarted. */
export function isOver(other: ProcessIdentity): boolean {
  if (isHere(other)) return !lives(other);
  const { host, boot } = thisProcess();
  return other.host === host && other.boot !== boot;
}

/** Whether the process is alive, and not a later process with the same number. */
function lives({ pid, startTicks }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process can't be signalled, but exists.
    if (isSystemError(error) && error.code === "ESRCH") return false;
  }
  const status = statusOf(pid);
  if (status === null || startTicks === 0) return true;
  // A zombie has ended, but its parent has not collected its exit status yet.
  return status.startTicks === startTicks && status.state !== "Z" && status.state !== "X";
}

/** State of a process, and its start in ticks since the start of the machine; null if unknown. */
function statusOf(pid: number): { readonly state: string; readonly startTicks: number } | null {
  const stat = textOf(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may contain any characters; after it follow the state and, as the 20th, the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === undefined || fields[19] === undefined ? null : { state, startTicks: Number(fields[19]) };
}

/** Content of a file of the kernel; empty if the file does not exist. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
