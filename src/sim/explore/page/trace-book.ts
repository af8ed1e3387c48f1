/** The traces of the page, and those of its reader. */
import { byId, element } from "../../report/page/dom.ts";
import type { PresetTrace } from "../model.ts";
import type { TraceFacts } from "../protocol.ts";
import { type OwnFile, packed } from "./packed-text.ts";
import { ownKeyOf, plainState, type View } from "./state.ts";

/** What the worker knows of traces, and what it is reading. */
export class TraceBook {
  readonly #presets: ReadonlySet<string>;
  readonly #select = byId("trace") as HTMLSelectElement;
  readonly #facts = new Map<string, TraceFacts>();
  /** The traces of the reader by name, as parts of an address; null: too long for one. */
  readonly #own = new Map<string, string | null>();
  /** A trace of the reader that the worker is reading, as a part of an address, and how it is shown then. */
  #awaited: { readonly key: string; readonly part: string | null; readonly view: View } | null = null;

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
    return this.#own.get(key) ?? null;
  }

  /** Whether it is a trace of the reader that is too long for an address. */
  isTooLong(key: string): boolean {
    return this.#own.get(key) === null;
  }

  /**
   * Adds a trace of the reader, which the worker is to read then.
   * @param view how it is shown; null: as it is
   * @returns its key
   */
  async add({ name, text }: OwnFile, view: View | null): Promise<string> {
    // A trace of the page keeps its name.
    const key = this.#presets.has(name) ? ownKeyOf(name) : name;
    const part = await packed(text);
    const { shown = plainState(key), pinned = null, at = null } = view ?? {};
    this.#awaited = { key, part, view: { shown: { ...shown, trace: key }, pinned, at } };
    return key;
  }

  /** The worker has read a trace. @returns how it is to be shown, if the reader has opened it */
  know(key: string, facts: TraceFacts): View | null {
    this.#facts.set(key, facts);
    if (this.#awaited?.key !== key) return null;
    const { part, view } = this.#awaited;
    this.#awaited = null;
    this.#own.set(key, part);
    if (![...this.#select.options].some(({ value }) => value === key)) {
      this.#select.append(element("option", { value: key }, key));
    }
    return view;
  }

  /** The worker can't read a trace: one of that name that was opened before stays. */
  forget(key: string): void {
    if (this.#awaited?.key === key) this.#awaited = null;
  }
}
