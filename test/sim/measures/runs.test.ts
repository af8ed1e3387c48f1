import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, type Rates } from "../../../src/engine/index.ts";
import { ObjectiveMeter } from "../../../src/sim/measures/meter.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { Summarizer } from "../../../src/sim/output/summary.ts";
import { Simulation, type SimulationOptions } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";

const NAMES = ["steady", "spike", "refusals", "reset-storm", "no-swap-oom", "ramp"];

function measure(name: string, rates: Rates, options: Partial<SimulationOptions> = {}): Record<string, number> {
  const meter = new ObjectiveMeter();
  new Simulation(openTrace(name), { rates, ...options }, meter).run();
  return Object.fromEntries(OBJECTIVES.map((objective, i) => [objective.name, meter.values[i] as number]));
}

describe.each(NAMES)("objectives of %s", (name) => {
  test("do not depend on whether idle cycles are skipped", () => {
    expect(measure(name, DEFAULT_RATES, { everyCycle: true })).toEqual(measure(name, DEFAULT_RATES));
  });

  test("are those of the summary, which reads the same counters", () => {
    const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
    new Simulation(openTrace(name), { rates: DEFAULT_RATES }, summarizer).run();
    const { summary } = summarizer;
    const values = measure(name, DEFAULT_RATES);
    expect(summary.objectives).toEqual(OBJECTIVES.map((objective) => values[objective.name]));
    expect(values).toMatchObject({
      unreached: summary.changes - summary.changesReached,
      stall_some: summary.stallSomeUs / 1e6,
      stall_full: summary.stallFullUs / 1e6,
      swap_traffic: summary.swapOutPages + summary.swapInPages,
      oom_kills: summary.oomKills,
      driver_cpu: summary.driverCpuUs / 1e6,
      long_cycles: summary.longCycles,
    });
  });

  test("of a run that is cut short, or whose driver hardly moves, are finite all the same", () => {
    const slowest: Rates = { ...DEFAULT_RATES, nosleepAllocMax: 0, allocMin: 1, allocMax: 1, freeMin: 1, freeMax: 1 };
    for (const untilUs of [0, 1, 12_345_678]) {
      expect(Object.values(measure(name, DEFAULT_RATES, { untilUs })).every(Number.isFinite)).toBe(true);
    }
    const values = measure(name, slowest);
    expect(Object.values(values).every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    expect(values.unreached).toBeGreaterThan(0);
    expect(values.time_to_target).toBeGreaterThan(measure(name, DEFAULT_RATES).time_to_target as number);
  });
});

test("faster constants reach targets sooner, and the host has more for longer", () => {
  const fast = measure("steady", { ...DEFAULT_RATES, nosleepAllocMax: 65_536, freeMax: 65_536 });
  const driver = measure("steady", DEFAULT_RATES);
  expect(fast.time_to_target).toBeLessThan(driver.time_to_target as number);
  expect(fast.reclaimed_area).toBeGreaterThan(driver.reclaimed_area as number);
  expect(fast.excess_area).toBeLessThan(driver.excess_area as number);
});
