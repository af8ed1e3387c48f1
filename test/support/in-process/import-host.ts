import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callBalloonSim } from "./command.ts";

/** A host file as it was written. */
export interface HostFile {
  readonly name: string;
  readonly description: string;
  readonly duration: string;
  readonly host: { readonly memory: string; readonly reserved?: string };
  readonly policy: string;
  readonly defaults: Record<string, unknown>;
  readonly vms: readonly (Record<string, unknown> & { readonly name: string; readonly trace: string })[];
}

/** Imports hosts from texts, each in a directory of its own below `scratch`, into its folder `out`. */
export function hostImports(scratch: string) {
  let count = 0;
  const fresh = (): string => {
    const path = join(scratch, `d${count++}`);
    mkdirSync(path);
    return path;
  };
  const importHost = async (logs: Readonly<Record<string, string>>, ...options: string[]) => {
    const directory = fresh();
    for (const [name, text] of Object.entries(logs)) writeFileSync(join(directory, name), text);
    const names = Object.keys(logs);
    const result = await callBalloonSim(["import", ...names, "--host", "-o", "out", ...options], { cwd: directory });
    const out = join(directory, "out");
    const file = join(out, "host.json");
    const host = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as HostFile) : null;
    return { ...result, directory, out, host };
  };
  /** An import that must succeed, with a host file that is valid. */
  const hostOf = async (logs: Readonly<Record<string, string>>, ...options: string[]) => {
    const result = await importHost(logs, ...options);
    const { host } = result;
    if (host === null) throw new Error(`no host file: ${result.stderr}`);
    const checked = await callBalloonSim(["validate", join(result.out, "host.json")]);
    if (checked.status !== 0) throw new Error(`invalid: ${checked.stdout}${checked.stderr}`);
    return { ...result, host };
  };
  return { fresh, importHost, hostOf };
}
