import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BIN = { sim: join(ROOT, "bin/balloon-sim.js"), hw: join(ROOT, "bin/balloon-hw.js") };

export interface CommandOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without what would change how a command behaves. */
export function environment(extra: CommandOptions["env"] = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ["BALLOON_DEBUG", "NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS", "CI"]) delete env[name];
  return { ...env, ...extra };
}

/** Runs `balloon-sim` as a user does. */
export function balloonSim(args: readonly string[], options: CommandOptions = {}): CommandResult {
  return command(BIN.sim, args, options);
}

/** Runs `balloon-hw` as a user does. */
export function balloonHw(args: readonly string[], options: CommandOptions = {}): CommandResult {
  return command(BIN.hw, args, options);
}

function command(bin: string, args: readonly string[], { cwd, input, env }: CommandOptions): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [bin, ...args], {
    cwd: cwd ?? ROOT,
    input: input ?? "",
    env: environment(env),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/**
 * Arguments of Node with which a program executes runs in its own thread unless it is told a number of threads. Threads, of
 * which each compiles the simulator again, double the processor time of a short command, while other tests have the other
 * processors.
 */
export const IN_ONE_THREAD = ["--require", join(ROOT, "test/support/processes/one-processor.cjs")] as const;

/** Runs a line of shell in which `balloon-sim` is the command under test, in one thread, and `pipefail` is set. */
export function shell(line: string, cwd = ROOT): CommandResult {
  const program = [process.execPath, ...IN_ONE_THREAD, BIN.sim].map((word) => `"${word}"`).join(" ");
  const script = `set -o pipefail; balloon-sim() { ${program} "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { cwd, env: environment(), encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Starts `balloon-sim` and leaves it running. */
export function startBalloonSim(
  args: readonly string[],
  env: CommandOptions["env"] = {},
  cwd: string = ROOT,
): ChildProcess {
  return started(BIN.sim, args, env, cwd);
}

/** Starts `balloon-hw` and leaves it running. */
export function startBalloonHw(args: readonly string[], env: CommandOptions["env"] = {}): ChildProcess {
  return started(BIN.hw, args, env);
}

const started = (bin: string, args: readonly string[], env: CommandOptions["env"], cwd: string = ROOT): ChildProcess =>
  spawn(process.execPath, [bin, ...args], { cwd, env: environment(env), stdio: ["ignore", "pipe", "pipe"] });

/** A directory that is removed after the tests of the file. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "balloon-test-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
