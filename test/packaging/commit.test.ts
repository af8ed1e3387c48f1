import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

// Scripts have no declarations.
const { commitOf } = (await import(join(ROOT, "scripts/commit.mjs"))) as { commitOf(root: string): string };

/** Executes git in a directory, with nothing of this machine's settings. */
function git(directory: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const who = ["-c", "user.name=a", "-c", "user.email=a@example"];
  const { status, stdout, stderr } = spawnSync("git", [...who, ...args], { cwd: directory, env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

test("the commit of a clone is that of its HEAD, with a mark where a file was changed or added, and unknown elsewhere", () => {
  const root = scratchDirectory();
  expect(commitOf(root)).toBe("unknown");
  git(root, "init", "--quiet");
  expect(commitOf(root)).toBe("unknown");
  writeFileSync(join(root, ".gitignore"), "ignored\n");
  git(root, "add", ".");
  git(root, "commit", "--quiet", "-m", "first");
  const hash = git(root, "rev-parse", "HEAD");
  expect(hash).toMatch(/^[0-9a-f]{40}$/);
  writeFileSync(join(root, "ignored"), "");
  expect(commitOf(root)).toBe(hash);
  writeFileSync(join(root, "new"), "");
  expect(commitOf(root)).toBe(`${hash}+changes`);
  rmSync(join(root, "new"));
  writeFileSync(join(root, ".gitignore"), "ignored\nmore\n");
  expect(commitOf(root)).toBe(`${hash}+changes`);
  // A package that lies in another project's clone is not of that commit.
  const inside = join(root, "node_modules");
  mkdirSync(inside);
  expect(commitOf(inside)).toBe("unknown");
});

test("the commands say the commit of which their package was made", () => {
  const root = scratchDirectory();
  for (const name of ["bin", "dist", "package.json", "scripts/commit.mjs"])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  spawnSync("ln", ["-s", join(ROOT, "node_modules"), join(root, "node_modules")]);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const said = (name: string) =>
    spawnSync(process.execPath, [join(root, "bin", name), "--version"], { encoding: "utf8" }).stdout;
  const names = ["balloon-sim.js", "balloon-hw.js"];
  expect(names.map(said)).toEqual(Array(2).fill(`${version}\n`));
  const stamp = (...args: string[]) => spawnSync(process.execPath, [join(root, "scripts/commit.mjs"), ...args]).status;
  // No clone: the commit is unknown.
  expect([stamp(), readFileSync(join(root, "commit.json"), "utf8")]).toEqual([0, '{"commit":"unknown"}\n']);
  expect(names.map(said)).toEqual(Array(2).fill(`${version}\n`));
  writeFileSync(join(root, "commit.json"), '{"commit":"c0ffee+changes"}\n');
  expect(names.map(said)).toEqual(Array(2).fill(`${version} (commit c0ffee+changes)\n`));
  expect(stamp("--remove")).toBe(0);
  expect(names.map(said)).toEqual(Array(2).fill(`${version}\n`));
});
