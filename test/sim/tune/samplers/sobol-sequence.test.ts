import { expect, test } from "vitest";
import { randomStream } from "../../../../src/sim/random/stream.ts";
import { MAX_DIMENSIONS, SobolSequence } from "../../../../src/sim/tune/samplers/sobol-sequence.ts";

function take(sequence: SobolSequence, dimensions: number, count: number): number[][] {
  const point = new Float64Array(dimensions);
  return Array.from({ length: count }, () => {
    sequence.next(point);
    return [...point];
  });
}

const scrambled = (dimensions: number, seed: string) => new SobolSequence(dimensions, randomStream(seed, "test"));

test("the first points are those of the published sequence", () => {
  expect(take(new SobolSequence(4), 4, 8)).toEqual([
    [0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25],
    [0.25, 0.75, 0.75, 0.75],
    [0.375, 0.375, 0.625, 0.875],
    [0.875, 0.875, 0.125, 0.375],
    [0.625, 0.125, 0.875, 0.625],
    [0.125, 0.625, 0.375, 0.125],
  ]);
});

test("the first 2^d points lie in each of the 2^d orthants, which wrong direction numbers miss", () => {
  for (let d = 1; d <= MAX_DIMENSIONS; d++) {
    const orthants = take(new SobolSequence(d), d, 2 ** d).map((point) => point.map((x) => (x < 0.5 ? 0 : 1)).join(""));
    expect(new Set(orthants).size).toBe(2 ** d);
  }
});

test("each dimension has one point in each of 2^k equal parts, scrambled or not", () => {
  for (const sequence of [new SobolSequence(MAX_DIMENSIONS), scrambled(MAX_DIMENSIONS, "1")]) {
    for (let block = 0; block < 3; block++) {
      const points = take(sequence, MAX_DIMENSIONS, 256);
      for (let d = 0; d < MAX_DIMENSIONS; d++) {
        expect(new Set(points.map((point) => Math.floor((point[d] as number) * 256))).size).toBe(256);
      }
    }
  }
});

/** Largest difference of the share of points in a box from 0 to a corner and the box's volume, over a grid of corners. */
function discrepancy(points: readonly number[][], dimensions: readonly [number, number]): number {
  let worst = 0;
  for (let a = 1; a <= 16; a++) {
    for (let b = 1; b <= 16; b++) {
      const inside = points.filter(
        (p) => (p[dimensions[0]] as number) < a / 16 && (p[dimensions[1]] as number) < b / 16,
      );
      worst = Math.max(worst, Math.abs(inside.length / points.length - (a * b) / 256));
    }
  }
  return worst;
}

test("every pair of dimensions is covered far more evenly than at random", () => {
  const random = randomStream("1", "points");
  const drawn = Array.from({ length: 512 }, () => Array.from({ length: MAX_DIMENSIONS }, random));
  const points = take(scrambled(MAX_DIMENSIONS, "1"), MAX_DIMENSIONS, 512);
  let [sum, sumDrawn] = [0, 0];
  for (let i = 0; i < MAX_DIMENSIONS; i++) {
    for (let j = 0; j < i; j++) {
      sum += discrepancy(points, [i, j]);
      sumDrawn += discrepancy(drawn, [i, j]);
    }
  }
  expect(sum).toBeLessThan(sumDrawn / 3);
});

test("seeds scramble differently", () => {
  expect(take(scrambled(3, "1"), 3, 4)).not.toEqual(take(scrambled(3, "2"), 3, 4));
  expect(take(scrambled(3, "1"), 3, 4)).toEqual(take(scrambled(3, "1"), 3, 4));
});

test("direction numbers exist up to the largest dimension and no further", () => {
  expect(() => new SobolSequence(0)).toThrow(/1 to 10/);
  expect(() => new SobolSequence(MAX_DIMENSIONS + 1)).toThrow(/1 to 10/);
});
