import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { tableRow, withParts } from "../../../support/pages/generated.ts";
import { ROOT } from "../../../support/processes/command.ts";

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
