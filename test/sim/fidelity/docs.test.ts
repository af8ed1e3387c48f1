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
