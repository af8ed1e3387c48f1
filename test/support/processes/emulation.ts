import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Capability } from "../../../src/engine/index.ts";
import type { Addon, NativeWorker, WorkerOptions } from "../../../src/hw/native/addon.ts";
import { readSystemVendor } from "../../../src/hw/native/detect.ts";
import { loadAddon } from "../../../src/hw/native/load.ts";
import { ROOT } from "./command.ts";

const SOURCES = join(ROOT, "native/emulation");
/** Compiled programs stay for the next tests; no other program looks here. */
const BUILD = join(ROOT, "node_modules/.cache/balloon-emulation");

const HOST = ["script.cc", "host_state.cc", "host.cc"];
const PROGRAMS = {
  "strict-host": [
    ...HOST,
    "../backdoor.cc",
    ...["guest_pages", "start_guest", "tracer", "main"].map((name) => `strict/${name}.cc`),
  ],
  "test-guest": [...HOST, "port_trap.cc", "own_frames.cc", "in_process.cc", "test_guest.cc"],
} as const;

/** Why the emulated hosts can't run here; undefined where they can. */
export function emulationMissing(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "needs Linux on x86-64";
  if (process.getuid?.() !== 0) return "needs root, to see frame numbers";
  if (spawnSync("g++", ["--version"]).status !== 0) return "needs g++";
  if (readSystemVendor() === "VMware, Inc.") return "VMware itself answers the port instruction here";
  return undefined;
}

/** Why the addon can't run under an emulated host here; undefined where it can. */
export function addonMissing(): string | undefined {
  try {
    loadAddon();
  } catch (error) {
    return (error as Error).message;
  }
  return emulationMissing();
}

/**
 * Opens the addon's worker, with real pages, under the in-process host.
 * @param script lines of the host's script behind its first
 */
export function openEmulatedWorker(
  addon: Addon,
  options: Partial<WorkerOptions>,
  script: readonly string[],
): Promise<NativeWorker> {
  const all: WorkerOptions = {
    ...{ backdoor: "emulated", ioPermission: "none", pin: "auto" },
    ...{ arenaPages: 65_536, slotPages: 512, floorPages: 0, psiFullLimit: 100, capabilities: Capability.Basic },
    ...options,
    script: `${["balloon-host 1", ...script].join("\n")}\n`,
  };
  return new Promise((resolve, reject) => {
    addon.openWorker(all, (failure, worker) => {
      if (worker === null) reject(new Error(failure?.message));
      else resolve(worker);
    });
  });
}

/** A suffix for the name of a suite that is skipped. */
export const because = (reason: string | undefined): string => (reason === undefined ? "" : ` (${reason})`);

/** Path of a program of the emulation, compiled with warnings as errors where its sources are newer. */
export function emulationProgram(name: keyof typeof PROGRAMS): string {
  const path = join(BUILD, name);
  const newest = Math.max(...[join(ROOT, "native"), SOURCES, join(SOURCES, "strict")].flatMap(timesOf));
  if (existsSync(path) && statSync(path).mtimeMs > newest) return path;
  mkdirSync(BUILD, { recursive: true });
  const mine = `${path}.${process.pid}`;
  const flags = ["-std=c++17", "-O2", "-fno-exceptions", "-fno-rtti", "-pthread"];
  const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];
  const { status, stderr } = spawnSync("g++", [...flags, ...warnings, "-o", mine, ...PROGRAMS[name]], {
    cwd: SOURCES,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${name} does not compile:\n${stderr}`);
  // Whole at once: another test may be about to start it.
  renameSync(mine, path);
  return path;
}

const timesOf = (directory: string): number[] =>
  readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs);

/** What became of a guest that was told what to do. */
export interface GuestRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What each line of the guest came to. */
  readonly answers: readonly string[];
  readonly stderr: string;
  /** The strict host's report. */
  readonly report?: StrictReport;
}

/** The strict host's report, as it writes it. */
export interface StrictReport {
  readonly exit: number;
  readonly violation: string | null;
  readonly commands: number;
  readonly nsPerCommand: number;
  readonly checksOfAllPages: number;
  readonly entriesRead: number;
  readonly resets: number;
  readonly mostLocked: number;
  readonly locked: number;
}

export const HOSTS = ["in-process", "strict"] as const;
export type EmulatedHost = (typeof HOSTS)[number];

/**
 * Runs the tests' guest under an emulated host.
 * @param script lines of the host's script behind its first
 * @param lines what the guest does; see native/emulation/test_guest.cc
 */
export function runGuest(
  host: EmulatedHost,
  directory: string,
  script: readonly string[],
  lines: readonly string[],
): GuestRun {
  const scriptFile = join(directory, "script");
  const reportFile = join(directory, "report.json");
  writeFileSync(scriptFile, `${["balloon-host 1", ...script].join("\n")}\n`);
  const guest = emulationProgram("test-guest");
  const [command, args] =
    host === "in-process"
      ? [guest, ["--in-process", scriptFile]]
      : [emulationProgram("strict-host"), ["--script", scriptFile, "--report", reportFile, "--", guest]];
  const { status, signal, stdout, stderr } = spawnSync(command, args, {
    input: lines.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
    timeout: 60_000,
    // A strict host passes on to its guest what it can.
    killSignal: "SIGKILL",
  });
  const report = host === "strict" && existsSync(reportFile) ? { report: parse(reportFile) } : {};
  return { status, signal, answers: stdout.trimEnd().split("\n"), stderr, ...report };
}

const parse = (file: string): StrictReport => JSON.parse(readFileSync(file, "utf8")) as StrictReport;

/** What an emulated host keeps in the file of its script's `state`. */
export interface HostState {
  readonly locked: number;
  readonly target: number;
  readonly resets: number;
  readonly resetPending: boolean;
  readonly violations: number;
  readonly limit: number;
  /** Commands by number: START, GET_TARGET, LOCK, UNLOCK, GUEST_ID. */
  readonly commands: readonly number[];
  readonly refused: readonly number[];
  readonly mostLocked: number;
  /** Capabilities that the last START was granted. */
  readonly granted: number;
  /** Batches by number: BATCHED_LOCK, BATCHED_UNLOCK, and those of pages of 2 MiB. */
  readonly batches: readonly number[];
  readonly refusedBatches: readonly number[];
}

const HEADER_BYTES = 4096;

/** Reads the state that an emulated host keeps in a file; it may be in use. */
export function readHostState(file: string): HostState {
  // The book behind the header has a bit for each of four milliards of frames.
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, "r");
  readSync(descriptor, header);
  closeSync(descriptor);
  const at = (offset: number): number => Number(header.readBigUInt64LE(offset));
  const several = (offset: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => at(offset + 8 * index));
  return {
    locked: at(24),
    target: at(32),
    resets: at(40),
    resetPending: at(48) !== 0,
    violations: at(56),
    limit: at(80),
    commands: several(88, 5),
    refused: several(128, 5),
    mostLocked: at(200),
    granted: at(3424),
    batches: several(3432, 4),
    refusedBatches: several(3464, 4),
  };
}
