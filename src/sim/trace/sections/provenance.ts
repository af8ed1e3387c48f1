import { InputError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { type Ns, parseCost } from "../../../common/units.ts";
import { COST_KEYS } from "../cost-keys.ts";
import { listOf, matching, oneOf, type Reader, text } from "../decode.ts";
import { MAX_TEXT } from "../series.ts";
import type { Costs, MachineProvenance } from "../types.ts";
import { SHA256 } from "./origin.ts";

export const PROVENANCE_KEYS = ["program", "method", "base", "recordings", "score", "intervals", "kept"];

/** The field `provenance` of a machine: where its costs come from. */
export const provenance: Reader<MachineProvenance> = (value, decoder) => {
  const fields = decoder.object(value, PROVENANCE_KEYS, ["program"]);
  return {
    program: decoder.field(fields, "program", text(MAX_TEXT), ""),
    method: decoder.field(fields, "method", text(MAX_TEXT), ""),
    base: decoder.field(fields, "base", text(MAX_TEXT), null),
    recordings: decoder.field(fields, "recordings", listOf(recording), []),
    score: decoder.field(fields, "score", score, null),
    intervals: decoder.field(fields, "intervals", intervals, {}),
    kept: decoder.field(fields, "kept", listOf(costName), []),
  };
};

const recording: Reader<{ name: string; sha256: string }> = (value, decoder) => {
  const fields = decoder.object(value, ["name", "sha256"], ["name", "sha256"]);
  return {
    name: decoder.field(fields, "name", text(MAX_TEXT), ""),
    sha256: decoder.field(fields, "sha256", matching(SHA256, "64 hexadecimal digits in lower case"), ""),
  };
};

const amount: Reader<number> = (value) => {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw new InputError(`expected a number from 0, found ${describe(value)}`);
};

const score: Reader<{ before: number; after: number }> = (value, decoder) => {
  const fields = decoder.object(value, ["before", "after"], ["before", "after"]);
  return {
    before: decoder.field(fields, "before", amount, 0),
    after: decoder.field(fields, "after", amount, 0),
  };
};

const costName: Reader<keyof Costs> = (value, decoder) =>
  COST_KEYS.get(oneOf([...COST_KEYS.keys()])(value, decoder)) as keyof Costs;

const intervals: Reader<MachineProvenance["intervals"]> = (value, decoder) => {
  const fields = decoder.object(value, [...COST_KEYS.keys()]);
  const result: { -readonly [K in keyof Costs]?: readonly [Ns, Ns] } = {};
  for (const [key, field] of COST_KEYS) {
    const ends = decoder.field(fields, key, interval, undefined);
    if (ends !== undefined) result[field] = ends;
  }
  return result;
};

const interval: Reader<readonly [Ns, Ns]> = (value, decoder) => {
  const [low, high, ...others] = decoder.list(value, parseCost);
  if (low === undefined || high === undefined || others.length > 0 || low > high) {
    throw new InputError(`expected the two ends of an interval, such as ["20us", "25us"]`);
  }
  return [low, high];
};
