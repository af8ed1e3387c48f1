import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./command.ts";
import { emulationProgram, type HostState, readHostState, type StrictReport } from "./emulation.ts";

/** A row of `--cycles`. */
export interface CycleRow {
  readonly cycle: number;
  readonly time_s: number;
  readonly duration_us: number;
  readonly target: number;
  readonly size: number;
  readonly rate_alloc: number;
  readonly rate_free: number;
  readonly slow: number;
  readonly allocated: number;
  readonly freed: number;
  readonly refused: number;
}

/** Columns that the policy decides; times depend on the machine. */
export const POLICY_COLUMNS = [
  ...["target", "size", "rate_alloc", "rate_free", "slow", "allocated", "freed", "refused"],
] as const;

/** Rows of a CSV whose cells are numbers. */
export function parseRows<Row>(csv: string): Row[] {
  const [head = "", ...lines] = csv.trimEnd().split("\n");
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, Number(cells[index])])) as Row;
  });
}

export interface EmulatedDaemonOptions {
  /** A new directory, or that of a daemon before it whose host goes on. */
  readonly directory: string;
  /** Lines of the host's script behind its first. */
  readonly script: readonly string[];
  readonly strict?: boolean;
  /** More arguments of `balloon-hw emulate`. */
  readonly args?: readonly string[];
  /** Where the package is that it runs from. */
  readonly root?: string;
  /** A module that Node loads before the daemon, and variables for it. */
  readonly preload?: { readonly module: string; readonly env: Readonly<Record<string, string>> };
}

/** The whole daemon, in a process of its own, under an emulated host. */
export class EmulatedDaemon {
  readonly child: ChildProcess;
  /** Answers when the process has ended. */
  readonly exited: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #directory: string;
  #log = "";

  constructor({ directory, script, strict = false, args = [], root = ROOT, preload }: EmulatedDaemonOptions) {
    this.#directory = directory;
    const scriptFile = join(directory, "host.txt");
    writeFileSync(scriptFile, `${["balloon-host 1", `state ${join(directory, "state")}`, ...script].join("\n")}\n`);
    const cycles = args.includes("--cycles") ? [] : ["--cycles", join(directory, "cycles.csv")];
    const daemon = [join(root, "bin/balloon-hw.js"), "emulate", ...cycles, ...args];
    const [command, all] = strict
      ? [
          emulationProgram("strict-host"),
          [
            ...["--script", scriptFile, "--report", join(directory, "report.json")],
            ...["--", process.execPath, ...daemon, "--inside-strict-host"],
          ],
        ]
      : [process.execPath, [...daemon, scriptFile]];
    const options = preload === undefined ? [] : ["--import", preload.module];
    const env = { ...process.env, ...preload?.env };
    this.child = spawn(command, [...options, ...all], { cwd: ROOT, env, stdio: ["ignore", "inherit", "pipe"] });
    this.child.stderr?.on("data", (text) => {
      this.#log += text;
    });
    this.exited = new Promise((resolve) => {
      this.child.once("close", (status, signal) => resolve({ status, signal }));
    });
  }

  /** What it has written to standard error. */
  get log(): string {
    return this.#log;
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Rows of the cycles that have ended; the last one may be being written. */
  cycles(): CycleRow[] {
    const file = join(this.#directory, "cycles.csv");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return parseRows(text.slice(0, text.lastIndexOf("\n") + 1));
  }

  /** What the host knows now; undefined before it has begun. */
  host(): HostState | undefined {
    const file = join(this.#directory, "state");
    return existsSync(file) ? readHostState(file) : undefined;
  }

  /** The strict host's report, when it has ended. */
  report(): StrictReport {
    return JSON.parse(readFileSync(join(this.#directory, "report.json"), "utf8")) as StrictReport;
  }

  /**
   * Waits until something holds.
   * @throws {Error} with the daemon's log, if it ends before, or does not do it in time
   */
  async until(holds: () => boolean, what: string, timeoutMs = 120_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!holds()) {
      if (this.isOver || performance.now() > deadline) {
        throw new Error(`the daemon ${this.isOver ? "ended" : "ran"} without this: ${what}\n${this.#log}`);
      }
      await sleep(10);
    }
  }

  /** Ends it as a service manager does, and waits. */
  async stop(): Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }> {
    this.child.kill("SIGTERM");
    return this.exited;
  }

  /** Kills it without a word, and waits. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }
}

/** Pages that long-term pins hold, all over the machine. */
export function pinnedPages(): number {
  const text = readFileSync("/proc/vmstat", "utf8");
  const count = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return count("nr_foll_pin_acquired") - count("nr_foll_pin_released");
}
