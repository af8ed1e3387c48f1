/** What the module of a policy says of itself, checked and completed. */
import { didYouMean } from "../../../common/nearest.ts";
import { describe, escapeUnsafe, quote } from "../../../common/quote.ts";
import { MAX_TIME_US, type Us } from "../../../common/units.ts";
import type { HostParam, NumberParam } from "../params.ts";
import { TARGET_POLICIES } from "../policies/index.ts";
import type { GoalKind, Needs, TargetPolicy } from "../target-policy.ts";
import { HOST_FIELDS, VM_FIELDS } from "../view.ts";
import type { Loaded } from "./protocol.ts";

/** A policy without `create`. */
export type Description = Omit<TargetPolicy, "create">;

/** A part of a policy is not what it should be. The message begins with the name of the part. */
export class Malformed extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const KEYS = ["name", "meaning", "params", "everyUs", "sampleUs", "samplingUs", "populates", "goal", "needs", "create"];
const PARAM_KEYS = ["name", "kind", "default", "min", "max", "atMost", "choices", "meaning"];
const NEEDS_KEYS = ["host", "vm", "vmOneOf", "optionalHost", "optionalVm"];
const NUMBER_KINDS: readonly NumberParam["kind"][] = ["bytes", "time", "ratio", "count", "switch"];
const GOALS: readonly GoalKind[] = ["change", "free", "none"];
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
const MAX_MEANING = 400;
const MAX_PARAMS = 100;

/**
 * The description in the module's default export.
 * @throws {Malformed} the first fault
 */
export function descriptionOf({ fields, functions }: Loaded): Description {
  const policy = fields as Fields;
  knownKeys([...Object.keys(policy), ...functions], KEYS, "");
  if (!functions.includes("create")) {
    throw new Malformed('"create" is missing: expected a function that returns { decide(view) { … } }');
  }
  const name = nameOf(policy.name, '"name"', "a name");
  if (TARGET_POLICIES.has(name)) throw new Malformed(`"name" is ${quote(name)}, a bundled policy: choose another name`);
  const sampleUs = policy.sampleUs ?? null;
  return {
    name,
    meaning: textOf(policy.meaning, '"meaning"'),
    params: optional(policy.params, [], paramsOf),
    everyUs: timeOf(policy.everyUs, '"everyUs"'),
    sampleUs: sampleUs === null ? null : timeOf(sampleUs, '"sampleUs"'),
    ...(policy.samplingUs === undefined ? {} : { samplingUs: timeOf(policy.samplingUs, '"samplingUs"') }),
    populates: optional(policy.populates, false, booleanOf),
    goal: optional(policy.goal, "none", (goal) => oneOf(goal, GOALS, '"goal"')),
    needs: optional(policy.needs, { host: [[]], vm: [] }, needsOf),
  };
}

const optional = <T>(value: unknown, otherwise: T, read: (value: unknown) => T): T =>
  value === undefined ? otherwise : read(value);

function knownKeys(keys: readonly string[], known: readonly string[], place: string): void {
  for (const key of keys) {
    if (known.includes(key)) continue;
    const near = didYouMean(key, known) || ` (known: ${known.join(", ")})`;
    throw new Malformed(`${place}unknown field ${quote(key)}${near}`);
  }
}

const expected = (place: string, what: string, value: unknown): Malformed =>
  new Malformed(
    value === undefined ? `${place} is missing: expected ${what}` : `${place} is ${describe(value)}: expected ${what}`,
  );

function nameOf(value: unknown, place: string, what: string): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw expected(place, `${what} of up to 40 letters, digits, _ and -, which begins with a letter`, value);
}

function textOf(value: unknown, place: string): string {
  const text = typeof value === "string" ? value.trim() : "";
  if (text !== "" && text.length <= MAX_MEANING) return escapeUnsafe(text);
  throw expected(place, `a sentence of up to ${MAX_MEANING} characters`, value);
}

function timeOf(value: unknown, place: string): Us {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_TIME_US) return value;
  throw expected(place, "a time above 0 in whole microseconds", value);
}

