/**
 * Finds numbers in the text of one file, again and again. The first text shows the positions of the fields, so that a
 * sample costs a few searches and no parsing of fields that are not recorded.
 */
import { type SourceFile, SPLIT_BY_ZONE } from "./fields.ts";

/** Reads the fields of a file from its text. */
export interface Extractor {
  /** The requested fields that the file has, in the order of the request. */
  readonly fields: readonly string[];
  /**
   * Writes their values into `values` from `at` on; NaN for fields that the text lacks.
   * @param text the file, with a line break in front
   */
  extract(text: string, values: Float64Array, at: number): void;
}

/**
 * An extractor for the requested fields.
 * @param text the file as it is now, with a line break in front
 */
export function extractorOf(file: SourceFile, fields: readonly string[], text: string): Extractor {
  if (file === "uptime") return new Uptime();
  if (file === "zoneinfo") return new ZoneSums(fields);
  if (file === "swaps") return new SwapSums();
  return new KeyedLines(fields, text, file);
}

interface Key {
  /** The beginning of the line, with the line break before it. */
  readonly lead: string;
  /** The text between the key and its number. */
  readonly mark: string;
  readonly index: number;
}

/** Lines that begin with a name: in meminfo, vmstat, pressure, vmmemctl. */
class KeyedLines implements Extractor {
  readonly fields: readonly string[];
  /** In the order of the text, so that each search begins where the search before ended. */
  readonly #keys: readonly Key[];

  constructor(fields: readonly string[], text: string, file: SourceFile) {
    const found: { key: Omit<Key, "index">; field: string; at: number }[] = [];
    const mark = file === "pressure/memory" ? "total=" : file === "vmstat" ? " " : ":";
    for (const match of text.matchAll(/\n([^\s:]+)([^\n]*)/g)) {
      const [, name, rest] = match as unknown as [string, string, string];
      // The balloon driver uses the names of its parameters for counters of failed calls, too.
      if (rest.endsWith("failed)")) continue;
      const field = file === "vmstat" ? (SPLIT_BY_ZONE.exec(name)?.[1] ?? name) : name;
      const isKnown = file !== "vmstat" && found.some((other) => other.field === field);
      if (!fields.includes(field) || isKnown) continue;
      // The mark is part of the search text if it follows at once: Active must not match Active(anon).
      const follows = text.startsWith(mark, match.index + 1 + name.length);
      const lead = `\n${name}${follows ? mark : " "}`;
      found.push({ key: { lead, mark: follows ? "" : mark }, field, at: match.index });
    }
    this.fields = fields.filter((field) => found.some((each) => each.field === field));
    this.#keys = found.map(({ key, field }) => ({ ...key, index: this.fields.indexOf(field) }));
  }

  extract(text: string, values: Float64Array, at: number): void {
    values.fill(0, at, at + this.fields.length);
    let from = 0;
    for (const { lead, mark, index } of this.#keys) {
      let start = text.indexOf(lead, from);
      // The order of the lines has changed since the first text: search from the beginning.
      if (start === -1) start = text.indexOf(lead);
      if (start !== -1) from = start + lead.length;
      const after = start === -1 || mark === "" ? from : text.indexOf(mark, from) + mark.length;
      values[at + index] = start === -1 ? Number.NaN : (values[at + index] as number) + numberAt(text, after);
    }
  }
}

/** Time since the machine started, suspended time included, in seconds. */
class Uptime implements Extractor {
  readonly fields = ["uptime"];

  extract(text: string, values: Float64Array, at: number): void {
    values[at] = numberAt(text, 1);
  }
}

/** Pages of all zones: the sums of what /proc/zoneinfo lists for each zone. */
class ZoneSums implements Extractor {
  readonly fields: readonly string[];
  readonly #leads: readonly string[];

  constructor(fields: readonly string[]) {
    this.fields = fields;
    this.#leads = fields.map((field) => `\n        ${field} `);
  }

  extract(text: string, values: Float64Array, at: number): void {
    this.#leads.forEach((lead, i) => {
      let sum = Number.NaN;
      for (let start = text.indexOf(lead); start !== -1; start = text.indexOf(lead, start + lead.length)) {
        sum = (Number.isNaN(sum) ? 0 : sum) + numberAt(text, start + lead.length);
      }
      values[at + i] = sum;
    });
  }
}

/** Size and use of all swap devices; 0 if the file has only its heading. */
class SwapSums implements Extractor {
  readonly fields = ["size", "used"];

  extract(text: string, values: Float64Array, at: number): void {
    let size = 0;
    let used = 0;
    for (const line of text.split("\n").slice(2)) {
      if (line === "") continue;
      // The first field is the path of the swap file; blanks in it are written as \040.
      const [, , devices, taken] = line.trim().split(/\s+/);
      size += Number(devices);
      used += Number(taken);
    }
    values[at] = size;
    values[at + 1] = used;
  }
}

const SPACE = 32;
const TAB = 9;
const DOT = 46;

/** The number that begins at `at`, after blanks; NaN if there is none. */
function numberAt(text: string, at: number): number {
  let start = at;
  while (text.charCodeAt(start) === SPACE || text.charCodeAt(start) === TAB) start++;
  let end = start;
  for (let code = text.charCodeAt(end); (code >= 48 && code <= 57) || code === DOT; code = text.charCodeAt(end)) end++;
  return end === start ? Number.NaN : Number(text.slice(start, end));
}
