import { InputError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { integer, listOf, matching, nullable, oneOf, positive, type Reader, text } from "../decode.ts";
import { MAX_TEXT } from "../series.ts";
import type { Origin } from "../types.ts";

export const ORIGIN_KEYS = [
  "kind",
  "note",
  "files",
  "licence",
  "epoch",
  "zone",
  "zoneSource",
  "sampleSeconds",
  "importer",
];
export const ORIGIN_KINDS = ["synthetic", "measured", "imported"] as const;
export const ZONE_SOURCES = ["file", "user", "assumed"] as const;
export const SHA256 = /^[0-9a-f]{64}$/;
/** An instant in ISO 8601, with its offset from UTC. */
export const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const MAX_NAME = 255;
const YEAR_SECONDS = 31_557_600;

/** Origin of a trace that does not name one: written by hand. */
export const NO_ORIGIN: Origin = {
  kind: "synthetic",
  note: null,
  files: [],
  licence: null,
  epoch: null,
  zone: null,
  zoneSource: null,
  sampleSeconds: null,
  importer: null,
};

export const origin: Reader<Origin> = (value, decoder) => {
  const fields = decoder.object(value, ORIGIN_KEYS, ["kind"]);
  return {
    kind: decoder.field(fields, "kind", oneOf(ORIGIN_KINDS), "synthetic"),
    note: decoder.field(fields, "note", nullable(text(MAX_TEXT)), null),
    files: decoder.field(fields, "files", listOf(file), []),
    licence: decoder.field(fields, "licence", nullable(text(MAX_TEXT)), null),
    epoch: decoder.field(
      fields,
      "epoch",
      nullable(matching(INSTANT, 'an instant such as "2026-11-22T14:00:41Z"')),
      null,
    ),
    zone: decoder.field(fields, "zone", nullable(text(MAX_NAME)), null),
    zoneSource: decoder.field(fields, "zoneSource", nullable(oneOf(ZONE_SOURCES)), null),
    sampleSeconds: decoder.field(fields, "sampleSeconds", nullable(positive(YEAR_SECONDS)), null),
    importer: decoder.field(fields, "importer", nullable(importer), null),
  };
};

const file: Reader<Origin["files"][number]> = (value, decoder) => {
  const fields = decoder.object(value, ["name", "sha256", "bytes"], ["name"]);
  return {
    name: decoder.field(fields, "name", text(MAX_TEXT), ""),
    sha256: decoder.field(fields, "sha256", nullable(matching(SHA256, "64 hexadecimal digits in lower case")), null),
    bytes: decoder.field(fields, "bytes", nullable(integer(0, Number.MAX_SAFE_INTEGER)), null),
  };
};

const importer: Reader<NonNullable<Origin["importer"]>> = (value, decoder) => {
  const fields = decoder.object(value, ["name", "version", "options"], ["name", "version"]);
  return {
    name: decoder.field(fields, "name", text(MAX_NAME), ""),
    version: decoder.field(fields, "version", text(MAX_NAME), ""),
    options: decoder.field(fields, "options", anyObject, {}),
  };
};

/** The importer's own data, not checked. */
const anyObject: Reader<Readonly<Record<string, unknown>>> = (value) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError(`expected an object, found ${describe(value)}`);
};
