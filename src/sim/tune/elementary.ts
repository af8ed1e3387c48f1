/**
 * Natural logarithm and exponential, computed from + - * / and the bits of a double only: `Math.log` and `Math.exp` may
 * differ between engines, and a sampler's proposals must not. Both are within two units in the last place.
 */

// ln 2 in two parts: the first has zeros at its end, so that its product with an exponent is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const EXPONENT_BIAS = 1023;
/** Smallest normal double. */
const MIN_NORMAL = 2.2250738585072014e-308;
const TWO_54 = 18014398509481984;

const bits = new DataView(new ArrayBuffer(8));

/** The natural logarithm of `x`: -Infinity for 0, NaN below 0. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const isSubnormal = x < MIN_NORMAL;
  bits.setFloat64(0, isSubnormal ? x * TWO_54 : x);
  const high = bits.getInt32(0);
  let exponent = (high >>> 20) - EXPONENT_BIAS - (isSubnormal ? 54 : 0);
  bits.setInt32(0, (high & 0xf_ffff) | (EXPONENT_BIAS << 20));
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)) = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.172.
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  let rest = 0;
  for (let k = 23; k >= 3; k -= 2) rest = (rest + 1 / k) * z;
  // 2s is f - s f: in this form the largest term is exact.
  return exponent * LN2_HIGH + (f - (s * (f - 2 * rest) - exponent * LN2_LOW));
}

/** The exponential of `x`: 0 and Infinity beyond the range of a double. */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0;
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  const power = Math.round(x / (LN2_HIGH + LN2_LOW));
  // |r| < 0.347: fourteen terms of the series.
  const high = x - power * LN2_HIGH;
  const low = power * LN2_LOW;
  const r = high - low;
  let series = 0;
  for (let k = 14; k >= 2; k--) series = (series + 1) * (r / k);
  // Adds the part of r that was lost in its subtraction, to the first order.
  const value = 1 + (r + (r * series + (high - r - low)));
  // In two steps, because 2^power alone may be beyond the range of a double.
  const half = Math.floor(power / 2);
  return value * powerOfTwo(half) * powerOfTwo(power - half);
}

function powerOfTwo(exponent: number): number {
  bits.setInt32(0, (exponent + EXPONENT_BIAS) << 20);
  bits.setInt32(4, 0);
  return bits.getFloat64(0);
}
