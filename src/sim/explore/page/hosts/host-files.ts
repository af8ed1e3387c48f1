/** The files that the page of hosts makes. */
import type { HostExport } from "../../hosts/protocol.ts";
import type { AskedFile } from "../errands.ts";
import { fileNameOf, type HostState } from "./host-state.ts";

/** Name of the file of an export, and its type. */
export function hostFileOf(what: HostExport, { host }: Pick<HostState, "host">): AskedFile {
  const base = fileNameOf(host)
    .replace(/^.*\//, "")
    .replace(/\.json$/, "");
  return what === "file"
    ? { name: `${base}-edited.json`, type: "application/json" }
    : { name: `${base}.csv`, type: "text/csv" };
}
