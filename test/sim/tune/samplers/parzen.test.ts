import fc from "fast-check";
import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../../src/engine/index.ts";
import { randomStream } from "../../../../src/sim/random/stream.ts";
import { valueAt } from "../../../../src/sim/tune/parameter.ts";
import { parseSpace } from "../../../../src/sim/tune/parse-space.ts";
import { ParzenDensity } from "../../../../src/sim/tune/samplers/parzen.ts";

const { axes } = parseSpace(VMMEMCTL, ["alloc-inc=1..40", "free-inc=1,16,64,256", "slow-cycles=lin:0..9"]);
/** All points with the volumes of their cells. */
const cells = Array.from({ length: 40 * 4 * 10 }, (_, i) => {
  const digits = [i % 40, Math.floor(i / 40) % 4, Math.floor(i / 160)];
  const point = axes.map((axis, k) => valueAt(axis.parameter, digits[k] as number));
  const volume = axes.reduce((product, axis, k) => {
    const [low, high] = axis.cellOf(point[k] as number);
    return product * (high - low);
  }, 1);
  return { point, volume };
});
const anyPoints = fc.array(
  fc.nat(cells.length - 1).map((i) => cells[i]?.point as number[]),
  { maxLength: 8 },
);

test("a density is positive and adds up to 1", () => {
  fc.assert(
    fc.property(anyPoints, anyPoints, (points, later) => {
      const density = new ParzenDensity(axes, points);
      for (const point of later) density.add(point);
      const densities = cells.map(({ point }) => density.at(point));
      expect(Math.min(...densities)).toBeGreaterThan(0);
      expect(cells.reduce((sum, { volume }, i) => sum + volume * (densities[i] as number), 0)).toBeCloseTo(1, 9);
    }),
    { numRuns: 50 },
  );
});

test("draws are spread as the density says", () => {
  const density = new ParzenDensity(axes, [
    [3, 16, 8],
    [30, 16, 2],
    [3, 256, 8],
  ]);
  const random = randomStream("1", "draws");
  const drawn = new Map<string, number>();
  const DRAWS = 40_000;
  for (let i = 0; i < DRAWS; i++) {
    const [, list, linear] = density.draw(random);
    drawn.set(`${list},${linear}`, (drawn.get(`${list},${linear}`) ?? 0) + 1);
  }
  const expected = new Map<string, number>();
  for (const { point, volume } of cells) {
    const key = `${point[1]},${point[2]}`;
    expected.set(key, (expected.get(key) ?? 0) + DRAWS * volume * density.at(point));
  }
  // Chi-squared with 39 degrees of freedom: above 73 once in a thousand seeds.
  const squares = [...expected].map(([key, count]) => ((drawn.get(key) ?? 0) - count) ** 2 / count);
  expect(squares.reduce((a, b) => a + b, 0)).toBeLessThan(73);
});
