/** What the page shows: a trace, a driver with its parameters, and edits of the trace; in the page's address, too. */
import { parseSize } from "../../../common/units.ts";
import { type RunRequest, STDIN_NAME, type TraceEdits } from "../protocol.ts";
import { pairsText } from "./address-fields.ts";

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

/** The key of a trace of the reader with the name of one of the page. */
export const ownKeyOf = (name: string): string => `own ${name}`;

/** Whether the key of a trace is not the name of its file: it was read from standard input, or another one has that name. */
export const isNameless = (trace: string): boolean => trace === STDIN_NAME || trace.startsWith(ownKeyOf(""));

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

/** The settings of a state, and of the pinned one if it is another, for paper, which has no controls. */
export function settingsText(shown: State, pinned: State): string {
  const text = (state: State): string => decodeURIComponent(encodeState(state)).replaceAll("&", ", ");
  return areEqual(shown, pinned) ? text(shown) : `${text(shown)}; pinned: ${text(pinned)}`;
}

/** Fields of the guest in an address: whole numbers, sizes, words. */
export const NUMBERS = ["swappiness", "cpus"] as const;
export const SIZES = ["memory", "swap"] as const;
export const WORDS = ["lru", "thp"] as const;

/** The fields of an address, without those that change nothing. */
function encodeState({ trace, driver, rates, edits: { guest, scale, pace, target } }: State): string {
  return encode({
    trace,
    driver,
    set: pairsText(rates),
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

/** A size without loss, as options and files take it: `2GiB`, `1216MiB`, else KiB; `0` without a unit. */
export function exactSize(pages: number): string {
  const unit = UNITS.find(([, size]) => pages >= size && pages % size === 0);
  if (unit !== undefined) return `${pages / unit[1]}${unit[0]}`;
  return pages === 0 ? "0" : `${pages * 4}KiB`;
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
export const encode = (fields: Readonly<Record<string, string | number | null>>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value)).replace(/%(3A|2C|2F)/g, decodeURIComponent)}`)
    .join("&");
