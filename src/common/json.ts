/**
 * Strict JSON with places. `JSON.parse` parses; only if it fails, or if a later check finds an error, the text is
 * walked again token by token to find line and column.
 */
import { type JsonFault, type JsonPath, type JsonPlace, MAX_DEPTH, walkJson } from "./json-walk.ts";
import { quote } from "./quote.ts";

export type { JsonFault, JsonPath, JsonPlace } from "./json-walk.ts";
export { MAX_DEPTH } from "./json-walk.ts";

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: JsonFault };

const IDENTIFIER = /^[A-Za-z_$][\w$-]{0,63}$/;

/** The path as messages show it: `$.workloads[0].anon`. */
export function formatPath(path: JsonPath): string {
  let text = "$";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += IDENTIFIER.test(step) ? `.${step}` : `[${quote(step)}]`;
  }
  return text;
}

/**
 * Parses a text as `JSON.parse` does, but also refuses keys that occur twice in an object and nesting beyond
 * `MAX_DEPTH`. The caller has removed a byte order mark.
 */
export function parseJson(text: string): JsonResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, fault: walkJson(text).fault ?? { offset: 0, path: [], message: "not valid JSON" } };
  }
  if (membersKept(value) !== membersWritten(text)) {
    const { fault } = walkJson(text);
    if (fault !== null) return { ok: false, fault };
  }
  return { ok: true, value };
}

/** Offsets of places in a text that `parseJson` accepted; 0 for a missing place. */
export function locate(text: string, places: readonly JsonPlace[]): number[] {
  return walkJson(text, places).offsets;
}

/** Line and column, both from 1, of an offset in a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/** Number of object members in a parsed value; -1 if it is nested too deep. */
function membersKept(root: unknown): number {
  let members = 0;
  let level: object[] = typeof root === "object" && root !== null ? [root] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return -1;
    const below: object[] = [];
    for (const container of level) {
      const children: unknown[] = Array.isArray(container) ? container : Object.values(container);
      if (children !== container) members += children.length;
      for (const child of children) if (typeof child === "object" && child !== null) below.push(child);
    }
    level = below;
  }
  return members;
}

const SPACE = 0x20;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Number of object members in a valid JSON text: strings followed by a colon. A number above `membersKept` means a
 * duplicate key.
 */
function membersWritten(text: string): number {
  let members = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    let next = close + 1;
    while (text.charCodeAt(next) <= SPACE) next++;
    if (text.charCodeAt(next) === COLON) members++;
    open = text.indexOf('"', next);
  }
  return members;
}

function isEscaped(text: string, offset: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(offset - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
