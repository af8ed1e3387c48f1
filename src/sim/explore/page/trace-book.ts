/** The traces of the page, and those of its reader. */
import { byId, element } from "../../report/page/dom.ts";
import type { PresetTrace } from "../model.ts";
import type { TraceFacts } from "../protocol.ts";
import { type OwnFile, packed } from "./packed-text.ts";
import { isNameless, ownKeyOf, plainState, type View } from "./state.ts";

/** A trace of the reader. */
interface OwnTrace {
  /** It, as a part of an address; null: too long for one. */
  readonly part: string | null;
  /** Whether it is a file of its name, and not one that a link or a log has brought. */
  readonly isFile: boolean;
  /** What the page says of it. */
  readonly notes: readonly string[];
}

/** How a trace of the reader is opened. */
export interface Opening {
  /** How it is shown, if it is; null: as it is. */
  readonly view?: View | null;
  readonly isFile?: boolean;
  readonly notes?: readonly string[];
}

/** What the worker knows of traces, and what it is reading. */
export class TraceBook {
  readonly #presets: ReadonlySet<string>;
  readonly #select = byId("trace") as HTMLSelectElement;
  readonly #facts = new Map<string, TraceFacts>();
  /** The traces of the reader by their keys. */
  readonly #own = new Map<string, OwnTrace>();
  /** Those that the worker is reading, each with how it is shown then. */
  readonly #awaited = new Map<string, { readonly trace: OwnTrace; readonly view: View }>();
  /** The key of what is shown once it is read: the first of what was opened last; null: nothing. */
  #next: string | null = null;

  constructor(presets: readonly PresetTrace[]) {
    this.#presets = new Set(presets.map(({ name }) => name));
    this.#select.replaceChildren(...presets.map(({ name }) => element("option", { value: name }, name)));
  }

  /** The facts of a trace; undefined: it is not known, or not yet. */
  factsOf(key: string): TraceFacts | undefined {
    return this.#facts.get(key);
  }

  /** Whether the page has a trace, or has had it opened. */
  has(key: string): boolean {
    return this.#presets.has(key) || this.#own.has(key);
  }

  /** A trace of the reader as a part of an address; null: it is none, or too long. */
  partOf(key: string): string | null {
    return this.#own.get(key)?.part ?? null;
  }

  /** Whether it is a trace of the reader that is too long for an address. */
  isTooLong(key: string): boolean {
    return this.#own.get(key)?.part === null;
  }

  /** Whether the command finds a trace under its key: one of the page, or a file of the reader. */
  isFile(key: string): boolean {
    return !isNameless(key) && (this.#own.get(key)?.isFile ?? true);
  }

  /** What the page says of a trace. */
  notesOf(key: string): readonly string[] {
    return this.#own.get(key)?.notes ?? [];
  }

  /** The key of a file of the reader: a trace of the page keeps its name. */
  keyOf(name: string): string {
    return this.#presets.has(name) ? ownKeyOf(name) : name;
  }

  /** Something is opened, which is shown when it is read. */
  show(key: string): void {
    this.#next = key;
  }

  /** Adds a trace of the reader, which the worker is to read then. */
  async add({ name, text }: OwnFile, { view = null, isFile = true, notes = [] }: Opening = {}): Promise<string> {
    const key = this.keyOf(name);
    const part = await packed(text);
    const { shown = plainState(key), pinned = null, at = null } = view ?? {};
    this.#awaited.set(key, {
      trace: { part, isFile, notes },
      view: { shown: { ...shown, trace: key }, pinned, at },
    });
    return key;
  }

  /** The worker has read a trace. @returns how it is to be shown, if it is the one that the reader wants to see */
  know(key: string, facts: TraceFacts): View | null {
    this.#facts.set(key, facts);
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return null;
    this.#awaited.delete(key);
    this.#own.set(key, awaited.trace);
    if (![...this.#select.options].some(({ value }) => value === key)) {
      this.#select.append(element("option", { value: key }, key));
    }
    if (this.#next !== key) return null;
    this.#next = null;
    return awaited.view;
  }

  /**
   * There is no trace under a key: the worker can't read it, or has made other traces of it. One of that name that was opened
   * before stays.
   * @param instead what is shown in its place, if it was to be shown; default: the next one that is being read
   */
  forget(key: string, instead?: string): void {
    this.#awaited.delete(key);
    if (this.#next === key) this.#next = instead ?? [...this.#awaited.keys()][0] ?? null;
  }
}
