import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/processes/command.ts";

/** Benches and scripts are no part of the type check: what they load of the compiled program must have a source. */
test.each(["bench", "scripts"])("%s load only modules of the program that exist", (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.[cm]?js$/.test(file),
  );
  expect(files.length).toBeGreaterThan(0);
  const loaded = files.flatMap((file) =>
    [...readFileSync(join(ROOT, folder, file), "utf8").matchAll(/dist\/((?:common|engine|hw|sim)\/[\w/-]+)\.js/g)].map(
      ([, module]) => `${file}: src/${module}.ts`,
    ),
  );
  expect(loaded.filter((one) => !existsSync(join(ROOT, one.replace(/^.*: /, ""))))).toEqual([]);
});
