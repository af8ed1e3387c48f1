/** A trace as one JSON document, which edits can change: that of JSON lines, too, with the rows as points of series. */
import { parseTime } from "../../../common/units.ts";
import { WORKLOAD_FIELDS } from "../../trace/types.ts";

/** A value of a JSON document. */
type Json = Record<string, unknown>;

/**
 * The document of a trace.
 * @param text a valid trace, of either form
 */
export function documentOf(text: string): Json {
  const whole = parsed(text);
  if (whole !== null && whole.rows === undefined) return whole;
  const [header = "", ...rows] = text.split("\n").filter((line) => line.trim() !== "");
  return ofLines(JSON.parse(header) as Json, rows);
}

function parsed(text: string): Json | null {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** The points of a column so far. */
interface Points {
  readonly points: [unknown, unknown][];
  readonly isLinear: boolean;
}

function ofLines({ rows: declared, measured: _, ...header }: Json, lines: readonly string[]): Json {
  const columns = new Map(
    Object.entries(declared as Record<string, Json>).map(([name, column]): [string, Points] => [
      name,
      { points: [], isLinear: column.hold === "linear" },
    ]),
  );
  const events: unknown[] = [...((header.events as unknown[] | undefined) ?? [])];
  let last: unknown = 0;
  for (const line of lines) {
    const { t, event, measured, ...values } = JSON.parse(line) as Json;
    last = t;
    if (event !== undefined) {
      events.push({ at: t, ...(event as Json) });
      continue;
    }
    for (const [name, { points, isLinear }] of columns) {
      if (Object.hasOwn(values, name)) points.push([t, values[name]]);
      // The line to the next value begins in this row.
      else if (isLinear && points.length > 0) points.push([t, points.at(-1)?.[1]]);
    }
  }
  const document: Json = { ...header, duration: header.duration ?? last, ...(events.length > 0 ? { events } : {}) };
  for (const [name, { points }] of columns) place(document, name, points, (declared as Record<string, Json>)[name]);
  return document;
}

/** Puts a series where its column says: `target`, `kernelMemory`, `anon` (of the first workload) or `db/anon`. */
function place(document: Json, column: string, points: [unknown, unknown][], look: unknown): void {
  const slash = column.indexOf("/");
  const field = column.slice(slash + 1);
  const workloads = (document.workloads ?? []) as Json[];
  const isOfWorkload = slash !== -1 || (WORKLOAD_FIELDS as readonly string[]).includes(column);
  const owner =
    column === "target"
      ? section(document, "host")
      : !isOfWorkload
        ? section(document, "guest")
        : workloads[slash === -1 ? 0 : workloads.findIndex(({ name }) => name === column.slice(0, slash))];
  if (owner === undefined) throw new Error(`no place for the column ${column}`);
  // Without a row at time 0 the header has a constant, which holds until the first row.
  const begins = points.length > 0 && isAtZero(points[0]?.[0]);
  const first = begins || owner[field] === undefined ? [] : [[0, owner[field]]];
  if (first.length + points.length > 0) owner[field] = { ...(look as Json), points: [...first, ...points] };
}

const isAtZero = (time: unknown): boolean => parseTime(time) === 0;

function section(document: Json, name: string): Json {
  document[name] ??= {};
  return document[name] as Json;
}
