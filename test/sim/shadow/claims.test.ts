import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Claim,
  claimsOf,
  LEAST_WINDOWS,
  type WindowResult,
  windowResult,
} from "../../../src/sim/shadow/claims.ts";
import type { FigureId } from "../../../src/sim/shadow/figures.ts";
import type { Rows } from "../../../src/sim/shadow/rows.ts";

const MIB = 256;

/** Rows of a minute with a balloon of a constant size, and with a stall time. */
const rows = (mib: number, fullS = 0): Rows => {
  const timeUs = Array.from({ length: 61 }, (_, i) => i * 1e6);
  const all = <T>(value: T): T[] => timeUs.map(() => value);
  return {
    timeUs,
    target: all(1000 * MIB),
    size: all(mib * MIB),
    some: all(fullS * 1e6),
    full: all(fullS * 1e6),
    swapOut: null,
    swapIn: null,
    oomKills: 0,
  };
};

const windows = (count: number, measured: Rows, real: readonly Rows[], other: readonly Rows[]): WindowResult[] =>
  Array.from({ length: count }, () => windowResult(measured, real, other));

const claim = (results: readonly WindowResult[], id: FigureId): Claim => {
  const found = claimsOf(results).find(({ kind }) => kind.id === id);
  if (found === undefined) throw new Error(`no claim about ${id}`);
  return found;
};

test("a difference above twice the error of the prediction is claimed, and one below is not", () => {
  // The prediction of the real driver is off by 10 MiB.
  const of = (otherMib: number): Claim => claim(windows(5, rows(100), [rows(110)], [rows(otherMib)]), "size");
  expect(of(131)).toMatchObject({ verdict: "difference", windows: 5 });
  expect(of(131).difference).toBeCloseTo(21);
  expect(of(131).error).toBeCloseTo(10);
  expect(of(129).verdict).toBe("none");
  expect(of(89).verdict).toBe("difference");
  expect(of(91).verdict).toBe("none");
});

test("the error is the largest of all worlds, and a claim needs all of them", () => {
  const real = [rows(100), rows(103), rows(90)];
  const of = (...others: number[]): Claim =>
    claim(
      windows(
        3,
        rows(100),
        real,
        others.map((mib) => rows(mib)),
      ),
      "size",
    );
  expect(of(150, 150, 150).error).toBeCloseTo(10);
  expect(of(150, 150, 150).verdict).toBe("difference");
  // In the third world the difference is 19 MiB only.
  expect(of(150, 150, 109).verdict).toBe("none");
  // And here it has the other sign.
  expect(of(150, 150, 40).verdict).toBe("none");
});

test("errors of windows do not cancel each other out", () => {
  const results = [
    ...windows(2, rows(100), [rows(130)], [rows(150)]),
    ...windows(2, rows(100), [rows(70)], [rows(90)]),
  ];
  const found = claim(results, "size");
  expect(found.error).toBeCloseTo(30);
  expect(found).toMatchObject({ verdict: "none", windows: 4 });
  expect(found.errors.map(Math.round)).toEqual([-30, -30, 30, 30]);
});

test("fewer windows than are needed make no claim", () => {
  const of = (count: number) => claim(windows(count, rows(100), [rows(100)], [rows(900)]), "size").verdict;
  expect(of(LEAST_WINDOWS - 1)).toBe("few");
  expect(of(LEAST_WINDOWS)).toBe("difference");
});

test("an effect that the real driver did not have is not checked", () => {
  const of = (measuredS: number, otherS: number) =>
    claim(windows(3, rows(100, measuredS), [rows(100, measuredS)], [rows(100, otherS)]), "full").verdict;
  expect(of(0, 5)).toBe("unchecked");
  expect(of(0.4, 5)).toBe("unchecked");
  expect(of(0.6, 5)).toBe("difference");
  // Less of an effect was checked by what there was.
  expect(of(5, 0)).toBe("difference");
  // The balloon's size is no effect: that of a balloon that stays empty is checked as well.
  expect(claim(windows(3, rows(0), [rows(0)], [rows(500)]), "size").verdict).toBe("difference");
});

test("what the machine does not measure is not claimed", () => {
  const measured = { ...rows(100), full: null };
  const ids = claimsOf(windows(3, measured, [rows(100)], [rows(100, 9)])).map(({ kind }) => kind.id);
  expect(ids).toEqual(["size", "away", "missing", "some", "oomKills"]);
});

test("the time to a target is per change of the target", () => {
  const change = (secondsAway: number): Rows => {
    const base = rows(1000);
    return {
      ...base,
      target: base.target.map((pages, i) => (i < 10 ? 1000 * MIB : pages / 2)),
      size: base.size.map((pages, i) => (i < 10 + secondsAway ? pages : pages / 2)),
    };
  };
  const found = claim(windows(4, change(6), [change(7)], [change(20)]), "away");
  expect([found.measured, found.real, found.other, found.difference, found.error].map(Math.round)).toEqual([
    6, 7, 20, 13, 1,
  ]);
  expect(found.verdict).toBe("difference");
});

const anyMib = fc.integer({ min: 0, max: 2000 });

test("no claim is made about a driver that is predicted as the real one is, whatever was measured", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyMib, fc.array(anyMib, { minLength: 3, maxLength: 3 }), fc.integer({ min: 0, max: 60 })), {
        minLength: 1,
        maxLength: 8,
      }),
      (all) => {
        const results = all.map(([measured, real, stall]) => {
          const predicted = real.map((mib) => rows(mib, stall));
          return windowResult(rows(measured), predicted, predicted);
        });
        for (const { verdict } of claimsOf(results)) expect(["none", "few"]).toContain(verdict);
      },
    ),
  );
});

test("nothing is claimed that is not above twice the error", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyMib, anyMib, anyMib), { minLength: 1, maxLength: 8 }), (all) => {
      const results = all.map(([measured, real, other]) => windowResult(rows(measured), [rows(real)], [rows(other)]));
      for (const { verdict, difference, error, windows: count } of claimsOf(results)) {
        if (verdict !== "difference" && verdict !== "unchecked") continue;
        expect(count).toBeGreaterThanOrEqual(LEAST_WINDOWS);
        expect(Math.abs(difference)).toBeGreaterThan(2 * error);
      }
    }),
  );
});
