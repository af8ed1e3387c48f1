import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PAGE_BYTES } from "../../../../src/common/units.ts";
import { memoryAxis } from "../../../../src/sim/hosts/capacity/axis.ts";
import { parseHostRequirements } from "../../../../src/sim/hosts/capacity/requirement.ts";
import { TrialRunner } from "../../../../src/sim/hosts/capacity/setup.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { tableRow, withParts } from "../../../support/pages/generated.ts";
import { storedOf, withOvercommit } from "../../../support/pages/overcommit-page.ts";
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

test(
  "the stored results are the simulator's: a host keeps the requirements a step above, and breaks them two below",
  slow(10),
  () => {
    const { requirements, policies, step, worlds } = storedOf("imported-esxtop", "policies");
    const runner = new TrialRunner({
      source: readHostText("hosts/imported-esxtop"),
      seed: null,
      requirements: parseHostRequirements(requirements),
      policies: policies.map(({ policy }) => ({ policy, sets: [] })),
    });
    const { points } = memoryAxis(runner.base(0), { pages: step / PAGE_BYTES });
    expect(points.length).toBeGreaterThan(50);
    for (const [policy, { policy: name, least }] of policies.entries()) {
      if (name !== "esx" && name !== "mom") continue;
      const holds = (steps: number): boolean => {
        const memory = ((least?.memory_bytes as number) + steps * step) / PAGE_BYTES;
        const all = Array.from({ length: worlds }, (_, i) => i + 1);
        return all.every(
          (world) => runner.run({ policy, point: { over: "memory", memory }, world, isWhole: false }).breach === null,
        );
      };
      expect([name, holds(1), holds(-2)]).toEqual([name, true, false]);
    }
  },
);
