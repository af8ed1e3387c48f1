/** Bytes as text, in Node and in browsers. */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Characters that are made of bytes at a time: a call takes a limited number of arguments. */
const CHUNK = 8192;

/** Whether all bytes are ASCII: each of them is one character, also in UTF-8. */
export function isAscii(bytes: Uint8Array): boolean {
  const isAligned = bytes.byteOffset % 4 === 0;
  const words = new Uint32Array(bytes.buffer, isAligned ? bytes.byteOffset : 0, isAligned ? bytes.length >>> 2 : 0);
  let bits = 0;
  for (let i = 0; i < words.length; i++) bits |= words[i] as number;
  if ((bits & 0x80808080) !== 0) return false;
  for (let i = words.length * 4; i < bytes.length; i++) bits |= bytes[i] as number;
  return (bits & 0x80808080) === 0;
}

/** The text of bytes in UTF-8, with its byte order mark; null if they are not valid. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** Each byte as the character of that number, as in Latin-1. (`latin1` of the browsers' decoder is another encoding.) */
export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

/** Number of bytes that a text has in UTF-8. */
export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;
