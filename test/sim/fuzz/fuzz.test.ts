import { describe, expect, it, test } from "vitest";
import { type BalloonPolicy, DEFAULT_RATES, OPEN_VM_TOOLS, POLICIES, VMMEMCTL } from "../../../src/engine/index.ts";
import { check, type Failure } from "../../../src/sim/fuzz/check.ts";
import { FEATURES, type Scenario, scenarioOf } from "../../../src/sim/fuzz/scenario.ts";
import { shrink } from "../../../src/sim/fuzz/shrink.ts";
import { Lru } from "../../../src/sim/guest/memory.ts";
import type { Piece } from "../../../src/sim/guest/piece.ts";
import type { RunParts } from "../../../src/sim/run/simulation.ts";
import { Slot } from "../../../src/sim/time/slots.ts";
import { slow } from "../../support/setup/slow.ts";

type Json = Record<string, unknown>;

const seeds = Array.from({ length: 60 }, (_, n) => `test+${n}`);

describe("a scenario", () => {
  it("is the same for the same seed, and another for another seed", () => {
    expect(scenarioOf("a")).toEqual(scenarioOf("a"));
    expect(scenarioOf("a")).not.toEqual(scenarioOf("b"));
  });

  it("has some of the features and not the others, each of them now and then", () => {
    const scenarios = seeds.map((seed) => scenarioOf(seed));
    for (const feature of FEATURES) {
      const having = scenarios.filter(({ features }) => features.includes(feature)).length;
      expect(having, feature).toBeGreaterThan(0);
      expect(having, feature).toBeLessThan(seeds.length);
    }
  });

  it("does what its features say", () => {
    for (const { features, document } of seeds.map((seed) => scenarioOf(seed))) {
      const { guest, host } = document as unknown as { guest: Json; host: { faults: Json[] } };
      expect(guest.profile === "linux-2.6.32").toBe(
        features.includes("old-kernel") && !features.includes("huge-pages"),
      );
      expect(host.faults.some(({ command }) => command === "unlock")).toBe(features.includes("unlock-faults"));
    }
  });

  it.each([...POLICIES.values()])("runs without a failure, with the driver $name", slow(4), (policy) => {
    for (const seed of seeds) expect(check(scenarioOf(seed, policy)).failure, seed).toBeNull();
  });
});

/** A plain scenario in which a balloon is blown up and emptied. */
const inflated: Scenario = {
  seed: "plain",
  policy: VMMEMCTL,
  features: [],
  rates: DEFAULT_RATES,
  calmFrom: 30,
  document: {
    format: "balloon-sim/trace",
    version: 1,
    name: "plain",
    duration: 120,
    guest: { memory: 100_000, profile: "linux-6.1", swap: 1000, kernelMemory: 100 },
    workloads: [
      {
        name: "a",
        anon: {
          points: [
            [0, 10],
            [20, 30_000],
          ],
        },
        touch: 100,
      },
      { name: "b", anon: 5000 },
    ],
    host: {
      target: {
        points: [
          [0, 0],
          [2, 90_000],
          [30, 100],
        ],
      },
      refusals: [{ at: 5, count: 3 }],
      resets: [7],
      faults: [],
    },
  },
};

/** Breaks something once, when there is a balloon. */
function breaking(wreck: (parts: RunParts) => void): (parts: RunParts) => void {
  let isDone = false;
  return (parts) => {
    if (isDone || parts.driver.state.size < 20_000) return;
    isDone = true;
    wreck(parts);
  };
}

it("takes a crash of the guest, to which the host has led the driver's own text, for the end of a run", () => {
  const policy = OPEN_VM_TOOLS as BalloonPolicy;
  const host = { ...inflated.document.host, faults: [{ command: "start", status: "busy" }] };
  const document = { ...inflated.document, host, guest: { ...inflated.document.guest, driver: policy.name } };
  const { failure, simulatedSeconds } = check({ ...inflated, policy, rates: policy.defaults, document });
  // The target is 0 for two seconds.
  expect([failure, Math.floor(simulatedSeconds)]).toEqual([null, 2]);
});

