/** SHA-256 by its standard, FIPS 180-4, where `node:crypto` is not: `crypto.subtle` of browsers is absent on pages without TLS. */

const BLOCK_BYTES = 64;
const PRIMES = firstPrimes(64);
/** The first 32 bits of the fractions of the roots of the first primes: cube roots for the rounds, square roots for the beginning. */
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)));
const BEGIN = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));

/** SHA-256 of bytes, in hexadecimal digits. */
export function plainSha256(bytes: Uint8Array): string {
  const state = Uint32Array.from(BEGIN);
  const words = new Int32Array(64);
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += BLOCK_BYTES) addBlock(state, words, view, at);
  const last = lastBlocks(bytes, whole);
  for (let at = 0; at < last.byteLength; at += BLOCK_BYTES) addBlock(state, words, last, at);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** The bytes after the whole blocks, a bit that is 1, bits that are 0, and the number of all bits. */
function lastBlocks(bytes: Uint8Array, from: number): DataView {
  const rest = bytes.length - from;
  const last = new Uint8Array(rest + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES);
  last.set(bytes.subarray(from));
  last[rest] = 0x80;
  const view = new DataView(last.buffer);
  view.setBigUint64(last.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

function addBlock(state: Uint32Array, words: Int32Array, block: DataView, from: number): void {
  for (let i = 0; i < 16; i++) words[i] = block.getUint32(from + 4 * i);
  for (let i = 16; i < 64; i++) {
    const w15 = words[i - 15] as number;
    const w2 = words[i - 2] as number;
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    words[i] = ((words[i - 16] as number) + s0 + (words[i - 7] as number) + s1) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUNDS[i] as number) + (words[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  // A block has 64 bytes: an array for each would take as long as the rest.
  add(state, 0, a);
  add(state, 1, b);
  add(state, 2, c);
  add(state, 3, d);
  add(state, 4, e);
  add(state, 5, f);
  add(state, 6, g);
  add(state, 7, h);
}

function add(state: Uint32Array, index: number, word: number): void {
  state[index] = (state[index] as number) + word;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

function fractionOf(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) >>> 0;
}
