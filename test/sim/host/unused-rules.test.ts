import { describe, expect, it } from "vitest";
import { HostRules } from "../../../src/sim/host/rules.ts";
import { type UnusedRules, unusedInAll, unusedRulesOf, unusedRulesRemark } from "../../../src/sim/host/unused-rules.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import type { HostRule } from "../../../src/sim/trace/types.ts";

const rule = (path: string, more: Partial<HostRule> = {}): HostRule => ({
  ...{ command: "lock", fromUs: 0, untilUs: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY },
  ...{ every: 1, fraction: 1, status: 5, path: `$.host.${path}` },
  ...more,
});

describe("the rules of a host count", () => {
  it("the commands that came while each applied, and those that it answered", () => {
    const rules = new HostRules(
      [
        rule("refusals[0]", { every: 10 }),
        rule("refusals[1]", { count: 1 }),
        rule("refusals[2]", { fromUs: 100 }),
        rule("faults[0]", { command: "unlock" }),
      ],
      randomStream("seed", "host"),
    );
    const counts = () => rules.uses.map(({ came, answers }) => [came, answers]);
    // The first of five is answered by the second rule, which is then used up.
    expect(rules.first("lock", 5, 0)).toBe(0);
    expect(counts()).toEqual([
      [1, 0],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(rules.first("lock", 4, 1)).toBe(4);
    expect(counts()).toEqual([
      [5, 0],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    // The third rule answers what comes in its time; the first one's tenth command is not among the first five of them.
    expect(rules.first("lock", 3, 100)).toBe(0);
    expect(counts()).toEqual([
      [6, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  });
});

describe("the remark about rules that changed nothing", () => {
  const idle = (...rules: [path: string, command: HostRule["command"], hadCommands: boolean][]): UnusedRules => ({
    driver: "d",
    all: 3,
    ignored: [],
    idle: rules.map(([path, command, hadCommands], index) => ({ index, path: `$.host.${path}`, command, hadCommands })),
  });

  it("says why, as far as that is known", () => {
    expect(unusedRulesRemark(idle())).toBeNull();
    expect(unusedRulesRemark(idle(["refusals[0]", "lock", false], ["faults[0]", "unlock", false]))).toBe(
      "2 of the host's 3 rules (refusals, faults) answered no command: d sent no lock, unlock in their time (docs/drivers.md)",
    );
    expect(unusedRulesRemark(idle(["faults[0]", "unlock", true]))).toBe(
      '1 of the host\'s 3 rules (faults) answered no command: in its time too few came for "every" or "fraction", or ' +
        "another rule answered them (docs/drivers.md)",
    );
    expect(
      unusedRulesRemark(
        idle(["refusals[0]", "lock", true], ["refusals[1]", "lock", false], ["refusals[2]", "lock", true]),
      ),
    ).toBe(
      "all 3 rules of the host (refusals) answered no command: d sent no lock in the time of 1; in that of the others too " +
        'few came for "every" or "fraction", or another rule answered them (docs/drivers.md)',
    );
  });

  it("has those for commands that the driver does not send first", () => {
    const rules = [rule("resets[0]", { command: "get-target" }), rule("refusals[0]")];
    const uses = rules.map((one) => ({ rule: one, came: 0, answers: 0 }));
    expect(unusedRulesRemark(unusedRulesOf("d", uses, rules.slice(0, 1)))).toBe(
      "d does not send get-target to this host: 1 of the host's 2 rules (resets) has no effect (docs/drivers.md); " +
        "1 of the host's 2 rules (refusals) answered no command: d sent no lock in its time (docs/drivers.md)",
    );
  });

  it("is about rules that changed nothing in any of several runs", () => {
    const first = idle(["refusals[0]", "lock", false], ["refusals[1]", "lock", false]);
    const second = { ...first, idle: [{ ...first.idle[1], hadCommands: true }] } as UnusedRules;
    expect(unusedInAll([first, second]).idle).toEqual(second.idle);
    expect(unusedInAll([first, first])).toEqual(first);
    expect(unusedRulesRemark(unusedInAll([first, { ...first, idle: [] }]))).toBeNull();
  });
});
