import { dirname, join } from "node:path";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../common/quote.ts";
import { STDIN } from "../../trace/input.ts";
import type { StudyHeader, StudyTrace } from "../types.ts";
import { readStudyHost } from "./held-host.ts";
import { readTraceText, type TraceText } from "./trace-text.ts";

/** A trace of a study, as the journal names it, and where it was found. */
export interface LocatedTrace extends TraceText {
  readonly place: string;
}

/**
 * Finds the traces of a study by the names in its journal: a path, relative to the working directory or else to the
 * study's folder, or the name of a bundled trace; each must have the content that it had when the study was made.
 * @param study path of the journal; null: standard input
 * @returns each with the path, or the name, under which it was found
 * @throws {InputError} if one is missing, or has another content
 */
export function locateTraces(
  { traces, host }: Pick<StudyHeader, "traces" | "host">,
  study: string | null,
): LocatedTrace[] {
  return traces.map((trace) => locate(trace, host, study));
}

/** Possible paths of a study's trace, in the order of the search. */
export const placesOf = (trace: string, study: string | null): string[] =>
  study === null ? [trace] : [...new Set([trace, join(dirname(study), trace)])];

function locate({ trace, sha256, machine }: StudyTrace, host: StudyHeader["host"], study: string | null): LocatedTrace {
  const kind = host === undefined ? "trace" : "host";
  const places = placesOf(trace, study);
  let isThere = false;
  for (const place of places) {
    const text = tryRead(place, host);
    if (text?.sha256 === sha256) return { ...text, trace, place, ...(machine === undefined ? {} : { machine }) };
    if (text !== null) isThere = true;
  }
  const name = study === null ? "the study" : escapeUnsafe(study);
  throw new InputError(
    isThere
      ? `${name}: the ${kind} ${quote(trace)} has changed since the study: restore it, or write the trial unchanged with --raw`
      : `${name}: the ${kind} ${quote(trace)} of the study is missing: run this in the folder where tune ran, or write the trial ` +
          "unchanged with --raw",
  );
}

/** Null if there is no such trace, or it can't be read. */
function tryRead(place: string, host: StudyHeader["host"]): TraceText | null {
  // No study has a trace that can be read only once, and standard input is not to be waited for.
  if (place === STDIN) return null;
  try {
    return host === undefined ? readTraceText(place) : readStudyHost(place, host.replaced).text;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
