/** Files of the reader, and texts of them in the page's address. */

/** Longest text in an address, packed: browsers and mail programs cut longer ones. */
const MOST_PACKED = 6000;

/** A file of the reader. */
export interface OwnFile {
  readonly name: string;
  readonly text: string;
}

/** A text as a part of an address; null if it is too long for that, or if the browser can't pack. */
export async function packed(text: string): Promise<string | null> {
  if (typeof CompressionStream === "undefined" || text.length > 40 * MOST_PACKED) return null;
  const bytes = new Uint8Array(await new Response(through(text, new CompressionStream("deflate-raw"))).arrayBuffer());
  const base64 = btoa(String.fromCharCode(...bytes.subarray(0, MOST_PACKED)));
  if (bytes.length > MOST_PACKED || base64.length > MOST_PACKED) return null;
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text in a part of an address; null if it is none. */
export async function unpackedText(part: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (unit) => unit.charCodeAt(0));
    return await new Response(through(bytes, new DecompressionStream("deflate-raw"))).text();
  } catch {
    return null;
  }
}

// Types of the browser and of Node differ here.
const through = (
  data: string | Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): ReadableStream => new Blob([data]).stream().pipeThrough(stream as never);