describe("the check reports a failure", () => {
  const broken: readonly (readonly [string, Failure["kind"], RegExp, (parts: RunParts) => void])[] = [
    [
      "a page is lost",
      "invariant",
      /pages have become/,
      ({ guest }) => {
        guest.memory.free--;
      },
    ],
    [
      "pages on a list are others than it counts",
      "invariant",
      /the counts of a list differ from the pages in its segments/,
      ({ guest }) => {
        guest.memory.lists[Lru.InactiveAnon].forEach((segment: Piece) => {
          [segment.hot, segment.cold] = [segment.cold, segment.hot];
        });
      },
    ],
    [
      "pages on a list are more than it counts",
      "invariant",
      /the counts of a list differ from the pages in its segments/,
      ({ guest }) => {
        guest.memory.lists[Lru.InactiveAnon].pages--;
        guest.memory.free++;
      },
    ],
    [
      "a counter goes down",
      "invariant",
      /backdoor calls went from/,
      ({ channel }) => {
        channel.calls -= 100;
      },
    ],
    ["the host forgets", "invariant", /the host has locked 0 frames/, ({ frames }) => frames.locked.clear()],
    [
      "a rate leaves its bounds",
      "invariant",
      /allocation rate is/,
      ({ driver: engine }) => {
        engine.state.rateAlloc = 0;
      },
    ],
    [
      "something throws",
      "error",
      /out of order/,
      () => {
        throw new Error("out of order");
      },
    ],
  ];
  test.each(broken)("when %s", (_, kind, message, wreck) => {
    const failure = check(inflated, breaking(wreck)).failure;
    expect(failure?.kind).toBe(kind);
    expect(failure?.message).toMatch(message);
  });

  it("when a balloon does not get back to its target", () => {
    const late: Scenario = { ...inflated, document: { ...inflated.document, duration: inflated.calmFrom + 2 } };
    expect(check(late).failure).toMatchObject({
      kind: "target",
      message: expect.stringMatching(/^\d+ pages in the balloon, 2 s after its target became 100$/),
    });
  });

  it("when virtual time stands still", () => {
    const { failure } = check(inflated, ({ timeline }) => timeline.at(Slot.Flusher, timeline.nowUs));
    expect(failure).toMatchObject({ kind: "stuck", message: "second 0 does not end" });
  });

  it("when only the stream of random numbers differs", () => {
    let runs = 0;
    const { failure } = check({
      ...inflated,
      get document() {
        runs++;
        return runs === 1 ? inflated.document : { ...inflated.document, seed: "other" };
      },
    });
    expect(failure?.kind).toBe("repetition");
  });

  it("when the second run differs", () => {
    let runs = 0;
    const { failure } = check({
      ...inflated,
      get document() {
        runs++;
        return runs === 1
          ? inflated.document
          : { ...inflated.document, seed: "other", guest: { ...inflated.document.guest, memory: 9000 } };
      },
    });
    expect(failure?.kind).toBe("repetition");
  });
});

describe("a failing scenario", () => {
  it("does not become one that fails in another way", () => {
    // Without its second workload it fails another check.
    const failureOf = ({ document }: Scenario): Failure => ({
      kind: document.workloads.length < 2 ? "invariant" : "target",
      atUs: 0,
      message: "",
    });
    const smallest = shrink(inflated, { kind: "target", atUs: 0, message: "" }, failureOf);
    expect(smallest.document.workloads).toHaveLength(2);
    expect(smallest.document.host.refusals).toEqual([]);
  });

  it("is made smaller as long as it fails in the same way", () => {
    // It fails where a balloon has more than 50,000 pages, which needs the target and nothing else.
    const failureOf = (scenario: Scenario): Failure | null =>
      check(scenario, ({ driver: engine }) => {
        if (engine.state.size > 50_000) throw new Error("too large");
      }).failure;
    const failure = failureOf(inflated);
    expect(failure?.kind).toBe("error");
    const smallest = shrink(inflated, failure as Failure, failureOf);
    expect(failureOf(smallest)?.kind).toBe("error");
    expect(smallest.document.workloads).toEqual([]);
    expect(smallest.document.host).toMatchObject({ refusals: [], resets: [], faults: [] });
    expect((smallest.document.host.target as { points: unknown[] }).points).toEqual([
      [0, 0],
      [2, 90_000],
    ]);
    expect(smallest.document.guest).toMatchObject({ memory: 100_000, swap: 0, kernelMemory: 0 });
  });
});