function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw expected('"populates"', "true or false", value);
}

function oneOf<T extends string>(value: unknown, known: readonly T[], place: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw expected(place, known.map((one) => quote(one)).join(", "), value);
}

function listOf<T>(value: unknown, place: string, read: (item: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) throw expected(place, "an array", value);
  return value.map((item, index) => read(item, `${place}[${index}]`));
}

function objectOf(value: unknown, place: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected(place, "an object", value);
  knownKeys(Object.keys(value), known, `${place}: `);
  return value as Fields;
}

function paramsOf(value: unknown): HostParam[] {
  const params = listOf(value, "params", paramOf);
  if (params.length > MAX_PARAMS)
    throw new Malformed(`params has ${params.length} entries: expected up to ${MAX_PARAMS}`);
  for (const [index, param] of params.entries()) {
    const place = `params[${index}]`;
    if (params.findIndex(({ name }) => name === param.name) < index) {
      throw new Malformed(`${place}: another parameter has the name ${quote(param.name)}, too`);
    }
    const bound = param.kind === "choice" ? undefined : param.atMost;
    const other = params.find(({ name }) => name === bound);
    if (bound === undefined) continue;
    if (other === undefined || other.kind === "choice") {
      throw new Malformed(`${place}: "atMost" is ${quote(bound)}: expected the name of a parameter that is a number`);
    }
    if ((param.default as number) > other.default) {
      throw new Malformed(
        `${place}: "default" is ${param.default}: expected no more than ${bound}, which is ${other.default}`,
      );
    }
  }
  return params;
}

function paramOf(value: unknown, place: string): HostParam {
  const fields = objectOf(value, place, PARAM_KEYS);
  const described = {
    name: nameOf(fields.name, `${place}: "name"`, "a name"),
    meaning: textOf(fields.meaning, `${place}: "meaning"`),
  };
  const kind = oneOf(fields.kind, [...NUMBER_KINDS, "choice" as const], `${place}: "kind"`);
  if (kind === "choice") {
    const choices = listOf(fields.choices, `${place}: "choices"`, (one, where) => nameOf(one, where, "a word"));
    return { ...described, kind, choices, default: oneOf(fields.default, choices, `${place}: "default"`) };
  }
  const number = (key: "default" | "min" | "max"): number => {
    const found = fields[key];
    const isWhole = kind === "ratio" || Number.isSafeInteger(found);
    if (typeof found === "number" && Number.isFinite(found) && isWhole) return found;
    throw expected(`${place}: "${key}"`, kind === "ratio" ? "a number" : "a whole number", found);
  };
  const [min, max, value0] = [number("min"), number("max"), number("default")];
  if (value0 < min || value0 > max) {
    throw new Malformed(`${place}: "default" is ${value0}: expected a number from "min" to "max", ${min} to ${max}`);
  }
  const bound = fields.atMost === undefined ? {} : { atMost: nameOf(fields.atMost, `${place}: "atMost"`, "a name") };
  return { ...described, kind, default: value0, min, max, ...bound };
}

function needsOf(value: unknown): Needs {
  const fields = objectOf(value, "needs", NEEDS_KEYS);
  const host = (list: unknown, place: string) => listOf(list, place, (one, where) => oneOf(one, HOST_FIELDS, where));
  const vm = (list: unknown, place: string) => listOf(list, place, (one, where) => oneOf(one, VM_FIELDS, where));
  const groups = optional(fields.host, [[]], (list) => listOf(list, "needs.host", host));
  return {
    host: groups.length === 0 ? [[]] : groups,
    vm: optional(fields.vm, [], (list) => vm(list, "needs.vm")),
    vmOneOf: optional(fields.vmOneOf, [], (list) => listOf(list, "needs.vmOneOf", vm)),
    optionalHost: optional(fields.optionalHost, [], (list) => host(list, "needs.optionalHost")),
    optionalVm: optional(fields.optionalVm, [], (list) => vm(list, "needs.optionalVm")),
  };
}
