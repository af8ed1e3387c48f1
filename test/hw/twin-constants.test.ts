import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/processes/command.ts";

/** The simulated daemon keeps to the same limits as the native worker of the real one, whose numbers are of its own. */
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

const native = (name: string): number => {
  const value = text("native/balloon.cc").match(new RegExp(`constexpr uint64_t ${name} = ([\\d']+);`))?.[1];
  return Number(value?.replaceAll("'", ""));
};
const simulated = (file: string, name: string): number => {
  const value = text(file).match(new RegExp(`const ${name} = ([\\d_]+);`))?.[1];
  return Number(value?.replaceAll("_", ""));
};

test.each([
  ["kSleepingStep", "src/sim/guest/daemon-limits.ts", "SLEEPING_STEP", 1],
  ["kPagesPerExtra", "src/sim/guest/daemon-limits.ts", "PAGES_PER_MARGIN", 1],
  ["kMargin", "src/sim/guest/daemon-limits.ts", "MARGIN", 1],
  ["kPatienceNs", "src/sim/guest/balloon.ts", "PARTIAL_RUN_US", 1000],
])("%s of the native worker and its twin in %s agree", (constant, file, twin, unit) => {
  expect(native(constant)).toBeGreaterThan(0);
  expect(simulated(file, twin) * unit).toBe(native(constant));
});
