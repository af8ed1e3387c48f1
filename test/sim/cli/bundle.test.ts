import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../support/processes/command.ts";

const BUNDLE = join(ROOT, "dist/bundle/sim");

/** Loads a bundle as the command does, in a process of its own. */
function load(bundle: string): { rejected: boolean | undefined; main: string } {
  const script = `
    const { loadRun, setFlags } = require(${JSON.stringify(join(ROOT, "bin/start.js"))});
    setFlags();
    const { script, main } = loadRun(${JSON.stringify(bundle)});
    console.log(JSON.stringify({ rejected: script.cachedDataRejected, main: typeof main }));`;
  return JSON.parse(spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout);
}

describe.skipIf(!existsSync(BUNDLE))("the bundle", () => {
  it("has the licences of its packages, and the modules of worker threads", () => {
    const licences = readFileSync(join(BUNDLE, "LICENCES.txt"), "utf8");
    expect(licences.match(/^\S+ \d+\.\d+\.\d+ \(.*\)$/gm)).toEqual([
      expect.stringMatching(/^commander .* \(MIT\)$/),
      expect.stringMatching(/^fastest-levenshtein .* \(MIT\)$/),
      expect.stringMatching(/^jsonc-parser .* \(MIT\)$/),
      expect.stringMatching(/^seedrandom .* \(MIT\)$/),
    ]);
    expect(licences.match(/Permission is hereby granted/g)).toHaveLength(4);
    expect(readdirSync(BUNDLE)).toEqual(expect.arrayContaining(["run.cjs", "worker.js", "run-worker.js"]));
  });

  it("is ASCII, of which V8 holds a character in a byte", () => {
    expect(readFileSync(join(BUNDLE, "run.cjs"), "utf8")).not.toMatch(/[^\0-\x7f]/);
  });

  it("comes with compiled code that this Node takes", () => {
    expect(load(BUNDLE)).toEqual({ rejected: false, main: "function" });
  });

  it.each([0, 1000])("runs without compiled code that Node does not accept: cut off at byte %i", (bytes) => {
    const copy = mkdtempSync(join(tmpdir(), "balloon-bundle-"));
    try {
      cpSync(BUNDLE, copy, { recursive: true, preserveTimestamps: true });
      for (const name of readdirSync(copy).filter((name) => name.endsWith(".code")))
        truncateSync(join(copy, name), bytes);
      expect(load(copy)).toEqual({ rejected: true, main: "function" });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
