import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isSystemError } from "./system-error.ts";

/** Which process one is, so that others can tell whether it still lives. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in ticks since the machine was: another process that has got its number is another one. */
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

/** Whether a process is one of this machine and this container, so that it can be told whether it lives. */
export function isHere({ host, boot, processes }: ProcessIdentity): boolean {
  const self = thisProcess();
  return host === self.host && boot === self.boot && processes === self.processes;
}

/** Whether a process is certainly over: it is one of this machine that is gone, or its machine was started again. */
export function isOver(other: ProcessIdentity): boolean {
  if (isHere(other)) return !lives(other);
  const { host, boot } = thisProcess();
  return other.host === host && other.boot !== boot;
}

/** Whether the process is there: the same one, not another that has got its number. */
function lives({ pid, startTicks }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process can't be signalled, but exists.
    if (isSystemError(error) && error.code === "ESRCH") return false;
  }
  const status = statusOf(pid);
  if (status === null || startTicks === 0) return true;
  // A zombie is over, though its parent has not collected its exit status yet.
  return status.startTicks === startTicks && status.state !== "Z" && status.state !== "X";
}

/** State of a process, and when it was started, in ticks since the machine was; null where that can't be known. */
function statusOf(pid: number): { readonly state: string; readonly startTicks: number } | null {
  const stat = textOf(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything; behind it come the state and, as the 20th, the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === undefined || fields[19] === undefined ? null : { state, startTicks: Number(fields[19]) };
}

/** What a file of the kernel says; nothing where there is no such file. */
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
