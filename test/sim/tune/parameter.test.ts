import fc from "fast-check";
import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import type { Axis } from "../../../src/sim/tune/parameter.ts";
import { defaultSpace, parseSpace } from "../../../src/sim/tune/parse-space.ts";
import { anySpace } from "../../support/generators/spaces.ts";

test("each value has a cell of its own, in ascending order, without gaps", () => {
  fc.assert(
    fc.property(anySpace, (space) => {
      for (const axis of space.axes) {
        const { kind, min, values } = axis.parameter;
        let end = 0;
        for (let i = 0; i < axis.count; i++) {
          const value = kind === "list" ? (values[i] as number) : min + i;
          const [low, high] = axis.cellOf(value);
          expect(low).toBeCloseTo(end, 12);
          expect(high).toBeGreaterThan(low);
          expect(axis.valueOf(axis.unitOf(value))).toBe(value);
          expect(axis.valueOf(low + (high - low) * 0.001)).toBe(value);
          expect(axis.valueOf(low + (high - low) * 0.999)).toBe(value);
          end = high;
        }
        expect(end).toBeCloseTo(1, 12);
      }
    }),
  );
});

test("coordinates outside belong to the nearest end", () => {
  for (const axis of defaultSpace(VMMEMCTL).axes) {
    expect([axis.valueOf(-0.5), axis.valueOf(0)]).toEqual([axis.parameter.min, axis.parameter.min]);
    expect([axis.valueOf(1), axis.valueOf(1.5)]).toEqual([axis.parameter.max, axis.parameter.max]);
  }
});

test("the middle of a logarithmic scale is the geometric mean, of a linear one the arithmetic", () => {
  const middleOf = (set: string) => parseSpace(VMMEMCTL, [set]).axes[0]?.valueOf(0.5) as number;
  // Of the outer ends of the cells: 511.5 to 32768.5.
  expect(middleOf("alloc-max=512..32768")).toBe(Math.round(Math.sqrt(511.5 * 32768.5)));
  expect(middleOf("alloc-max=lin:1000..9000")).toBe(5000);
  // Of v + 1, 0.5 to 64.5, where v may be 0.
  expect(middleOf("slow-cycles=0..63")).toBe(Math.round(Math.sqrt(0.5 * 64.5)) - 1);
});

test("next values are the neighbours, and turn round at the ends", () => {
  const [list] = parseSpace(VMMEMCTL, ["free-inc=1,16,64"]).axes as [Axis];
  expect([list.next(16, 1), list.next(16, -1), list.next(64, 1), list.next(1, -1)]).toEqual([64, 1, 16, 16]);
});
