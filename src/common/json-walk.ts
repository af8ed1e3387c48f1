import { createScanner, type JSONScanner } from "jsonc-parser";
import { quote } from "./quote.ts";

/** Keys and indices from the root (`$`) to a value. */
export type JsonPath = readonly (string | number)[];

/** A value in a JSON text, or the key of the value. */
export interface JsonPlace {
  readonly path: JsonPath;
  readonly at: "value" | "key";
}

/** An error in a JSON text, and its place. */
export interface JsonFault {
  readonly offset: number;
  /** Path of the array or object that contains the error. */
  readonly path: JsonPath;
  readonly message: string;
}

/** Maximum nesting of arrays and objects. Deeper ones are refused, so that no later stage runs out of stack. */
export const MAX_DEPTH = 64;

/**
 * Walks through the tokens of a text, without recursion, up to the first error, and records the offsets of the wanted
 * places. The tokens come from jsonc-parser's scanner; jsonc-parser's parser would recurse.
 */
export function walkJson(
  text: string,
  places: readonly JsonPlace[] = [],
): { fault: JsonFault | null; offsets: number[] } {
  const walk = new Walk(text, createScanner(text, false), places);
  return { fault: walk.run(), offsets: walk.offsets };
}

/** The wanted places, as a tree of steps, so that one walk finds all of them. */
interface Wanted {
  readonly steps: Map<string | number, Wanted>;
  readonly values: number[];
  readonly keys: number[];
}

/** An array or object that contains the current token. */
interface Frame {
  readonly array: boolean;
  /** Index of the current element, or the current key. */
  step: string | number;
  readonly seen: Set<string>;
  readonly wanted: Wanted | undefined;
}

const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** `ScanError.UnexpectedEndOfString`: a constant that jsonc-parser's types don't export to isolated modules. */
const END_OF_STRING = 2;
const BLANK = " \t\r\n";

class Walk {
  readonly offsets: number[];
  private readonly text: string;
  private readonly scanner: JSONScanner;
  private readonly root: Wanted;
  private readonly frames: Frame[] = [];
  private state: "value" | "first-value" | "key" | "first-key" | "colon" | "comma" | "done" = "value";

  constructor(text: string, scanner: JSONScanner, places: readonly JsonPlace[]) {
    this.text = text;
    this.scanner = scanner;
    this.root = wantedTree(places);
    this.offsets = new Array(places.length).fill(0);
  }

  run(): JsonFault | null {
    for (;;) {
      this.scanner.scan();
      const offset = this.scanner.getTokenOffset();
      if (offset >= this.text.length) {
        if (this.state === "done") return null;
        return this.fault(this.text.length, `the text ends where ${this.expected()} should follow: is it cut off?`);
      }
      const first = this.text.charAt(offset);
      if (BLANK.includes(first)) continue;
      const message = this.malformed(first) ?? this.accept(first, offset);
      if (message !== null) return this.fault(offset, message);
    }
  }

  private fault(offset: number, message: string): JsonFault {
    const inside = this.state === "value" ? this.frames : this.frames.slice(0, -1);
    return { offset, path: inside.map((frame) => frame.step), message };
  }

  /** The error of the token itself, independent of its place. */
  private malformed(first: string): string | null {
    if (first === "/") return "JSON has no comments";
    const error: number = this.scanner.getTokenError();
    if (error === 0) return null;
    if (first !== '"') return this.unexpected();
    return error === END_OF_STRING
      ? "this string has no end"
      : "this string holds a control character or an escape that JSON does not know";
  }

  private accept(first: string, offset: number): string | null {
    switch (this.state) {
      case "value":
      case "first-value":
        return first === "]" && this.state === "first-value" ? this.leave() : this.value(first, offset);
      case "key":
      case "first-key":
        if (first === "}" && this.state === "first-key") return this.leave();
        return first === '"' ? this.key(offset) : this.unexpected();
      case "colon":
        if (first !== ":") return this.unexpected();
        this.state = "value";
        return null;
      case "comma":
        if (first === (this.top().array ? "]" : "}")) return this.leave();
        return first === "," ? this.comma() : this.unexpected();
      case "done":
        return this.unexpected();
    }
  }

  private value(first: string, offset: number): string | null {
    const here = this.frames.length === 0 ? this.root : this.top().wanted?.steps.get(this.top().step);
    const literal = first === '"' || LITERAL.test(this.scanner.getTokenValue());
    if (!literal && first !== "{" && first !== "[") return this.unexpected();
    this.note(here?.values, offset);
    if (literal) {
      this.state = this.frames.length === 0 ? "done" : "comma";
      return null;
    }
    if (this.frames.length === MAX_DEPTH) return `arrays and objects are nested more than ${MAX_DEPTH} deep`;
    const array = first === "[";
    this.frames.push({ array, step: array ? 0 : "", seen: new Set(), wanted: here });
    this.state = array ? "first-value" : "first-key";
    return null;
  }

  private key(offset: number): string | null {
    const frame = this.top();
    const name = this.scanner.getTokenValue();
    if (frame.seen.has(name)) return `the key ${quote(name)} occurs twice`;
    frame.seen.add(name);
    frame.step = name;
    this.note(frame.wanted?.steps.get(name)?.keys, offset);
    this.state = "colon";
    return null;
  }

  private comma(): null {
    const frame = this.top();
    if (typeof frame.step === "number") frame.step++;
    this.state = frame.array ? "value" : "key";
    return null;
  }

  private leave(): null {
    this.frames.pop();
    this.state = this.frames.length === 0 ? "done" : "comma";
    return null;
  }

  private top(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  private note(indices: readonly number[] | undefined, offset: number): void {
    for (const index of indices ?? []) this.offsets[index] = offset;
  }

  private unexpected(): string {
    const rest = this.text.slice(this.scanner.getTokenOffset(), this.scanner.getTokenOffset() + 64);
    return `expected ${this.expected()}, found ${quote(/^[\w.+-]+|./su.exec(rest)?.[0] ?? "")}`;
  }

  private expected(): string {
    switch (this.state) {
      case "value":
        return "a value";
      case "first-value":
        return 'a value or "]"';
      case "key":
        return "a key in double quotes";
      case "first-key":
        return 'a key in double quotes or "}"';
      case "colon":
        return 'a ":"';
      case "comma":
        return this.top().array ? 'a comma or "]"' : 'a comma or "}"';
      case "done":
        return "the end of the text";
    }
  }
}

function wantedTree(places: readonly JsonPlace[]): Wanted {
  const node = (): Wanted => ({ steps: new Map(), values: [], keys: [] });
  const root = node();
  places.forEach(({ path, at }, index) => {
    let here = root;
    for (const step of path) {
      let next = here.steps.get(step);
      if (next === undefined) {
        next = node();
        here.steps.set(step, next);
      }
      here = next;
    }
    here[at === "key" ? "keys" : "values"].push(index);
  });
  return root;
}
