import { describe, expect, test } from "vitest";
import { effectOf, type Outcome, type Values } from "../../../src/sim/why/effect.ts";

const values = (window: number, run = window): Values => {
  const worlds = (value: number) => [0, 1, 2, 3, 4].map((i) => value * (1 + i / 1000));
  return { window: worlds(window), run: worlds(run) };
};
const outcome = (of: Values, waits: Values, kills = values(0)): Outcome => ({ values: of, waits, kills });
const waiting = (window: number, run = window): Outcome => outcome(values(window, run), values(window, run));

describe("the effect of a change", () => {
  test("follows the waits", () => {
    const asItIs = waiting(10);
    expect(effectOf("waits", waiting(0.5), asItIs)).toBe("prevents");
    expect(effectOf("waits", waiting(5), asItIs)).toBe("helps");
    expect(effectOf("waits", waiting(10), asItIs)).toBe("none");
    expect(effectOf("waits", waiting(20), asItIs)).toBe("worse");
    expect(effectOf("waits", waiting(5, 20), asItIs)).toBe("moves");
  });

  test("is mixed where all waits of the run go the other way", () => {
    expect(effectOf("waits", waiting(15, 20), waiting(10, 40))).toBe("mixed");
    const driver = outcome(values(10), values(1));
    expect(effectOf("driver", outcome(values(0), values(2)), driver)).toBe("mixed");
    expect(effectOf("driver", outcome(values(20), values(0.5)), driver)).toBe("mixed");
    expect(effectOf("driver", outcome(values(0), values(1)), driver)).toBe("prevents");
  });

  test("is no prevention where as much comes at other times", () => {
    const kills = (window: number, run: number) => outcome(values(window, run), values(1), values(window, run));
    expect(effectOf("kills", kills(0, 4), kills(1, 4))).toBe("moves");
    expect(effectOf("kills", kills(0, 2), kills(1, 4))).toBe("moves");
    expect(effectOf("kills", kills(0, 0), kills(1, 4))).toBe("prevents");
    expect(effectOf("waits", waiting(0.1, 8), waiting(10, 30))).toBe("helps");
    expect(effectOf("waits", waiting(0.1, 0.5), waiting(10, 30))).toBe("prevents");
  });

  test("is prevention where the rest of the run stays as it is", () => {
    const two = { window: [0, 0, 0, 0, 0], run: [3, 3, 3, 3, 3] };
    const before = { window: [1, 1, 1, 1, 1], run: [4, 4, 4, 4, 4] };
    expect(effectOf("kills", outcome(two, values(1), two), outcome(before, values(1), before))).toBe("prevents");
  });

  test("is more kills, whatever comes of the waits", () => {
    const kills = (count: number) => outcome(values(count ? 5 : 10), values(count ? 5 : 10), values(0, count));
    expect(effectOf("waits", kills(2), kills(0))).toBe("kills");
    expect(
      effectOf("waits", outcome(values(0), values(0), values(1)), outcome(values(10), values(10), values(1))),
    ).toBe("prevents");
    const killed = outcome(values(1, 3), values(1), values(1, 3));
    expect(effectOf("kills", outcome(values(0, 4), values(1), values(0, 4)), killed)).toBe("kills");
  });

  test("of a kill is prevention even where workloads wait longer then", () => {
    const asItIs = outcome(values(1), values(1), values(1));
    expect(effectOf("kills", outcome(values(0), values(3), values(0)), asItIs)).toBe("prevents");
  });
});
