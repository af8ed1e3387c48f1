import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { CycleRates } from "../../../src/sim/measures/cycle-rates.ts";
import { Totals } from "../../../src/sim/measures/totals.ts";
import { columnsOf } from "../../../src/sim/output/columns.ts";
import { Summarizer } from "../../../src/sim/output/summary.ts";
import { summaryObject } from "../../../src/sim/output/summary-figures.ts";
import { afterCycle, type MadeUpView, madeUpView } from "../../support/worlds/run-view.ts";

const COLUMNS = columnsOf(VMMEMCTL);

const S = 1_000_000;

/** The figures of a run that ends as the view is. */
function figures(view: MadeUpView): Record<string, unknown> {
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  summarizer.end(view);
  return summaryObject(summarizer.summary);
}

test("each figure of a summary is that of its own counter", () => {
  const view = madeUpView();
  view.timeUs = 1000 * S;
  // No two are alike, nor is the sum of any two another one.
  Object.assign(view.balloon.state, { size: 3, allocFail: 1 << 8, sleepAllocFail: 1 << 9 });
  Object.assign(view.host, { target: 5 });
  Object.assign(view.cycle, { number: 77, longestUs: 9 * S, totalUs: 10 * S });
  Object.assign(view.guest, { swapOut: 1 << 10, swapIn: 1 << 11, refaults: 1 << 12 });
  Object.assign(view.guest, { allocStalls: 1 << 13, allocFails: 1 << 14, oomKills: 1 << 15 });
  Object.assign(view.guest, { psiSomeUs: 2 * S, psiFullUs: S, workloadStallUs: 3 * S, balloonStallUs: 4 * S });
  Object.assign(view, { driverCpuUs: 20 * S, unknownUs: 30 * S });
  expect(figures(view)).toMatchObject({
    duration_s: 1000,
    final_target_pages: 5,
    final_size_pages: 3,
    cycles: 77,
    longest_cycle_s: 9,
    driver_cpu_s: 20,
    driver_cpu_share: 0.02,
    driver_alloc_fails: (1 << 8) + (1 << 9),
    driver_stall_s: 4,
    stall_some_s: 2,
    stall_full_s: 1,
    workload_stall_s: 3,
    swap_out_pages: 1 << 10,
    swap_in_pages: 1 << 11,
    refault_pages: 1 << 12,
    alloc_stalls: 1 << 13,
    alloc_fails: 1 << 14,
    oom_kills: 1 << 15,
    unknown_s: 30,
  });
});

test.each([
  [{ start: 1, startFail: 0, guestType: 1, guestTypeFail: 0 }, true],
  [{ start: 1, startFail: 0, guestType: 1, guestTypeFail: 1 }, false],
  [{ start: 1, startFail: 1, guestType: 0, guestTypeFail: 0 }, false],
])("a driver with %j is loaded: %s", (counters, isLoaded) => {
  const view = madeUpView();
  Object.assign(view.balloon.state, counters);
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  summarizer.end(view);
  expect(summarizer.summary.isLoaded).toBe(isLoaded);
});

test("the mean pace leaves out the pages of the last cycle, whose time is unknown", () => {
  const view = madeUpView();
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  summarizer.cycle(afterCycle(view, 0, 1000, 100));
  summarizer.cycle(afterCycle(view, S, 1000, 5000));
  view.timeUs = 2 * S;
  summarizer.end(view);
  expect(summaryObject(summarizer.summary)).toMatchObject({ inflated_pages: 5000, inflation_mean_pages_per_s: 100 });
});

test("a cycle that moved pages has its own second, not those of the idle cycles that were skipped behind it", () => {
  const rates = new CycleRates();
  const view = madeUpView();
  expect(rates.cycle(afterCycle(view, 0, 1000, 500))).toBeNull();
  view.cycle.number += 9;
  expect(rates.cycle(afterCycle(view, 10 * S, 1000, 500))).toEqual({
    startUs: 0,
    endUs: S,
    inflated: 500,
    deflated: 0,
  });
});

test("while a cycle runs, cycle_us is how long it has run so far", () => {
  const column = COLUMNS.find(({ name }) => name === "cycle_us");
  const view = afterCycle(madeUpView(), S, 1000, 0);
  const read = () => column?.read(view, new Totals());
  expect(read()).toBe(1000);
  Object.assign(view.cycle, { startUs: 5 * S });
  view.timeUs = 5 * S + 70;
  expect(read()).toBe(70);
});
