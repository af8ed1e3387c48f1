import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InputError } from "../../common/errors.ts";
import { KIB_PER_PAGE } from "../../common/units.ts";
import { MachineFiles } from "../machine/files.ts";

/** The first line of a script. */
const HEAD = "balloon-host 1";
/** The program that reads traces. The daemon starts it, because the daemon has no code of the simulator. */
const SIMULATOR = fileURLToPath(new URL("../../../bin/balloon-sim.js", import.meta.url));

/** How the simulator begins a line about what a script can't express. */
const NOTE = "balloon-sim: note: ";

/** A script, and what of its trace's host it leaves out, a sentence each. */
export interface HostScript {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * The script of an emulated host.
 * @param trace a file with a script, or the file or name of a trace; undefined: a short demonstration
 * @throws {InputError} if it does not exist, or is invalid
 */
export function hostScript(trace: string | undefined): HostScript {
  if (trace === undefined) return { text: demonstration(new MachineFiles()), notes: [] };
  const text = existsSync(trace) && statSync(trace).isFile() ? readFileSync(trace, "utf8") : "";
  return text.startsWith(HEAD) ? { text, notes: [] } : scriptOfTrace(trace);
}

/** A target of an eighth of the available memory after five seconds, and of 0 half a minute later. */
function demonstration(files: MachineFiles): string {
  const available = /^MemAvailable:\s+(\d+)/m.exec(files.read("proc/meminfo") ?? "")?.[1] ?? "0";
  const pages = Math.floor(Number(available) / KIB_PER_PAGE / 8);
  return `${HEAD}\ncapabilities batched batched-2m 64-bit-target\ntarget 0 0\ntarget 5000000 ${pages}\ntarget 35000000 0\n`;
}

function scriptOfTrace(trace: string): HostScript {
  const args = [SIMULATOR, "show", trace, "--host-script"];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status === 0) {
    const notes = stderr.split("\n").filter((line) => line.startsWith(NOTE));
    return { text: stdout, notes: notes.map((line) => line.slice(NOTE.length)) };
  }
  throw new InputError(stderr.trim().replace(/^balloon-sim: /, ""));
}
