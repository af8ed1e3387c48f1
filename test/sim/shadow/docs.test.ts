import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type HeldClaim, heldClaims, PAIRS } from "../../support/data/shadow-validation.ts";
import { recordedRows } from "../../support/fakes/shadowed-machine.ts";
import { shadowOf } from "../../support/in-process/shadow.ts";
import { tableRow, withParts } from "../../support/pages/generated.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

// `npx vitest run test/sim/shadow/docs.test.ts -u` writes the page anew.

slowFile(60);

const MACHINE = join(ROOT, "test/sim/fidelity/vm-runs/machine.json");

async function example(): Promise<string> {
  const directory = scratchDirectory();
  const rates = join(directory, "tuned.json");
  const tuned = { "nosleep-alloc-max": 94_689, "free-max": 74_442, "alloc-max": 3259, "slow-cycles": 1 };
  writeFileSync(rates, JSON.stringify(tuned));
  const runs = [1, 2, 3, 4].map((i) =>
    recordedRows(join(ROOT, `test/sim/fidelity/compare-runs/compare-moving-san-2010.${i}.csv`)),
  );
  const { stdout } = await shadowOf(directory, runs, "old", { rates, driver: "vmmemctl", machine: MACHINE });
  return `\`\`\`text\n$ sudo balloon-hw shadow --rates tuned.json --driver vmmemctl --machine vm-lab.json\n${stdout}\`\`\``;
}

const isClaimed = ({ claim }: HeldClaim): boolean => claim.verdict === "difference";
const isRightWay = ({ claim, actual }: HeldClaim): boolean => Math.sign(actual) === Math.sign(claim.difference);
const isWithin = ({ claim, actual }: HeldClaim): boolean => Math.abs(actual - claim.difference) <= 2 * claim.error;
const reallyDiffers = ({ claim, actual }: HeldClaim): boolean => Math.abs(actual) > 2 * claim.error;

function heldTable(held: readonly HeldClaim[]): string {
  const count = (all: readonly HeldClaim[], ...tests: ((one: HeldClaim) => boolean)[]): string =>
    String(all.filter((one) => tests.every((isSo) => isSo(one))).length);
  const cells = (all: readonly HeldClaim[]): string[] => [
    String(all.length),
    count(all, isClaimed),
    count(all, isClaimed, isRightWay),
    count(all, isClaimed, isWithin),
    count(all, reallyDiffers),
  ];
  const of = (real: string, other: string) => held.filter((one) => one.real === real && one.other === other);
  return [
    tableRow([
      "real driver",
      "instead",
      "figures",
      "claims",
      "right direction",
      "within twice the error",
      "recorded difference above twice the error",
    ]),
    tableRow(["---", "---", "---:", "---:", "---:", "---:", "---:"]),
    ...PAIRS.map(([real, other]) => tableRow([real, other, ...cells(of(real, other))])),
    tableRow(["all", "", ...cells(held)]),
  ].join("\n");
}

test("docs/shadow.md shows what a shadow prints, and what became of its claims", async () => {
  const page = readFileSync(join(ROOT, "docs/shadow.md"), "utf8");
  const held = heldClaims(JSON.parse(readFileSync(MACHINE, "utf8")));
  // The page says so.
  expect(held.filter((one) => isClaimed(one) && !isRightWay(one))).toEqual([]);
  const shown = await example();
  const parts = { example: () => shown, held: () => heldTable(held) };
  await expect(withParts(page, parts)).toMatchFileSnapshot(join(ROOT, "docs/shadow.md"));
});
