import { COST_FIELDS, type Costs } from "./types.ts";

/** Names of the costs in a file, whose values have units: `swapWrite` for `swapWriteNs`. */
export const COST_KEYS: ReadonlyMap<string, keyof Costs> = new Map(
  COST_FIELDS.map((field) => [field.slice(0, -"Ns".length), field]),
);

/** What to do with the name of a cost outside of `costs`; empty for other keys. */
export const costHint = (key: string): string => (COST_KEYS.has(key) ? `: it is a cost, and belongs in "costs"` : "");

/** The name of a cost in a file. */
export const costKey = (field: keyof Costs): string => field.slice(0, -"Ns".length);
