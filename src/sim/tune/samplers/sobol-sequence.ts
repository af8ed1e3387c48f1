import type { Random } from "../../random/stream.ts";

/**
 * Primitive polynomials and first direction numbers of the dimensions after the first, from the table of S. Joe and F.
 * Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008): the
 * inner coefficients of the polynomial as a number, and the m_i, as many as its degree.
 */
const DIMENSIONS: readonly (readonly [coefficients: number, first: readonly number[]])[] = [
  [0, [1]],
  [1, [1, 3]],
  [1, [1, 3, 1]],
  [2, [1, 1, 1]],
  [1, [1, 1, 3, 3]],
  [4, [1, 3, 5, 13]],
  [2, [1, 1, 5, 5, 17]],
  [4, [1, 1, 5, 5, 5]],
  [7, [1, 1, 7, 11, 19]],
];

/** Number of dimensions with direction numbers: one for each constant of the policy. */
export const MAX_DIMENSIONS = DIMENSIONS.length + 1;

const BITS = 32;
const TWO_32 = 4294967296;

/** The i-th direction number of a dimension, at the top of 32 bits; dimension 0 is van der Corput's sequence. */
function directionNumbers(dimension: number): Uint32Array {
  const directions = new Uint32Array(BITS);
  const [coefficients, first] = DIMENSIONS[dimension - 1] ?? [0, []];
  const degree = first.length;
  for (let i = 0; i < BITS; i++) {
    if (dimension === 0) directions[i] = 1 << (BITS - 1 - i);
    else if (i < degree) directions[i] = (first[i] as number) << (BITS - 1 - i);
    else {
      const oldest = directions[i - degree] as number;
      let value = oldest ^ (oldest >>> degree);
      for (let k = 1; k < degree; k++) {
        if ((coefficients >>> (degree - 1 - k)) & 1) value ^= directions[i - k] as number;
      }
      directions[i] = value;
    }
  }
  return directions;
}

/**
 * Sobol's sequence in the unit cube, its points in the order of the Gray code: any 2^k of them, from a multiple of 2^k
 * on, are distributed far more evenly than random ones.
 *
 * With `random` it is scrambled, which preserves that and removes the points' common pattern: by a random lower
 * triangular matrix for each dimension and a random shift, both on the binary digits (J. Matoušek, "On the
 * L2-discrepancy for anchored boxes", J. Complexity 14, 1998).
 */
export class SobolSequence {
  readonly #directions: readonly Uint32Array[];
  readonly #state: Uint32Array;
  #index = 0;

  /** @param dimensions 1 to `MAX_DIMENSIONS` */
  constructor(dimensions: number, random?: Random) {
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new RangeError(`${dimensions} dimensions: expected 1 to ${MAX_DIMENSIONS}`);
    }
    this.#state = new Uint32Array(dimensions);
    this.#directions = Array.from({ length: dimensions }, (_, dimension) => {
      const directions = directionNumbers(dimension);
      if (random === undefined) return directions;
      const rows = scramblingRows(random);
      this.#state[dimension] = bits(random);
      return directions.map((direction) => multiply(rows, direction));
    });
  }

  /** Writes the next point into `point`: each coordinate in [0, 1), a multiple of 2^-32. */
  next(point: Float64Array): void {
    const state = this.#state;
    for (let dimension = 0; dimension < state.length; dimension++) {
      point[dimension] = (state[dimension] as number) / TWO_32;
    }
    // The point after the i-th differs from it in the direction of the lowest zero bit of i.
    const bit = Math.clz32(this.#index ^ (this.#index + 1)) ^ (BITS - 1);
    for (let dimension = 0; dimension < state.length; dimension++) {
      state[dimension] = (state[dimension] as number) ^ (this.#directions[dimension]?.[bit] as number);
    }
    this.#index = (this.#index + 1) >>> 0;
  }
}

const bits = (random: Random): number => Math.floor(random() * TWO_32) >>> 0;

/** Row i of the matrix: random digits before the i-th, and 1 in the i-th. */
function scramblingRows(random: Random): Uint32Array {
  return Uint32Array.from({ length: BITS }, (_, i) => {
    const diagonal = (1 << (BITS - 1 - i)) >>> 0;
    const before = i === 0 ? 0 : (0xffff_ffff << (BITS - i)) >>> 0;
    return (bits(random) & before) | diagonal;
  });
}

/** Matrix times vector over the binary digits, the highest digit first. */
function multiply(rows: Uint32Array, vector: number): number {
  let product = 0;
  for (let i = 0; i < BITS; i++) {
    if (parity((rows[i] as number) & vector) === 1) product |= 1 << (BITS - 1 - i);
  }
  return product >>> 0;
}

function parity(value: number): number {
  let v = value;
  for (let shift = BITS / 2; shift >= 1; shift /= 2) v ^= v >>> shift;
  return v & 1;
}
