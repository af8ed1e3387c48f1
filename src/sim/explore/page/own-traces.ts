/** Traces of the reader: files that are dropped or chosen, and traces in the page's address. */
import { byId } from "../../report/page/dom.ts";

/** Largest file. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Longest text of a trace in an address, packed: browsers and mail programs cut longer ones. */
const MOST_PACKED = 6000;

/** A trace of the reader. */
export interface OwnTrace {
  readonly name: string;
  readonly text: string;
}

/** Takes files that are dropped on the page, or chosen. @param take receives each, @param refuse a line about each other one */
export function takeFiles(take: (trace: OwnTrace) => void, refuse: (message: string) => void): void {
  const picker = byId("open-file") as HTMLInputElement;
  byId("open").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    for (const file of picker.files ?? []) read(file);
    // The same file may be chosen again, when it has changed.
    picker.value = "";
  });
  const { body } = document;
  let depth = 0;
  const over = (by: number): void => {
    depth = Math.max(0, depth + by);
    body.classList.toggle("dropping", depth > 0);
  };
  body.addEventListener("dragenter", () => over(1));
  body.addEventListener("dragleave", () => over(-1));
  body.addEventListener("dragover", (event) => event.preventDefault());
  body.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(0);
    for (const file of event.dataTransfer?.files ?? []) read(file);
  });

  function read(file: File): void {
    if (file.size > MOST_BYTES) return refuse(`${file.name}: larger than 64 MiB: balloon-sim run runs it`);
    file.text().then(
      (text) => take({ name: file.name, text }),
      () => refuse(`${file.name}: can't be read`),
    );
  }
}

/** A trace as a part of an address; null if it is too long for that, or if the browser can't pack. */
export async function packed(text: string): Promise<string | null> {
  if (typeof CompressionStream === "undefined" || text.length > 40 * MOST_PACKED) return null;
  const bytes = new Uint8Array(await new Response(through(text, new CompressionStream("deflate-raw"))).arrayBuffer());
  const base64 = btoa(String.fromCharCode(...bytes.subarray(0, MOST_PACKED)));
  if (bytes.length > MOST_PACKED || base64.length > MOST_PACKED) return null;
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The trace in a part of an address; null if it is none. */
export async function unpackedText(part: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (unit) => unit.charCodeAt(0));
    return await new Response(through(bytes, new DecompressionStream("deflate-raw"))).text();
  } catch {
    return null;
  }
}

const through = (data: BlobPart, stream: GenericTransformStream): ReadableStream =>
  new Blob([data]).stream().pipeThrough(stream as ReadableWritablePair<Uint8Array, Uint8Array>);
