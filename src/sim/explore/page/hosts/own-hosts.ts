/** Hosts that the reader has opened, each with the files beside it. */
import type { OpenedFile } from "../../hosts/protocol.ts";
import { type OwnFile, packed, unpackedText } from "../packed-text.ts";
import { ownKeyOf } from "../state.ts";
import { type HostView, plainHost } from "./host-state.ts";

/** What the worker reads, and how it is shown then. */
export class OwnHosts {
  readonly #presets: ReadonlySet<string>;
  /** The files of the reader by their keys, with those opened together as a part of an address; null: too long for one. */
  readonly #parts = new Map<string, string | null>();
  readonly #known = new Set<string>();
  /** The view of what is opened; the first host of it is shown. */
  #awaited: { readonly keys: ReadonlySet<string>; readonly view: HostView | null } | null = null;

  /** @param presets keys of the page's hosts */
  constructor(presets: readonly string[]) {
    this.#presets = new Set(presets);
  }

  /** Whether a host has been opened, and the worker has read it. */
  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** The files of a host as a part of an address; null: it is none of the reader's, or too long. */
  partOf(key: string): string | null {
    return this.#known.has(key) ? (this.#parts.get(key) ?? null) : null;
  }

  /**
   * Adds files that were opened together.
   * @param view how their host is shown; null: as in its file
   * @returns what the worker is to read
   */
  async add(files: readonly OwnFile[], view: HostView | null): Promise<OpenedFile[]> {
    const part = await packed(JSON.stringify(files.map(({ name, text }) => [name, text])));
    // A host of the page keeps its name.
    const opened = files.map((file) => ({
      ...file,
      key: this.#presets.has(file.name) ? ownKeyOf(file.name) : file.name,
    }));
    for (const { key } of opened) this.#parts.set(key, part);
    this.#awaited = { keys: new Set(opened.map(({ key }) => key)), view };
    return opened;
  }

  /** The worker has read a host. @returns how it is to be shown; null: it is not what the reader has just opened */
  know(key: string): HostView | null {
    if (this.#parts.has(key)) this.#known.add(key);
    const awaited = this.#awaited;
    if (awaited === null || !awaited.keys.has(key)) return null;
    this.#awaited = null;
    const { shown, pinned } = awaited.view ?? { shown: plainHost(key), pinned: null };
    return { shown: { ...shown, host: key }, pinned: pinned === null ? null : { ...pinned, host: key } };
  }

  /** The worker can't read a file as a host. */
  forget(key: string): void {
    this.#known.delete(key);
    this.#parts.delete(key);
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
