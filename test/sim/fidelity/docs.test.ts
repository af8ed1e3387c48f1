import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PICTURED, pictureOf, recordedScenarios, withGenerated } from "../../support/pages/fidelity-page.ts";

// Whatever differs is rewritten by `npm run fidelity:docs`.

const DOCS = new URL("../../../docs/", import.meta.url);
const scenarios = recordedScenarios();

test.each(["fidelity.md", "profiles.md", "drivers.md"])(
  "the figures of docs/%s are those of the simulator",
  async (name) => {
    const page = readFileSync(new URL(name, DOCS), "utf8");
    expect(page).toContain("<!-- generated: ");
    await expect(withGenerated(page, scenarios)).toMatchFileSnapshot(`../../../docs/${name}`);
  },
);

test.each(PICTURED)("the picture of %s is that of the simulator", async (name) => {
  await expect(pictureOf(name, scenarios)).toMatchFileSnapshot(`../../../docs/fidelity/${name}.svg`);
});

test("there are no other pictures", () => {
  expect(readdirSync(new URL("fidelity/", DOCS)).sort()).toEqual(PICTURED.map((name) => `${name}.svg`).sort());
});

test("docs/drivers.md says that deflation on OOM was never recorded, as long as no recording has it", () => {
  const runs = new URL("driver-runs/", import.meta.url);
  const heads = readdirSync(runs)
    .filter((name) => name.endsWith(".csv"))
    .map((name) => readFileSync(new URL(name, runs), "utf8").split("\n", 1)[0] as string);
  expect(heads.filter((head) => /\bdriver=virtio\b/.test(head))).not.toEqual([]);
  const isRecorded = heads.some((head) => /\bdeflate_on_oom=on\b/.test(head));
  const page = readFileSync(new URL("drivers.md", DOCS), "utf8");
  expect(page.includes("Not recorded: deflation on OOM.")).toBe(!isRecorded);
});
