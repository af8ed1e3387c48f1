import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../support/command.ts";

const BUNDLE = join(ROOT, "dist/bundle/sim");

test.skipIf(!existsSync(BUNDLE))(
  "the bundle holds the project's own code, the packages that every run needs with their licences, and what worker threads load",
  () => {
    const maps = readdirSync(BUNDLE).filter((name) => name.endsWith(".map"));
    const sources = maps.flatMap((name) => JSON.parse(readFileSync(join(BUNDLE, name), "utf8")).sources as string[]);
    expect(sources.length).toBeGreaterThan(40);
    const packages = sources.flatMap((source) => /node_modules\/([^/]+)/.exec(source)?.[1] ?? []);
    expect([...new Set(packages)].sort()).toEqual(["commander", "seedrandom"]);
    const licences = readFileSync(join(BUNDLE, "LICENCES.txt"), "utf8");
    expect(licences.match(/^\S+ \d+\.\d+\.\d+ \(MIT\)$/gm)).toHaveLength(2);
    expect(licences.match(/Permission is hereby granted/g)).toHaveLength(2);
    expect(readdirSync(BUNDLE)).toEqual(expect.arrayContaining(["main.js", "worker.js"]));
  },
);
