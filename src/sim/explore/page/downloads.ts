/** What can be taken away: files, and the command that makes the same rows. */
import { byId } from "../../report/page/dom.ts";
import { shellLine } from "../../report/shell-line.ts";
import type { DriverModel } from "../model.ts";
import { areNone, type Export } from "../protocol.ts";
import type { State } from "./state.ts";

/** Saves a text as a file. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Chromium has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Name of the file of an export, and its type. */
export function fileOf(what: Export, { trace, edits }: State): { readonly name: string; readonly type: string } {
  if (what === "trace") return { name: traceFileOf({ trace, edits }), type: "application/json" };
  const base = baseOf(trace);
  return what === "rows" ? { name: `${base}.csv`, type: "text/csv" } : { name: `${base}.svg`, type: "image/svg+xml" };
}

const baseOf = (trace: string): string => trace.replace(/^.*\//, "").replace(/\.(?:jsonl?|ndjson)$/, "");

/** The file of an edited trace; the trace's own name without edits. */
export const traceFileOf = ({ trace, edits }: Pick<State, "trace" | "edits">): string =>
  areNone(edits)
    ? /\.jsonl?$/.test(trace)
      ? trace.replace(/^.*\//, "")
      : `${baseOf(trace)}.json`
    : `${baseOf(trace)}-edited.json`;

/** All values of the driver's parameters, as a file for `--rates`. */
export const ratesText = ({ name, params }: DriverModel, { rates }: State): string =>
  `${JSON.stringify({ driver: name, ...Object.fromEntries(params.map((param) => [param.name, rates[param.name] ?? param.default])) }, null, 2)}\n`;

/** The command that prints the rows of the page. */
export function commandOf({ trace, driver, rates, edits }: State): string {
  const sets = Object.entries(rates).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const file = areNone(edits) ? trace : traceFileOf({ trace, edits });
  return shellLine(["balloon-sim", "run", file, ...(driver === null ? [] : ["--driver", driver]), ...sets]);
}

/** Shows the command. */
export function showCommand(state: State): void {
  byId("command").textContent = commandOf(state);
  byId("command-note").hidden = areNone(state.edits);
}
