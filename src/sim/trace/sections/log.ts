/** Parts of a trace that the simulation does not use: events, and series in their source's own units. */
import { InputError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { formatTime, parseTime } from "../../../common/units.ts";
import { type Decoder, matching, nullable, oneOf, positive, type Reader, text, timeInside } from "../decode.ts";
import { MAX_TEXT, PROVENANCES, points } from "../series.ts";
import type { MeasuredSeries, TraceEvent } from "../types.ts";

export const EVENT_TYPES = [
  "power-on",
  "power-off",
  "restart",
  "gap",
  "reset",
  "duplicate",
  "counter-wrap",
  "comment",
] as const satisfies readonly TraceEvent["type"][];
export const MEASURED_KEYS = ["quantity", "field", "unit", "kind", "aggregate", "window", "how", "points"];
export const KINDS = ["gauge", "counter", "rate"] as const;
export const AGGREGATES = ["instant", "mean", "max", "sum"] as const;
/** Name of a measured quantity; names outside of the format's list begin with `x-`. */
export const QUANTITY_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const MAX_WINDOW_SECONDS = 31_557_600;

export const event: Reader<TraceEvent> = (value, decoder) => {
  const fields = decoder.object(value, ["at", "until", "type", "text"], ["at", "type"]);
  return eventAt(fields, decoder, decoder.field(fields, "at", timeInside, 0));
};

/** An event between the rows of a JSON-lines trace, with the time of its row. */
export function rowEvent(atUs: number): Reader<TraceEvent> {
  return (value, decoder) => eventAt(decoder.object(value, ["until", "type", "text"], ["type"]), decoder, atUs);
}

function eventAt(fields: Readonly<Record<string, unknown>>, decoder: Decoder, atUs: number): TraceEvent {
  const untilUs = decoder.field(fields, "until", nullable(parseTime), null);
  if (untilUs !== null && untilUs < atUs) {
    decoder.problem(`${formatTime(untilUs)} is before the event's beginning, ${formatTime(atUs)}`, "until");
  }
  return {
    atUs,
    untilUs,
    type: decoder.field(fields, "type", oneOf(EVENT_TYPES), "comment"),
    text: decoder.field(fields, "text", text(MAX_TEXT), ""),
  };
}

/** A value in its source's unit: any number, null for a missing one. */
export function measuredValue(value: unknown): number {
  if (value === null) return Number.NaN;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InputError(`expected a number or null, found ${describe(value)}`);
}

/** A measured series; in a JSON-lines trace its values may be in the rows instead of `points`. */
export function measured(inRows: boolean): Reader<MeasuredSeries> {
  return (value, decoder) => {
    const fields = decoder.object(value, MEASURED_KEYS, inRows ? ["quantity", "unit"] : ["quantity", "unit", "points"]);
    const rules = { parse: measuredValue, endUs: decoder.endUs, log: true };
    const read = decoder.field(fields, "points", (list, d) => points(list, d, rules), { at: [], value: [] });
    return {
      quantity: decoder.field(fields, "quantity", matching(QUANTITY_NAME, 'a name such as "active" or "x-steal"'), ""),
      field: decoder.field(fields, "field", nullable(text(MAX_TEXT)), null),
      unit: decoder.field(fields, "unit", text(64), ""),
      kind: decoder.field(fields, "kind", oneOf(KINDS), "gauge"),
      aggregate: decoder.field(fields, "aggregate", oneOf(AGGREGATES), "instant"),
      windowSeconds: decoder.field(fields, "window", nullable(positive(MAX_WINDOW_SECONDS)), null),
      how: decoder.field(fields, "how", oneOf(PROVENANCES), "measured"),
      atUs: read.at,
      values: read.value,
    };
  };
}
