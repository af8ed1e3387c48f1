import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./support/processes/command.ts";

type Layers = readonly (readonly string[])[];
const { SIM_LAYERS, HW_LAYERS } = createRequire(import.meta.url)("../scripts/layers.cjs") as Record<string, Layers>;
const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

describe.each([
  ["sim", SIM_LAYERS as Layers],
  ["hw", HW_LAYERS as Layers],
])("src/%s", (part, layers) => {
  const section = page.match(new RegExp(`^## [^\\n]*\\(\`src/${part}\`\\)\\n(.*?)(?=^## )`, "ms"))?.[1] ?? "";

  test("the picture of its layers shows those that the dependency rules hold", () => {
    const picture = section.match(/```\n([^`]*)```/)?.[1] ?? "";
    const shown = picture
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/));
    expect(shown.toReversed()).toEqual(layers);
  });

  test("every folder has one layer, and a row that says what it is", () => {
    const entries = readdirSync(join(ROOT, "src", part), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(layers.flat().toSorted()).toEqual(folders.toSorted());
    const rows = [...section.matchAll(/^\| ((?:`\w+\/`(?:, )?)+) \|/gm)].flatMap(([, names]) => [
      ...(names ?? "").matchAll(/\w+/g),
    ]);
    expect(rows.map(([name]) => name)).toEqual(expect.arrayContaining(folders));
  });
});
