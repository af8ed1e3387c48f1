import type { Packed } from "./model.ts";

const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;

/** Unpacked numbers. */
export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

/** The numbers that `pack` packed. All current browsers run on little-endian machines, the byte order of the data. */
export function unpack({ type, base64 }: Packed): Numbers {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new TYPES[type](bytes.buffer);
}
