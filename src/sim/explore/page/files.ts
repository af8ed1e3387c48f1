/** What can be taken away: names of files, their texts, and the command that makes the same rows. */
import { fileArgument, shellLine } from "../../../common/shell-line.ts";
import type { DriverModel } from "../model.ts";
import { areNone, type Export } from "../protocol.ts";
import { isNameless, type State } from "./state.ts";

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

/**
 * The command that prints the rows of the page.
 * @param isFile whether there is a file of the trace, apart from edits; else the command names the one that the button Trace saves
 */
export function commandOf(state: State, isFile = !isNameless(state.trace)): string {
  const { trace, driver, rates, edits } = state;
  const sets = Object.entries(rates).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const file = isFile && areNone(edits) ? trace : traceFileOf({ trace, edits });
  return shellLine([
    "balloon-sim",
    "run",
    fileArgument(file),
    ...(driver === null ? [] : ["--driver", driver]),
    ...sets,
  ]);
}
