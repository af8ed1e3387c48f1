import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InputError } from "../../common/errors.ts";
import { MachineFiles } from "../machine/files.ts";

/** The first line of a script. */
const HEAD = "balloon-host 1";
/** What reads traces; it is a program of its own, because the daemon knows nothing of the simulator. */
const SIMULATOR = fileURLToPath(new URL("../../../bin/balloon-sim.js", import.meta.url));

const KIB_PER_PAGE = 4;

/**
 * The script of an emulated host.
 * @param trace a file with a script, or the file or name of a trace; undefined: a short demonstration
 * @throws {InputError} if there is no such thing, or it can't be used
 */
export function hostScript(trace: string | undefined): string {
  if (trace === undefined) return demonstration(new MachineFiles());
  const text = existsSync(trace) && statSync(trace).isFile() ? readFileSync(trace, "utf8") : "";
  return text.startsWith(HEAD) ? text : scriptOfTrace(trace);
}

/** An eighth of the available memory after five seconds, and nothing any more half a minute later. */
function demonstration(files: MachineFiles): string {
  const available = /^MemAvailable:\s+(\d+)/m.exec(files.read("proc/meminfo") ?? "")?.[1] ?? "0";
  const pages = Math.floor(Number(available) / KIB_PER_PAGE / 8);
  return `${HEAD}\ntarget 0 0\ntarget 5000000 ${pages}\ntarget 35000000 0\n`;
}

function scriptOfTrace(trace: string): string {
  const args = [SIMULATOR, "show", trace, "--host-script"];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new InputError(stderr.trim().replace(/^balloon-sim: /, ""));
}
