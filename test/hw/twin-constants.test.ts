import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/processes/command.ts";

/** The simulated daemon keeps to the same limits as the native worker of the real one, whose numbers are of its own. */
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

const native = (file: string, name: string): number => {
  const value = text(file).match(new RegExp(`constexpr uint64_t ${name} = ([\\d']+);`))?.[1];
  return Number(value?.replaceAll("'", ""));
};
const simulated = (file: string, name: string): number => {
  const value = text(file).match(new RegExp(`const ${name} = ([\\d_]+);`))?.[1];
  return Number(value?.replaceAll("_", ""));
};

test.each([
  ["kSleepingStep", "native/balloon.cc", "src/sim/guest/daemon-limits.ts", "SLEEPING_STEP", 1],
  ["kPagesPerExtra", "native/balloon.cc", "src/sim/guest/daemon-limits.ts", "PAGES_PER_MARGIN", 1],
  ["kMargin", "native/balloon.h", "src/sim/guest/daemon-limits.ts", "MARGIN", 1],
  ["kPatienceNs", "native/balloon.h", "src/sim/guest/balloon.ts", "PARTIAL_RUN_US", 1000],
])("%s in %s and its twin in %s agree", (constant, source, file, twin, unit) => {
  expect(native(source, constant)).toBeGreaterThan(0);
  expect(simulated(file, twin) * unit).toBe(native(source, constant));
});
