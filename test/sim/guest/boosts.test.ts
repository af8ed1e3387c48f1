import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import { replayTrace } from "../../../src/sim/fidelity/replay.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { parseMachine } from "../../../src/sim/trace/machines.ts";
import { VM_MACHINE, VM_RUNS } from "../../support/data/lab-runs.ts";

/**
 * How often unmovable pages took a free piece of less than a pageblock from blocks of movable ones, in two runs of each scenario of
 * the VM lab with `steals=1`: the sum over orders 0 to 8. Each time the kernel boosts its watermarks.
 */
const RECORDED = [
  ["seed-nothp-static", 52, 54],
  ["seed-mglru-static", 32, 22],
  ["seed-nothp-cache", 36, 26],
] as const;

test.each(RECORDED)("the model boosts about as often as the recorded guest of %s", (name, ...recorded) => {
  const run = readRun(join(VM_RUNS, `${name}.1.csv`));
  const machine = parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE);
  const counts = [1, 2, 3].map((world) => {
    const { rates } = run.replay;
    const simulation = new Simulation(replayTrace(run, {}, machine), { rates, world });
    const { watermarks } = simulation.parts.guest.memory;
    let boosts = 0;
    const raise = watermarks.raise.bind(watermarks);
    watermarks.raise = () => {
      boosts++;
      raise();
    };
    simulation.run();
    return boosts;
  });
  // A quarter less or more than the recorded ones.
  expect(Math.min(...counts)).toBeGreaterThan(Math.min(...recorded) * 0.75);
  expect(Math.max(...counts)).toBeLessThan(Math.max(...recorded) * 1.25);
});
