/** What the page shows: a trace, a driver with its parameters, and edits of the trace; in the page's address, too. */
import { parseSize } from "../../../common/units.ts";
import type { GuestEdits, RunRequest, TargetEdit, TraceEdits } from "../protocol.ts";

/** What is run. Null as driver: the trace's. */
export interface State {
  /** Key of a trace of the page: its name. */
  readonly trace: string;
  readonly driver: string | null;
  /** Values that are not the driver's own, by name. */
  readonly rates: Readonly<Record<string, number>>;
  readonly edits: TraceEdits;
}

/** What is kept in the address: what is shown, what it is compared with, and the cursor. */
export interface View {
  readonly shown: State;
  /** Null: the trace as it is, with the driver's own values. */
  readonly pinned: State | null;
  /** Time of the cursor, in seconds; null without one. */
  readonly at: number | null;
}

/** A state of a trace without any change. */
export const plainState = (trace: string): State => ({
  trace,
  driver: null,
  rates: {},
  edits: { guest: {}, scale: 1, pace: 1, target: null },
});

/** A run of a state. @param ownDriver the trace's driver */
export const requestOf = ({ trace, driver, rates, edits }: State, ownDriver: string): RunRequest => ({
  trace,
  driver: driver ?? ownDriver,
  rates,
  edits,
});

/** Whether two states make the same run. */
export const areEqual = (a: State, b: State): boolean => encodeState(a) === encodeState(b);

const NUMBERS = ["swappiness", "cpus"] as const;
const SIZES = ["memory", "swap"] as const;
const WORDS = ["lru", "thp"] as const;

/** The fields of an address, without those that change nothing. */
function encodeState({ trace, driver, rates, edits: { guest, scale, pace, target } }: State): string {
  const set = Object.entries(rates)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  return encode({
    trace,
    driver,
    set: set.length === 0 ? null : set.join(),
    ...Object.fromEntries(SIZES.map((name) => [name, guest[name] === undefined ? null : exactSize(guest[name])])),
    ...Object.fromEntries([...NUMBERS, ...WORDS].map((name) => [name, guest[name] ?? null])),
    scale: scale === 1 ? null : scale,
    pace: pace === 1 ? null : pace,
    target: target === null ? null : target.points.map(([us, pages]) => `${us / 1e6}:${exactSize(pages)}`).join(),
    hold: target === null || target.hold === "step" ? null : target.hold,
  });
}

/** The fragment of a view's address, without `#`. */
export function encodeView({ shown, pinned, at }: View): string {
  const rest = encode({ pin: pinned === null ? null : encodeState(pinned), at });
  return [encodeState(shown), rest].filter((part) => part !== "").join("&");
}

/** The view of an address; null if it names no trace. Values that can't be read are left out. */
export function decodeView(fragment: string): View | null {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const shown = decodeState(fields);
  if (shown === null) return null;
  const pin = fields.get("pin");
  const at = Number(fields.get("at") ?? Number.NaN);
  return {
    shown,
    pinned: pin === null ? null : decodeState(new URLSearchParams(pin)),
    at: Number.isFinite(at) ? at : null,
  };
}

function decodeState(fields: URLSearchParams): State | null {
  const trace = fields.get("trace");
  if (trace === null) return null;
  const rates: Record<string, number> = {};
  for (const pair of fields.get("set")?.split(",") ?? []) {
    const [name = "", value] = pair.split(":");
    if (Number.isInteger(Number(value))) rates[name] = Number(value);
  }
  const factor = (name: string): number => {
    const value = Number(fields.get(name) ?? 1);
    return value > 0 && Number.isFinite(value) ? value : 1;
  };
  return {
    trace,
    driver: fields.get("driver"),
    rates,
    edits: { guest: guestOf(fields), scale: factor("scale"), pace: factor("pace"), target: targetOf(fields) },
  };
}

function guestOf(fields: URLSearchParams): GuestEdits {
  const guest: Record<string, number | string> = {};
  for (const name of SIZES) {
    const pages = sizeOf(fields.get(name) ?? "");
    if (pages !== null) guest[name] = pages;
  }
  for (const name of NUMBERS) {
    const value = fields.get(name);
    if (value !== null && /^\d+$/.test(value)) guest[name] = Number(value);
  }
  for (const name of WORDS) {
    const value = fields.get(name);
    if (value !== null) guest[name] = value;
  }
  return guest as GuestEdits;
}

function targetOf(fields: URLSearchParams): TargetEdit | null {
  const text = fields.get("target");
  if (text === null) return null;
  const points = text.split(",").map((pair): [number, number] => {
    const [seconds = "", size = ""] = pair.split(":");
    return [Math.round(Number(seconds) * 1e6), sizeOf(size) ?? Number.NaN];
  });
  const isGood = points.every(([at, pages], i) =>
    i === 0 ? at === 0 && pages >= 0 : at > (points[i - 1]?.[0] as number) && pages >= 0,
  );
  return isGood ? { hold: fields.get("hold") === "linear" ? "linear" : "step", points } : null;
}

/** A size without loss that can be read: `2GiB`, `1216MiB`, else pages. */
export function exactSize(pages: number): string {
  const unit = UNITS.find(([, size]) => pages >= size && pages % size === 0);
  return unit === undefined ? String(pages) : `${pages / unit[1]}${unit[0]}`;
}

const UNITS = [
  ["GiB", 2 ** 18],
  ["MiB", 2 ** 8],
] as const;

/** A size in a user's notation, or pages; null if it is neither. */
export function sizeOf(text: string): number | null {
  try {
    return parseSize(/^\d+$/.test(text) ? Number(text) : text);
  } catch {
    return null;
  }
}

/** Fields of an address; those that are null are left out. */
const encode = (fields: Readonly<Record<string, string | number | null>>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value)).replace(/%(3A|2C|2F)/g, decodeURIComponent)}`)
    .join("&");
