import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError } from "../system-error.ts";
import type { MissingSource, SourcePath } from "./fields.ts";
import { SOURCE_FILES } from "./fields.ts";
import type { HostFacts } from "./recording.ts";
import { KernelFile, type Source } from "./source.ts";

export const DEFAULT_PROC = "/proc";
export const DEFAULT_VMMEMCTL = "/sys/kernel/debug/vmmemctl";

/** The places from which a machine is recorded. */
export interface MachinePaths {
  /** A directory like /proc. */
  readonly proc: string;
  /** The balloon driver's file in debugfs; null: the usual one. */
  readonly vmmemctl: string | null;
  /** Source of the balloon's figures instead of that file. */
  readonly balloon?: Source;
}

/** A machine that is being recorded: its open files, and the missing ones. */
export interface Machine {
  readonly sources: readonly Source[];
  readonly missing: readonly MissingSource[];
  readonly facts: HostFacts;
}

/**
 * Opens the files of a machine.
 * @throws {InputError} if there is no meminfo, or if a vmmemctl that the user has named can't be read
 */
export function openMachine({ proc, vmmemctl, balloon }: MachinePaths): Machine {
  const sources: Source[] = [];
  const missing: MissingSource[] = [];
  for (const file of SOURCE_FILES) {
    if (file === "vmmemctl" && balloon !== undefined) {
      sources.push(balloon);
      continue;
    }
    const path = file === "vmmemctl" ? (vmmemctl ?? DEFAULT_VMMEMCTL) : join(proc, file);
    const opened = KernelFile.open({ file, path });
    if (opened instanceof KernelFile) sources.push(opened);
    else if (file === "meminfo") throw unreadable(proc === DEFAULT_PROC ? "" : "--proc: ", opened);
    else if (file === "vmmemctl" && vmmemctl !== null) throw unreadable("--vmmemctl: ", opened);
    else missing.push(opened);
  }
  return { sources, missing, facts: factsOf(proc) };
}

const unreadable = (option: string, { path, why }: SourcePath & { readonly why: string }): InputError =>
  new InputError(`${option}${escapeUnsafe(path)}: ${why}: there is nothing to record`);

function factsOf(proc: string): HostFacts {
  const line = (path: string): string | null => tryRead(join(proc, path))?.toString("utf8").trim() || null;
  const cpus = line("stat")?.match(/^cpu\d+ /gm)?.length ?? null;
  const kernel = line("sys/kernel/osrelease");
  return {
    name: line("sys/kernel/hostname"),
    kernel,
    arch: line("sys/kernel/arch"),
    cpus,
    pageBytes: pageBytesOf(tryRead(join(proc, "self/auxv"))),
    hz: hzOf(proc, kernel),
  };
}

/** Type of the entry of the auxiliary vector that holds the page size. */
const AT_PAGESZ = 6n;

/** The page size from the auxiliary vector that the kernel gives a process: pairs of 64-bit words. */
function pageBytesOf(auxv: Buffer | null): number | null {
  for (let at = 0; auxv !== null && at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return null;
}

/** CONFIG_HZ of the running kernel, from its own or the distribution's copy of the configuration. */
function hzOf(proc: string, kernel: string | null): number | null {
  const packed = tryRead(join(proc, "config.gz"));
  const own = packed === null ? null : tryUnzip(packed);
  const config = own ?? (proc === DEFAULT_PROC && kernel !== null ? tryRead(`/boot/config-${kernel}`) : null);
  const hz = /^CONFIG_HZ=(\d+)$/m.exec(config?.toString("latin1") ?? "")?.[1];
  return hz === undefined ? null : Number(hz);
}

function tryRead(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}

function tryUnzip(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes);
  } catch {
    // The configuration can't be unpacked.
    return null;
  }
}
