import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Value } from "../../../src/sim/trace/value.ts";

const SECOND = 1_000_000;

/** A value on a line from `from` at second 10 to `to` at second 14. */
function line(from: number, to: number): Value {
  const value = new Value();
  value.set(10 * SECOND, from, 14 * SECOND, to);
  return value;
}

describe("Value", () => {
  it("holds what it was set to", () => {
    const value = new Value(3);
    expect(value.at(0)).toBe(3);
    expect(value.unknown).toBe(false);
    // Nothing else is said of a value that holds: what it would be later does not count.
    value.set(5, 7, 5, 9);
    expect([value.at(5), value.at(1e12), value.moves(6)]).toEqual([7, 7, false]);
    expect(value.nextStepUs(6, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it("follows a line to its end, and stays there", () => {
    const value = line(100, 300);
    expect([10, 11, 12.5, 14, 20].map((second) => value.at(second * SECOND))).toEqual([100, 150, 225, 300, 300]);
    expect([value.moves(11 * SECOND), value.moves(14 * SECOND)]).toEqual([true, false]);
  });

  it("adds up a rate along a line", () => {
    expect(line(100, 300).over(10 * SECOND, 14 * SECOND)).toBe(800);
    expect(line(100, 300).over(11 * SECOND, 12 * SECOND)).toBe(175);
    expect(line(0, 0).over(11 * SECOND, 12 * SECOND)).toBe(0);
    expect(line(100, 300).over(14 * SECOND, 16 * SECOND)).toBe(600);
  });

  it("counts the time in which it is at least a bound, on a line and after it", () => {
    const down = line(4, 0);
    expect(down.timeAtLeast(1, 10 * SECOND, 14 * SECOND)).toBe(3 * SECOND + 1);
    expect(line(0, 4).timeAtLeast(1, 10 * SECOND, 14 * SECOND)).toBe(3 * SECOND);
    expect(down.timeAtLeast(1, 14 * SECOND, 15 * SECOND)).toBe(0);
    expect(line(0, 4).timeAtLeast(1, 14 * SECOND, 15 * SECOND)).toBe(SECOND);
  });

  it("reaches a bound if it does at the beginning or at the end", () => {
    expect([line(4, 0), line(0, 4), line(0, 0)].map((v) => v.reaches(1, 10 * SECOND, 14 * SECOND))).toEqual([
      true,
      true,
      false,
    ]);
    expect([line(4, 0), line(0, 4)].map((v) => v.reaches(1, 14 * SECOND, 15 * SECOND))).toEqual([false, true]);
  });

  it("says when it will have moved by a step: then it has, and just before it has not", () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(4 * SECOND - 1),
        (from, to, step, past) => {
          const value = line(from, to);
          const now = 10 * SECOND + past;
          const next = value.nextStepUs(now, step);
          if (from === to) {
            expect(next).toBe(Number.POSITIVE_INFINITY);
            return;
          }
          expect(next).toBeGreaterThan(now);
          expect(next).toBeLessThanOrEqual(14 * SECOND);
          const moved = (us: number) => Math.abs(value.at(us) - value.at(now));
          if (next < 14 * SECOND) expect(moved(next)).toBeGreaterThanOrEqual(step - 1e-6);
          if (next > now + 1) expect(moved(next - 1)).toBeLessThan(step + 1e-6);
        },
      ),
    );
  });

  it("sees a rate that rises from 0", () => {
    const value = line(0, 400);
    expect(value.at(10 * SECOND)).toBe(0);
    expect(value.soon(10 * SECOND)).toBe(100);
    expect(value.soon(13.5 * SECOND)).toBe(400);
    expect(line(400, 0).soon(10 * SECOND)).toBe(400);
  });

  it("holds the last known value where the trace knows none, and draws no line into the unknown", () => {
    const value = line(100, 300);
    value.set(12 * SECOND, Number.NaN, 12 * SECOND, Number.NaN);
    expect([value.unknown, value.at(13 * SECOND), value.moves(13 * SECOND)]).toEqual([true, 200, false]);
    value.set(15 * SECOND, 50, 16 * SECOND, Number.NaN);
    expect([value.unknown, value.at(15.5 * SECOND)]).toEqual([false, 50]);
  });
});
