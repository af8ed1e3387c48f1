import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../support/command.ts";

const BUNDLE = join(ROOT, "dist/bundle/sim");

test.skipIf(!existsSync(BUNDLE))(
  "the bundle holds the project's own code only, and has what worker threads load",
  () => {
    const maps = readdirSync(BUNDLE).filter((name) => name.endsWith(".map"));
    const sources = maps.flatMap((name) => JSON.parse(readFileSync(join(BUNDLE, name), "utf8")).sources as string[]);
    expect(sources.length).toBeGreaterThan(40);
    expect(sources.filter((source) => source.includes("node_modules"))).toEqual([]);
    expect(readdirSync(BUNDLE)).toEqual(expect.arrayContaining(["main.js", "worker.js"]));
  },
);
