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

/** What the tests need of each package that README.md installs for them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  chromium: "Chromium",
  parallel: "GNU parallel",
  prometheus: "Prometheus' promtool",
  "python3-pandas": "pandas",
  "jupyter-nbconvert": "Jupyter",
  "python3-ipykernel": "Jupyter",
  "redis-server": "Redis",
};

test("README.md installs the packages of the programs that it says the tests need, and no others", () => {
  const text = readFileSync(join(ROOT, "README.md"), "utf8").replace(/\s+/g, " ");
  const [, programs = "", packages = ""] = /Some tests need (.*?) \(`apt-get install (.*?)`\)/.exec(text) ?? [];
  const installed = new Set(packages.split(" ").map((name) => PROGRAMS[name]));
  expect(programs.split(/, | or /)).toEqual([...installed]);
});
