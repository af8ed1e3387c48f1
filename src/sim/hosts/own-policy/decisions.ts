/** What a policy of one's own has decided, checked and in the form of the bundled ones. */
import { didYouMean } from "../../../common/nearest.ts";
import { describe, escapeUnsafe, quote } from "../../../common/quote.ts";
import { type Bytes, MAX_BYTES, MAX_TIME_US, type Us } from "../../../common/units.ts";
import type { Decisions, Outcome, Wakes } from "../target-policy.ts";
import type { HostView } from "../view.ts";

/** A decision is not what it should be. The message begins with the part of it. */
export class Nonsense extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const KEYS: readonly (keyof Decisions)[] = [
  "targets",
  "state",
  "hostSwap",
  "blocked",
  "breakLargePages",
  "outcome",
  "againUs",
  "wakes",
];
const MAX_TEXT = 400;

/**
 * The decision in what a policy has returned.
 * @param value as it came from the policy's thread
 * @param view that it decided on: decisions may name its VMs only
 * @throws {Nonsense} the first fault
 */
export function decisionsOf(value: unknown, { vms }: HostView): Decisions {
  const fields = objectOf(value, "", "{ targets }");
  knownKeys(fields, KEYS, "");
  const names = new Set(vms.map(({ name }) => name));
  const { state, hostSwap, blocked, breakLargePages, outcome, againUs, wakes } = fields;
  return {
    targets: bytesByVm(fields.targets, "targets", names),
    ...(state === undefined ? {} : { state: textOf(state, "state") }),
    ...(hostSwap === undefined ? {} : { hostSwap: bytesByVm(hostSwap, "hostSwap", names) }),
    ...(blocked === undefined ? {} : { blocked: vmsIn(blocked, "blocked", names) }),
    ...(breakLargePages === undefined ? {} : { breakLargePages: booleanOf(breakLargePages, "breakLargePages") }),
    ...(outcome === undefined ? {} : { outcome: outcomeOf(outcome, names) }),
    ...(againUs === undefined ? {} : { againUs: timeOf(againUs) }),
    ...(wakes === undefined ? {} : { wakes: wakesOf(wakes) }),
  };
}

const expected = (place: string, what: string, value: unknown): Nonsense =>
  new Nonsense(`${place === "" ? "" : `${place} = `}${describe(value)}: expected ${what}`);

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);

function objectOf(value: unknown, place: string, what: string): Fields {
  if (isObject(value)) return value;
  throw expected(place, what, value);
}

function knownKeys(fields: Fields, known: readonly string[], place: string): void {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    const near = didYouMean(key, known) || ` (known: ${known.join(", ")})`;
    throw new Nonsense(`the unknown field ${quote(`${place}${key}`)}${near}`);
  }
}

function bytesByVm(value: unknown, place: string, names: ReadonlySet<string>): Map<string, Bytes> {
  if (!(value instanceof Map) && !isObject(value)) throw expected(place, "a Map or an object of bytes by VM", value);
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return new Map(
    Array.from(entries, ([name, bytes]) => {
      const vm = vmIn(name, place, names);
      return [vm, bytesOf(bytes, `${place}[${quote(vm)}]`)];
    }),
  );
}

function vmIn(value: unknown, place: string, names: ReadonlySet<string>): string {
  if (typeof value === "string" && names.has(value)) return value;
  const near = typeof value === "string" ? didYouMean(value, names) : "";
  throw new Nonsense(`${place} of ${describe(value)}, which is no VM in the view${near}`);
}

function vmsIn(value: unknown, place: string, names: ReadonlySet<string>): string[] {
  if (!Array.isArray(value)) throw expected(place, "an array of the names of VMs", value);
  return value.map((name) => vmIn(name, place, names));
}

function bytesOf(value: unknown, place: string): Bytes {
  if (typeof value === "number" && value >= 0 && value <= MAX_BYTES) return Math.floor(value) + 0;
  const isTooMuch = typeof value === "number" && value > MAX_BYTES && value < Number.POSITIVE_INFINITY;
  throw expected(place, isTooMuch ? `at most ${MAX_BYTES} bytes` : "bytes, a number of 0 or more", value);
}

function timeOf(value: unknown): Us {
  if (typeof value === "number" && value >= 1 && value <= MAX_TIME_US) return Math.floor(value);
  throw expected("againUs", "a time of 1 or more, in microseconds", value);
}

function booleanOf(value: unknown, place: string): boolean {
  if (typeof value === "boolean") return value;
  throw expected(place, "true or false", value);
}

function textOf(value: unknown, place: string): string {
  if (typeof value === "string" && value !== "" && value.length <= MAX_TEXT) return escapeUnsafe(value);
  throw expected(place, `a text of 1 to ${MAX_TEXT} characters`, value);
}

function outcomeOf(value: unknown, names: ReadonlySet<string>): Outcome {
  const fields = objectOf(value, "outcome", "{ success, stuck, why }");
  knownKeys(fields, ["success", "stuck", "why"], "outcome.");
  return {
    success: booleanOf(fields.success, "outcome.success"),
    stuck: fields.stuck === undefined ? [] : vmsIn(fields.stuck, "outcome.stuck", names),
    why: textOf(fields.why, "outcome.why"),
  };
}

function wakesOf(value: unknown): Wakes {
  const fields = objectOf(value, "wakes", "{ below, above }");
  knownKeys(fields, ["below", "above"], "wakes.");
  const { below, above } = fields;
  return {
    ...(below === undefined ? {} : { below: bytesOf(below, "wakes.below") }),
    ...(above === undefined ? {} : { above: bytesOf(above, "wakes.above") }),
  };
}
