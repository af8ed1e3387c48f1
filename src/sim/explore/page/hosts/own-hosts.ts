/** Hosts that the reader has opened, each with the files beside it. */
import type { OpenedFile } from "../../hosts/protocol.ts";
import { type OwnFile, packed, unpackedText } from "../packed-text.ts";
import { ownKeyOf } from "../state.ts";
import { type HostView, plainHost } from "./host-state.ts";

/** What the worker reads, and how it is shown then. */
export class OwnHosts {
  readonly #presets: ReadonlySet<string>;
  /** The hosts of the reader by their keys, each with the files opened together as a part of an address; null: too long for one. */
  readonly #parts = new Map<string, string | null>();
  /** The files that the worker is reading, by their keys, with their part of an address. */
  readonly #opened = new Map<string, string | null>();
  /** Which host of what is opened is shown, and how; null for the key: the first one. */
  #awaited: { readonly key: string | null; readonly view: HostView | null } | null = null;

  /** @param presets keys of the page's hosts */
  constructor(presets: readonly string[]) {
    this.#presets = new Set(presets);
  }

  /** Whether a host has been opened, and the worker has read it. */
  has(key: string): boolean {
    return this.#parts.has(key);
  }

  /** The files of a host as a part of an address; null: it is none of the reader's, or too long. */
  partOf(key: string): string | null {
    return this.#parts.get(key) ?? null;
  }

  /** Whether it is a host of the reader that is too long for an address. */
  isTooLong(key: string): boolean {
    return this.#parts.get(key) === null;
  }

  /**
   * Adds files that were opened together.
   * @param view how their host is shown; null: as in its file
   * @returns what the worker is to read
   */
  async add(files: readonly OwnFile[], view: HostView | null): Promise<OpenedFile[]> {
    const part = await packed(JSON.stringify(files.map(({ name, text }) => [name, text])));
    // A host of the page keeps its name.
    const opened = files.map(({ name, text }) => ({
      name,
      text,
      key: this.#presets.has(name) ? ownKeyOf(name) : name,
    }));
    this.#opened.clear();
    for (const { key } of opened) this.#opened.set(key, part);
    // The page that made a link may have had a host of that name, or not.
    const wanted = view?.shown.host;
    const file = opened.find(({ key, name }) => [key, name, ownKeyOf(name)].includes(wanted ?? ""));
    this.#awaited = { key: file?.key ?? null, view };
    return opened;
  }

  /** The worker has read a host. @returns how it is to be shown; null: it is not what the reader has just opened */
  know(key: string): HostView | null {
    const part = this.#opened.get(key);
    if (part === undefined) return null;
    this.#opened.delete(key);
    this.#parts.set(key, part);
    const awaited = this.#awaited;
    if (awaited === null || (awaited.key ?? key) !== key) return null;
    this.#awaited = null;
    const { shown, pinned, at } = awaited.view ?? { shown: plainHost(key), pinned: null, at: null };
    return { shown: { ...shown, host: key }, pinned: pinned === null ? null : { ...pinned, host: key }, at };
  }

  /** The worker can't read a file as a host: one of that name that was opened before stays. */
  forget(key: string): void {
    this.#opened.delete(key);
  }
}

/** The files in a part of an address; null if it is damaged. */
export async function unpackedFiles(part: string): Promise<OwnFile[] | null> {
  const text = await unpackedText(part);
  try {
    const pairs = JSON.parse(text ?? "") as unknown;
    const isPair = (pair: unknown): boolean =>
      Array.isArray(pair) && pair.length === 2 && pair.every((value) => typeof value === "string");
    if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isPair)) return null;
    return (pairs as [string, string][]).map(([name, content]) => ({ name, text: content }));
  } catch {
    return null;
  }
}
