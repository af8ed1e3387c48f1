import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PAGE_BYTES } from "../../../../src/common/units.ts";
import { parseHostRequirements } from "../../../../src/sim/hosts/capacity/requirement.ts";
import { TrialRunner } from "../../../../src/sim/hosts/capacity/setup.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { tableRow, withParts } from "../../../support/pages/generated.ts";
import { withOvercommit } from "../../../support/pages/overcommit-page.ts";
import {
  differenceOf,
  isSure,
  type PairedDifference,
  storedOf,
  underPolicy,
} from "../../../support/pages/overcommit-results.ts";
import { ROOT } from "../../../support/processes/command.ts";
import { slow } from "../../../support/setup/slow.ts";

/** The figures that requirements may be about; `npx vitest run test/sim/hosts/capacity/docs.test.ts -u` writes them. */
const figures = (): string =>
  [
    tableRow(["figure", "of", "unit", "meaning"]),
    tableRow(Array(4).fill("---")),
    ...[VM_FIGURES, HOST_FIGURES].flatMap((all, i) =>
      all.map(({ name, unit, meaning }) => tableRow([`\`${name}\``, i === 0 ? "VMs" : "host", unit, meaning])),
    ),
  ].join("\n");

test("docs/capacity.md lists the figures that requirements may be about", async () => {
  const page = readFileSync(join(ROOT, "docs/capacity.md"), "utf8");
  await expect(withParts(page, { figures })).toMatchFileSnapshot("../../../../docs/capacity.md");
});

// Whatever differs is rewritten by `npm run overcommit:docs`; the results that it is made of, by `npm run overcommit:record`.

test("the tables of docs/overcommit.md are those of the stored results", async () => {
  const page = readFileSync(join(ROOT, "docs/overcommit.md"), "utf8");
  await expect(withOvercommit(page)).toMatchFileSnapshot("../../../../docs/overcommit.md");
});

/** Some results of each host, in some world: in all worlds they would take minutes. */
const RECHECKED = [
  { host: "imported-esxtop", policy: "esx", world: 1 },
  { host: "imported-esxtop", policy: "mom", world: 2 },
  { host: "boot-storm", policy: "esx", world: 4 },
  { host: "noisy-neighbour", policy: "squeezed", world: 2 },
  { host: "database", policy: "esx", world: 1 },
];

describe("the stored results are the simulator's", () => {
  test.each(RECHECKED)(
    "$host under $policy keeps the requirements a step above that of world $world, and breaks them two below",
    slow(10),
    ({ host, policy, world }) => {
      const stored = storedOf(host);
      const runner = new TrialRunner({
        source: readHostText(`hosts/${host}`),
        seed: null,
        requirements: parseHostRequirements(stored.requirements),
        policies: [{ policy, sets: [] }],
      });
      const least = underPolicy(stored, policy)?.world_bytes[world - 1] as number;
      const holds = (steps: number): boolean => {
        const memory = (least + steps * stored.step_bytes) / PAGE_BYTES;
        return runner.run({ policy: 0, point: { over: "memory", memory }, world, isWhole: false }).breach === null;
      };
      expect([holds(1), holds(-2)]).toEqual([true, false]);
    },
  );
});

describe("a difference of two searches", () => {
  const of = (a: readonly number[], b: readonly number[]) => differenceOf({ world_bytes: a }, { world_bytes: b }, 1);

  test("is the mean by worlds, with Student's interval", () => {
    const found = of([13, 15, 12, 14, 16], [10, 10, 10, 10, 10]);
    // The standard deviation is 1.58, and that of the mean 0.71, 2.776 times that is 1.96.
    expect(found?.mean).toBe(4);
    expect(found?.low).toBeCloseTo(4 - 1.963, 3);
    expect(found?.high).toBeCloseTo(4 + 1.963, 3);
    expect(of([13, 15, 12, 14, 16], [3, 5, 2, 4, 6])).toEqual({ mean: 10, low: 9, high: 11 });
  });

  test("of one step in all worlds is none, as is one that worlds do not agree on", () => {
    const sure = (a: readonly number[], b: readonly number[]) => isSure(of(a, b) as PairedDifference);
    expect(sure([11, 11, 11, 11, 11], [10, 10, 10, 10, 10])).toBe(false);
    expect(sure([12, 12, 12, 12, 12], [10, 10, 10, 10, 10])).toBe(true);
    expect(sure([10, 10, 10, 10, 10], [12, 12, 12, 12, 12])).toBe(true);
    expect(sure([10, 10, 10, 10, 20], [10, 10, 10, 10, 10])).toBe(false);
    // Two worlds that agree may differ by less than a step: 12.71 times the root of a twelfth.
    expect(of([14, 14], [10, 10])?.low).toBeCloseTo(4 - 3.669, 3);
    expect(of([10], [5])).toBeNull();
    expect(of([], [])).toBeNull();
  });
});
