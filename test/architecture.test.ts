import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/command.ts";

const { SIM_LAYERS } = createRequire(import.meta.url)("../scripts/layers.cjs") as { SIM_LAYERS: string[][] };
const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

test("the picture of the layers of src/sim shows those that the dependency rules hold", () => {
  const picture = page.match(/stand in layers\.[^`]*?(?:`[^`]*`[^`]*?)*```\n([^`]*)```/)?.[1] ?? "";
  const layers = picture
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ +/));
  expect(layers.toReversed()).toEqual(SIM_LAYERS);
});

test("every folder of src/sim has one layer, and a row that says what it is", () => {
  const entries = readdirSync(join(ROOT, "src/sim"), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(SIM_LAYERS.flat().toSorted()).toEqual(folders.toSorted());
  const rows = [...page.matchAll(/^\| ((?:`\w+\/`(?:, )?)+) \|/gm)].flatMap(([, names]) => [
    ...(names ?? "").matchAll(/\w+/g),
  ]);
  expect(rows.map(([name]) => name)).toEqual(expect.arrayContaining(folders));
});
