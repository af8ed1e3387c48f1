import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ceilingPages, formatCeiling, parseCeiling } from "../../../src/hw/control/ceiling.ts";
import { controlOf, NO_ORDERS, type Orders, orderedTarget, ordersText } from "../../../src/hw/control/orders.ts";

const GIB = 2 ** 18;
const held = (size: number, max: string | null = null) => ({
  max: max === null ? null : parseCeiling(max),
  machinePages: 16 * GIB,
  size,
});
const orders = (more: Partial<Orders>): Orders => ({ ...NO_ORDERS, ...more });

describe("a ceiling", () => {
  test.each([
    ["8GiB", 8 * GIB],
    ["50%", 8 * GIB],
    ["12.5 %", 2 * GIB],
    ["0.5%", 0.08 * GIB],
    ["100%", 16 * GIB],
  ])("of %s of a machine with 16 GiB", (text, pages) => {
    expect(ceilingPages(parseCeiling(text), 16 * GIB)).toBe(Math.floor(pages));
    expect(parseCeiling(formatCeiling(parseCeiling(text)))).toEqual(parseCeiling(text));
  });

  test.each(["101%", "-5%", "8", "8GB", "half", 8, null, ""])("that reads %j is refused", (value) => {
    expect(() => parseCeiling(value)).toThrow(/expected a size with its unit.*share of the machine's memory/);
  });

  test.each(["0", "0MiB", "0%", "0.0 %"])("of %s is refused, with the order that empties the balloon", (text) => {
    expect(() => parseCeiling(text)).toThrow(
      `expected more than 0, found "${text}": the order "balloon-hw drain --persist" keeps the balloon empty`,
    );
  });

  test("of a share grows with the machine's memory", () => {
    const at = (machinePages: number) =>
      orderedTarget(orders({ limit: { percent: 25 } }), 9 * GIB, { ...held(0), machinePages });
    expect([at(8 * GIB), at(32 * GIB)]).toEqual([2 * GIB, 8 * GIB]);
  });
});

const ORDERS = fc.record({
  mode: fc.constantFrom("follow", "freeze", "drain"),
  frozenPages: fc.nat(1000),
  limit: fc.option(fc.oneof(fc.record({ pages: fc.nat(1000) }), fc.record({ percent: fc.nat(100) }))),
}) as fc.Arbitrary<Orders>;
const HELD = fc.record({
  max: fc.option(fc.record({ pages: fc.nat(1000) })),
  machinePages: fc.constant(1000),
  size: fc.nat(1000),
});

describe("an ordered target", () => {
  test("is the host's without orders", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(1000),
        (wanted, size) => orderedTarget(NO_ORDERS, wanted, held(size)) === wanted,
      ),
    );
  });

  test("never asks the balloon to grow beyond what the host asks for, nor beyond max", () => {
    fc.assert(
      fc.property(ORDERS, fc.nat(1000), HELD, (given, wanted, at) => {
        const target = orderedTarget(given, wanted, at);
        if (target <= at.size) return;
        expect(target).toBeLessThanOrEqual(Math.min(wanted, at.max?.pages ?? wanted));
      }),
    );
  });

  test("of a frozen balloon is its size whatever the host asks for, or the lower one of limit and max", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), (size, wanted, pages) => {
        const frozen = orders({ mode: "freeze", frozenPages: size });
        expect(orderedTarget(frozen, wanted, held(size))).toBe(size);
        expect(orderedTarget({ ...frozen, limit: { pages } }, wanted, held(size, "1MiB"))).toBe(
          Math.min(size, pages, 256),
        );
      }),
    );
  });

  test("of a frozen balloon that was emptied is what the host asks for, up to the frozen size", () => {
    const frozen = orders({ mode: "freeze", frozenPages: 500 });
    expect([300, 500, 900].map((wanted) => orderedTarget(frozen, wanted, held(0)))).toEqual([300, 500, 500]);
    expect(orderedTarget(frozen, 100, held(200))).toBe(200);
    expect(orderedTarget(frozen, 900, held(0, "1MiB"))).toBe(256);
  });

  test("of a drained balloon is 0", () => {
    expect(orderedTarget(orders({ mode: "drain" }), 900, held(500))).toBe(0);
  });

  test("is at most the lower one of limit and max", () => {
    const limited = orders({ limit: { pages: 300 } });
    expect(orderedTarget(limited, 900, held(500))).toBe(300);
    expect(orderedTarget(limited, 900, held(500, "1MiB"))).toBe(256);
    expect(orderedTarget(limited, 200, held(500))).toBe(200);
  });
});

describe("the clause about orders", () => {
  const frozen = orders({ mode: "freeze", frozenPages: GIB });
  const limited = (limit: string, given = NO_ORDERS): Orders => ({ ...given, limit: parseCeiling(limit) });

  test.each([
    [frozen, null, "frozen at 1GiB"],
    [frozen, "1GiB", "frozen at 1GiB"],
    [frozen, "1%", "frozen at 1GiB, and limited to 1% by max"],
    [limited("1GiB", frozen), null, "frozen at 1GiB"],
    [limited("512MiB", frozen), null, "frozen at 1GiB, and limited to 512MiB"],
    [limited("512MiB", frozen), "256MiB", "frozen at 1GiB, and limited to 256MiB by max"],
    [limited("2GiB"), "2GiB", "limited to 2GiB"],
    [limited("2GiB"), "1GiB", "limited to 2GiB, and to 1GiB by max"],
    [limited("25%"), "8GiB", "limited to 25%"],
    [orders({ mode: "drain" }), "1GiB", "drained"],
    [NO_ORDERS, "1GiB", null],
  ])("%j with max %s is %j", (given, max, text) => {
    expect(ordersText(given, held(0, max))).toBe(text);
  });
});

test("orders are told by what is in force", () => {
  const limit = parseCeiling("2GiB");
  const all = [
    orders({}),
    orders({ limit }),
    orders({ mode: "freeze", frozenPages: GIB, limit }),
    orders({ mode: "drain", limit }),
  ];
  expect(all.map(controlOf)).toEqual(["follow", "limit", "freeze", "drain"]);
  expect(all.map((each) => ordersText(each, held(0)))).toEqual([null, "limited to 2GiB", "frozen at 1GiB", "drained"]);
});
