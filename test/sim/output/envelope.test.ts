import fc from "fast-check";
import { expect, test } from "vitest";
import { type Curve, Envelope, thinOut } from "../../../src/sim/output/envelope.ts";

const BUCKETS = 8;
const points = fc
  .array(fc.record({ gap: fc.oneof(fc.constant(0), fc.nat(500)), value: fc.integer({ min: -9, max: 9 }) }), {
    minLength: 1,
  })
  .map((list) => {
    let timeUs = 0;
    return list.map(({ gap, value }) => {
      timeUs += gap;
      return { timeUs, value };
    });
  });

function curveOf(list: readonly { timeUs: number; value: number }[]): Curve {
  return { timeUs: list.map((p) => p.timeUs), value: list.map((p) => p.value) };
}

const pairs = ({ timeUs, value }: Curve) => timeUs.map((t, i) => `${t}:${value[i]}`);

/** Whether all of `part` comes in `whole`, in that order. */
function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let i = 0;
  for (const one of whole) if (one === part[i]) i++;
  return i === part.length;
}

test("the envelope keeps few points of the curve in their order, the first and the last among them", () => {
  fc.assert(
    fc.property(points, (list) => {
      const envelope = new Envelope(BUCKETS, 3);
      for (const { timeUs, value } of list) envelope.add(timeUs, value);
      const kept = pairs(envelope.curve());
      const all = pairs(curveOf(list));
      expect(isSubsequence(kept, all)).toBe(true);
      expect([kept[0], kept.at(-1)]).toEqual([all[0], all.at(-1)]);
      expect(kept.length).toBeLessThanOrEqual(4 * BUCKETS);
    }),
  );
});

test("the envelope keeps the lowest and highest value of each column of the picture", () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 20 }), (list, columns) => {
      const endUs = (list.at(-1)?.timeUs ?? 0) + 1;
      const width = Math.floor(endUs / columns) + 1;
      const range = (curve: Curve, column: number) => {
        const values = curve.value.filter((_, i) => Math.floor(curve.timeUs[i] / width) === column);
        return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
      };
      const curve = curveOf(list);
      const thin = thinOut(curve, columns, endUs);
      for (let column = 0; column < columns; column++) expect(range(thin, column)).toEqual(range(curve, column));
    }),
  );
});

test("the envelope keeps all points of a short curve", () => {
  const curve = { timeUs: [0, 10, 10, 20], value: [1, 1, 5, 5] };
  expect(thinOut(curve, 1000, 2000)).toEqual(curve);
});
