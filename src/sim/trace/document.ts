import { InputError } from "../../common/errors.ts";
import { describe } from "../../common/quote.ts";
import { parseTime, type Us } from "../../common/units.ts";
import { checkTrace, startProblems } from "./check.ts";
import { type Column, columnsReader } from "./columns.ts";
import { documentName, type Fields, listOf, type Reader, text } from "./decode.ts";
import { guest, NO_GUEST } from "./sections/guest.ts";
import { host, NO_HOST } from "./sections/host.ts";
import { event, measured } from "./sections/log.ts";
import { NO_ORIGIN, origin } from "./sections/origin.ts";
import { workload } from "./sections/workload.ts";
import { MAX_TEXT } from "./series.ts";
import type { Trace } from "./types.ts";

/** The field `format` of every trace. */
export const FORMAT = "balloon-sim/trace";
/** The version of the format that this program reads and writes. */
export const VERSION = 1;
/** The field `format` of files that describe a host with VMs, which may be missing there. */
export const HOST_FORMAT = "balloon-sim/host";

export const DOCUMENT_KEYS = [
  "$schema",
  "format",
  "version",
  "name",
  "description",
  "duration",
  "seed",
  "origin",
  "guest",
  "workloads",
  "host",
  "events",
  "measured",
];

const ROWS_IN_DOCUMENT =
  "rows belong to a trace in JSON lines: its complete header is on the first line, and every row on its own line";

/** A decoded document: a whole trace, or the header of one in JSON lines. */
export interface TraceDocument {
  readonly trace: Trace;
  /** Columns that the rows after the header carry; null for a trace that is one JSON document. */
  readonly columns: readonly Column[] | null;
}

/**
 * A reader of a whole trace, or of the header line of a trace in JSON lines, whose `rows` names columns and whose
 * `duration` may be missing (the trace then ends with its last row; `durationUs` is Infinity).
 * @param defaultName name of a trace that gives none
 */
export function documentReader(defaultName: string, lines: boolean): Reader<TraceDocument> {
  return (value, decoder) => {
    checkFormat(value);
    const required = lines ? ["version", "guest", "rows"] : ["version", "guest", "duration"];
    const fields = decoder.object(value, [...DOCUMENT_KEYS, "rows"], required);
    if (!lines && Object.hasOwn(fields, "rows")) decoder.problem(ROWS_IN_DOCUMENT, "rows");
    decoder.field(fields, "$schema", text(MAX_TEXT), "");
    decoder.field(fields, "version", version, VERSION);
    const durationUs = decoder.field(fields, "duration", duration, Number.POSITIVE_INFINITY);
    decoder.endUs = durationUs;
    const trace: Trace = {
      name: decoder.field(fields, "name", documentName(defaultName), defaultName),
      description: decoder.field(fields, "description", text(MAX_TEXT), ""),
      origin: decoder.field(fields, "origin", origin, NO_ORIGIN),
      durationUs,
      seed: decoder.field(fields, "seed", seed, "1"),
      guest: decoder.field(fields, "guest", guest, NO_GUEST),
      workloads: decoder.field(fields, "workloads", listOf(workload), []),
      host: decoder.field(fields, "host", host, NO_HOST),
      events: decoder.field(fields, "events", listOf(event), []).sort((a, b) => a.atUs - b.atUs),
      measured: decoder.field(fields, "measured", listOf(measured(lines)), []),
    };
    const columns = lines ? decoder.field(fields, "rows", columnsReader(trace, fields), []) : null;
    // If parts could not be read, cross-checks would report the same errors again.
    if (decoder.problems.length === 0) checkTrace(trace, decoder, columns ?? []);
    if (!lines && decoder.problems.length === 0) {
      for (const { path, message } of startProblems(trace)) decoder.problem(message, ...path);
    }
    return { trace, columns };
  };
}

/** Refuses a file of another kind with one message, instead of one for every missing part. */
function checkFormat(value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`expected a trace, an object with "format": "${FORMAT}", found ${describe(value)}`);
  }
  const format: unknown = Object.hasOwn(value, "format") ? (value as Fields).format : undefined;
  if (format === HOST_FORMAT || (format === undefined && Object.hasOwn(value, "vms"))) {
    throw new InputError("this is a host with VMs, expected a trace (balloon-sim host FILE runs it)");
  }
  if (format !== FORMAT) {
    throw new InputError(`this is no trace: expected "format": "${FORMAT}", found ${describe(format)}`);
  }
}

const version: Reader<number> = (value) => {
  if (value === VERSION) return VERSION;
  throw new InputError(
    `expected version ${VERSION} of the format, the only one that this program reads, found ${describe(value)}`,
  );
};

const duration: Reader<Us> = (value) => {
  const us = parseTime(value);
  if (us === 0) throw new InputError("a trace lasts longer than 0 seconds");
  return us;
};

const seed: Reader<string> = (value, decoder) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string" && value.length > 0) return text(200)(value, decoder);
  throw new InputError(`expected a text or a whole number, found ${describe(value)}`);
};
