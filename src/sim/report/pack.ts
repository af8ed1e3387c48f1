import type { Packed } from "./model.ts";

/** Types from the narrowest on; numbers that none of them holds exactly are `f64`. */
const CANDIDATES = [
  { type: "u8", bytes: 1, holds: (v: number) => Number.isInteger(v) && v >= 0 && v <= 0xff && !Object.is(v, -0) },
  { type: "u16", bytes: 2, holds: (v: number) => Number.isInteger(v) && v >= 0 && v <= 0xffff && !Object.is(v, -0) },
  {
    type: "u32",
    bytes: 4,
    holds: (v: number) => Number.isInteger(v) && v >= 0 && v <= 0xffff_ffff && !Object.is(v, -0),
  },
  { type: "f32", bytes: 4, holds: (v: number) => Number.isNaN(v) || Math.fround(v) === v },
  { type: "f64", bytes: 8, holds: () => true },
] as const;

const WRITE = {
  u8: (view: DataView, at: number, v: number) => view.setUint8(at, v),
  u16: (view: DataView, at: number, v: number) => view.setUint16(at, v, true),
  u32: (view: DataView, at: number, v: number) => view.setUint32(at, v, true),
  f32: (view: DataView, at: number, v: number) => view.setFloat32(at, v, true),
  f64: (view: DataView, at: number, v: number) => view.setFloat64(at, v, true),
};

/** Packs the numbers of a picture: whole numbers exactly, others with 32 bits, which is seven digits. */
export function packRounded(values: readonly number[]): Packed {
  return pack(values.map((value) => (Number.isInteger(value) ? value : Math.fround(value))));
}

/** Packs numbers so that the page's `unpack` restores them exactly, NaN and infinities included. */
export function pack(values: ArrayLike<number>): Packed {
  const { type, bytes } = CANDIDATES.find(({ holds }) => holdsAll(values, holds)) as (typeof CANDIDATES)[number];
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  for (let i = 0; i < values.length; i++) WRITE[type](view, i * bytes, values[i] as number);
  return { type, base64: Buffer.from(view.buffer).toString("base64") };
}

function holdsAll(values: ArrayLike<number>, holds: (value: number) => boolean): boolean {
  for (let i = 0; i < values.length; i++) if (!holds(values[i] as number)) return false;
  return true;
}
