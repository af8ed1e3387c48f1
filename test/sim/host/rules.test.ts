import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostRules } from "../../../src/sim/host/rules.ts";
import { geometric, type Random, randomStream } from "../../../src/sim/random/stream.ts";
import type { HostCommand, HostRule } from "../../../src/sim/trace/types.ts";

/** The rules, asked about one command at a time. */
class NaiveRules {
  readonly #rules: { rule: HostRule; left: number; pass: number }[];
  readonly #random: Random;

  constructor(rules: readonly HostRule[], random: Random) {
    this.#random = random;
    this.#rules = rules.map((rule) => ({ rule, left: rule.count, pass: this.#draw(rule) }));
  }

  /** The status of the rule that answers this command; null if none does. */
  answer(command: HostCommand, nowUs: number): number | null {
    for (const state of this.#rules) {
      const { rule } = state;
      if (rule.command !== command || nowUs < rule.fromUs || nowUs >= rule.untilUs || state.left === 0) continue;
      if (state.pass-- > 0) continue;
      state.left--;
      state.pass = this.#draw(rule);
      return rule.status;
    }
    return null;
  }

  #draw({ fraction, every }: HostRule): number {
    return ((fraction < 1 ? geometric(fraction, this.#random) : 0) + 1) * every - 1;
  }
}

const command = fc.constantFrom<HostCommand>("lock", "unlock");
const rule: fc.Arbitrary<HostRule> = fc
  .record({
    command,
    from: fc.nat(6),
    lasting: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Number.POSITIVE_INFINITY)),
    count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Number.POSITIVE_INFINITY)),
    every: fc.integer({ min: 1, max: 4 }),
    fraction: fc.constantFrom(1, 0.5, 0.1),
    status: fc.nat(8),
  })
  .map(({ from, lasting, ...r }) => ({ ...r, fromUs: from, untilUs: from + lasting, path: "$" }));
const ask = fc.record({ command, later: fc.nat(2), count: fc.integer({ min: 1, max: 12 }) });

describe("HostRules", () => {
  it("answers a run of commands as it would answer them one by one", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.array(ask, { maxLength: 12 }), (rules, asks) => {
        const runs = new HostRules(rules, randomStream("1", "host"));
        const naive = new NaiveRules(rules, randomStream("1", "host"));
        let now = 0;
        for (const { command, later, count } of asks) {
          now += later;
          let expected = count;
          let status: number | null = null;
          for (let i = 0; i < count && status === null; i++) {
            status = naive.answer(command, now);
            if (status !== null) expected = i;
          }
          expect(runs.first(command, count, now)).toBe(expected);
          if (status !== null) expect(runs.status).toBe(status);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("says whether a rule applies now, and when one will", () => {
    const once: HostRule = {
      command: "get-target",
      fromUs: 10,
      untilUs: 20,
      count: 1,
      every: 1,
      fraction: 1,
      status: 7,
      path: "$",
    };
    const rules = new HostRules([once, { ...once, fromUs: 30, untilUs: 40 }], randomStream("1", "host"));
    expect(rules.active("get-target", 9)).toBe(false);
    expect(rules.nextBeginUs("get-target", 9)).toBe(10);
    expect(rules.active("get-target", 10)).toBe(true);
    expect(rules.active("lock", 10)).toBe(false);
    expect(rules.nextBeginUs("get-target", 10)).toBe(30);
    expect(rules.first("get-target", 1, 12)).toBe(0);
    expect(rules.active("get-target", 13)).toBe(false);
    expect(rules.nextBeginUs("get-target", 30)).toBe(Number.POSITIVE_INFINITY);
  });
});
