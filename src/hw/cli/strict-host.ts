import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { failureFor } from "../exit-codes.ts";
import type { RawSettings } from "../settings/settings.ts";

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const COMMAND = join(PACKAGE, "bin/balloon-hw.js");
/** Where the strict host is, once it was built; the package brings its sources only. */
const STRICT_HOST = join(PACKAGE, "build/Release/strict-host");

/**
 * Runs the daemon in a process of its own under the strict host, which answers its port instructions and looks at each of
 * its frames. The exit code is that of the strict host.
 * @param config the configuration file, if there is one
 * @param said settings that the command line has
 * @throws {RunError} if the strict host was not built
 */
export async function runUnderStrictHost(
  script: string,
  config: string | undefined,
  said: RawSettings,
  forUs: number | null,
): Promise<void> {
  if (!existsSync(STRICT_HOST)) {
    throw failureFor("ADDON_MISSING", 'the strict host was not built: run "npm run build:native"');
  }
  const directory = mkdtempSync(join(tmpdir(), "balloon-hw-"));
  try {
    const file = join(directory, "host.txt");
    writeFileSync(file, script);
    const inner = ["emulate", "--inside-strict-host", ...optionArguments(said)];
    if (config !== undefined) inner.push("--config", config);
    if (forUs !== null) inner.push("--for", `${forUs}us`);
    process.exitCode = await run(STRICT_HOST, ["--script", file, "--", process.execPath, COMMAND, ...inner]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Settings as arguments, which they were before. */
const optionArguments = (said: RawSettings): string[] =>
  Object.entries(said).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Runs a program, which gets the signals that this process gets, and returns its exit code. */
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
