/** A trace with other settings, as the text of a trace: a run of that text is the run that the page shows. */
import { parseRate, parseSize } from "../../../common/units.ts";
import { areNone, type GuestEdits, type TargetEdit, type TraceEdits } from "../protocol.ts";
import { documentOf } from "./trace-document.ts";

type Json = Record<string, unknown>;

const SIZES = ["anon", "workingSet", "fileSet"];
const RATES = ["touch", "fileRead", "fileWrite"];

/**
 * Applies edits to a trace.
 * @param text a valid trace
 * @returns the text itself without edits
 */
export function editTrace(text: string, edits: TraceEdits): string {
  if (areNone(edits)) return text;
  const document = documentOf(text);
  // The location of the schema was relative to the file.
  delete document.$schema;
  editGuest(document.guest as Json, edits.guest);
  for (const workload of (document.workloads ?? []) as Json[]) scaleWorkload(workload, edits);
  if (edits.target !== null) document.host = { ...((document.host ?? {}) as Json), target: targetOf(edits.target) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function editGuest(guest: Json, { memory, swap, ...others }: GuestEdits): void {
  if (memory !== undefined) guest.memory = sizeText(memory);
  if (swap !== undefined) guest.swap = sizeText(swap);
  Object.assign(guest, others);
  if (others.cpus !== undefined && typeof guest.cpu === "number" && guest.cpu >= others.cpus) guest.cpu = 0;
}

function scaleWorkload(workload: Json, { scale, pace }: TraceEdits): void {
  const resized = (value: unknown): unknown => sizeText(Math.round(parseSize(value) * scale));
  const paced = (value: unknown): unknown => Number((parseRate(value) * pace).toPrecision(12));
  if (scale !== 1) {
    for (const field of SIZES) if (field in workload) workload[field] = mapSeries(workload[field], resized);
    // Never more than the scaled memory, whatever is rounded.
    if (workload.swapped !== undefined) workload.swapped = sizeText(Math.floor(parseSize(workload.swapped) * scale));
  }
  if (pace === 1) return;
  for (const field of RATES) if (field in workload) workload[field] = mapSeries(workload[field], paced);
}

/** A series in any of its forms with other values; unknown ones stay unknown. */
function mapSeries(series: unknown, map: (value: unknown) => unknown): unknown {
  if (series === null) return null;
  if (Array.isArray(series)) {
    return series.map(([at, value]: [unknown, unknown]) => [at, value === null ? null : map(value)]);
  }
  if (typeof series !== "object") return map(series);
  return { ...series, points: mapSeries((series as Json).points, map) };
}

const targetOf = ({ hold, points }: TargetEdit): Json => ({
  hold,
  points: points.map(([us, pages]) => [us / 1e6, sizeText(pages)]),
});

const UNITS = [
  ["TiB", 2 ** 28],
  ["GiB", 2 ** 18],
  ["MiB", 2 ** 8],
] as const;

/** A size as traces have it, exact: `4GiB`, else a number of pages. */
export function sizeText(pages: number): string | number {
  const unit = UNITS.find(([, size]) => pages >= size && Number.isInteger(pages / size));
  return unit === undefined ? pages : `${pages / unit[1]}${unit[0]}`;
}
