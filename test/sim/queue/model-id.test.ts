import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelId } from "../../../src/sim/queue/model-id.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

interface Script {
  modelId(
    root: string,
    entries?: readonly string[],
  ): Promise<{ readonly id: string; readonly modules: readonly string[]; readonly packages: readonly string[] }>;
}
const script = (await import(join(ROOT, "scripts/model-id.js"))) as Script;

test("the model of a program is what its build has written", async () => {
  const { id, modules } = await script.modelId(ROOT);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect(modelId()).toEqual({ version, hash: id });
  for (const part of [
    "engine/vmmemctl/engine",
    "sim/guest/reclaim",
    "sim/run/simulation",
    "sim/measures/meter",
    "sim/trace/read",
    // The figures and rows that `run` returns.
    "sim/output/summary",
    "sim/output/recorder",
  ]) {
    expect(modules).toContain(`dist/${part}.js`);
  }
  expect(
    modules.filter((module) => /sim\/report|queue|sim\/cli\/(?!jobs\/(?:job|trace-content)\.js)/.test(module)),
  ).toEqual([]);
});

test("it changes with what it is made of, and with nothing else, nor with where it lies", async () => {
  const root = scratchDirectory();
  mkdirSync(join(root, "dist"));
  cpSync(join(ROOT, "dist/sim"), join(root, "dist/sim"), { recursive: true });
  cpSync(join(ROOT, "dist/engine"), join(root, "dist/engine"), { recursive: true });
  cpSync(join(ROOT, "dist/common"), join(root, "dist/common"), { recursive: true });
  const { id, modules, packages } = await script.modelId(ROOT);
  for (const name of packages) {
    mkdirSync(join(root, "node_modules", name), { recursive: true });
    cpSync(join(ROOT, "node_modules", name, "package.json"), join(root, "node_modules", name, "package.json"));
  }
  const now = async () => (await script.modelId(root)).id;
  expect(await now()).toBe(id);

  const append = (path: string, text: string): (() => void) => {
    const before = readFileSync(join(root, path), "utf8");
    writeFileSync(join(root, path), before + text);
    return () => writeFileSync(join(root, path), before);
  };
  for (const path of ["dist/sim/guest/reclaim.js", "dist/sim/trace/machines/lab.json"]) {
    expect(modules).toContain(path);
    const restore = append(path, "\n ");
    expect(await now()).not.toBe(id);
    restore();
  }
  append("dist/sim/report/report-page.js", "\n// another page");
  expect(await now()).toBe(id);
  writeFileSync(join(root, "node_modules/seedrandom/package.json"), '{ "version": "99.0.0" }');
  expect(await now()).not.toBe(id);
});
