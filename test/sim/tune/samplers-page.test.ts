import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Params, VMMEMCTL } from "../../../src/engine/index.ts";
import { defaultSpace } from "../../../src/sim/tune/parse-space.ts";
import { SAMPLERS } from "../../../src/sim/tune/samplers/index.ts";
import { ROOT } from "../../support/processes/command.ts";

const page = readFileSync(join(ROOT, "docs/samplers.md"), "utf8");

/** The rows of the table that begins with these cells. */
function rowsOf(head: readonly string[]): string[] {
  const from = page.indexOf(`| ${head.join(" | ")} |\n`);
  expect(from).toBeGreaterThan(0);
  return (page.slice(from).split("\n\n")[0] as string).trimEnd().split("\n").slice(2);
}

test("the page lists all samplers", () => {
  const rows = SAMPLERS.map((s) => `| \`${s.name}\` | ${s.batch} | ${s.trials} | ${s.meaning} |`);
  expect(rowsOf(["`--sampler`", "batch", "trials", "what it does"])).toEqual(rows);
});

test("the page lists the default search space", () => {
  const rows = defaultSpace(VMMEMCTL).parameters.map(
    ({ flag, key, min, max }) => `| \`${flag}\` | ${(VMMEMCTL.defaults as Params)[key]} | ${min}..${max} |`,
  );
  expect(rowsOf(["constant", "driver", "searched"])).toEqual(rows);
});
