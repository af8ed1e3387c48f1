import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkHost } from "../../../src/sim/fuzz/host-check.ts";
import { HOST_FILE, hostScenarioOf, writeHostFiles } from "../../../src/sim/fuzz/host-scenario.ts";
import { Report } from "../../../src/sim/hosts/machine/exchange.ts";
import { slow } from "../../support/setup/slow.ts";

const folder = mkdtempSync(join(tmpdir(), "fuzz-hosts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pathOf = (seed: string): string => {
  const path = join(folder, seed);
  writeHostFiles(path, hostScenarioOf(seed));
  return join(path, HOST_FILE);
};

test("a host is the same for the same seed, and another for another seed", () => {
  expect(hostScenarioOf("a")).toEqual(hostScenarioOf("a"));
  expect(hostScenarioOf("a")).not.toEqual(hostScenarioOf("b"));
});

test("hosts run without a failure", slow(4), () => {
  // The last ones have failed: pages were swapped twice; a VM that had run ahead went back in time; a sweep did.
  for (const seed of [...Array.from({ length: 80 }, (_, n) => `test+${n}`), "a+262", "b+87", "c+227"]) {
    const { failure } = checkHost(pathOf(seed), hostScenarioOf(seed).quantumUs);
    expect(failure, seed).toBeNull();
  }
});

test.each([
  ["a page too many in use", Report.Backed, 1],
  ["fewer pages in use than none", Report.Backed, -1_000_000],
  ["more pages swapped than fit", Report.Swapped, 1e12],
])("the check finds %s", (_, column, pages) => {
  let meetings = 0;
  const { failure } = checkHost(pathOf("test+1"), 100_000, (group) => {
    const report = group.reportOf(0);
    if (++meetings > 3) report[column] = (report[column] as number) + pages;
  });
  expect(failure?.kind).toBe("invariant");
});
