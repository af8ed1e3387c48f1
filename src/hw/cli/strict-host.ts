import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { failureFor } from "../exit-codes.ts";
import type { RawSettings } from "../settings/settings.ts";
import { withRunDirectory } from "./run-directory.ts";

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const COMMAND = join(PACKAGE, "bin/balloon-hw.js");
/** Path of the strict host; the package contains only its sources. */
const STRICT_HOST = join(PACKAGE, "build/Release/strict-host");

/**
 * Runs the daemon in a process of its own under the strict host, which answers the daemon's port instructions and
 * checks each of its frames. The exit code is that of the strict host.
 * @param options the configuration file, if there is one, and whether to start beside the daemon of `balloon-hw run`
 * @param said settings of the command line
 * @param forUs length of the run, in microseconds; Infinity: until a signal
 * @throws {RunError} if the strict host was not built
 */
export async function runUnderStrictHost(
  script: string,
  { config, force }: { readonly config?: string; readonly force: boolean },
  said: RawSettings,
  forUs: number,
): Promise<void> {
  if (!existsSync(STRICT_HOST)) {
    throw failureFor(
      "ADDON_MISSING",
      `the strict host is not built: the package brings its sources; run "npm run build:native" in ${PACKAGE}, which takes a C++ compiler, make and Python`,
    );
  }
  await withRunDirectory(async (directory) => {
    const file = join(directory, "host.txt");
    writeFileSync(file, script);
    const inner = ["emulate", "--inside-strict-host", ...optionArguments(said)];
    if (config !== undefined) inner.push("--config", config);
    if (force) inner.push("--force");
    if (Number.isFinite(forUs)) inner.push("--for", `${forUs}us`);
    process.exitCode = await run(STRICT_HOST, ["--script", file, "--", process.execPath, COMMAND, ...inner]);
  });
}

/** Settings as command-line arguments. */
const optionArguments = (said: RawSettings): string[] =>
  Object.entries(said).flatMap(([name, value]) => {
    if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
    return [`--${name}`, String(value)];
  });

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Runs a program, passes this process's signals on to it, and returns its exit code. */
function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    const pass = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once("error", reject);
    child.once("exit", (code) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });
}
