import { basename } from "node:path";

/** Longest name of a machine. */
const LONGEST = 64;

/** Name of the machine in a file that a command writes. */
export function machineNameOf(path: string): string {
  const name = basename(path)
    .replace(/\.json$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, LONGEST);
  // "-" is standard output.
  return name === "" || name === "-" ? "calibrated" : name;
}
