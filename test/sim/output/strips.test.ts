import fc from "fast-check";
import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { MOST_INTERVALS, STRIP_QUANTITIES, StripRecorder, widened } from "../../../src/sim/output/strips.ts";
import { Summarizer } from "../../../src/sim/output/summary.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { observeAll } from "../../../src/sim/view/observe-all.ts";
import { madeUpView } from "../../support/worlds/run-view.ts";

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((all, value) => all + value, 0);

test.each(["spike", "thrash", "no-swap-oom", "idle-month"])(
  "the strips of %s add up to the figures of its summary",
  (name) => {
    const recorder = new StripRecorder();
    const summarizer = new Summarizer({ trace: name, seed: "1", whatIf: "" });
    const source = openTrace(name);
    new Simulation(source, { rates: VMMEMCTL.defaults }, observeAll([recorder, summarizer])).run();
    source.close();
    const { values, endUs, widthUs } = recorder.strips;
    const { summary } = summarizer;
    const near = (found: number, expected: number) =>
      expect(Math.abs(found - expected)).toBeLessThan(1e-6 * expected + 1e-3);
    expect(endUs).toBe(summary.durationUs);
    near(sum(values.stall_full), summary.stallFullUs);
    near(sum(values.stall_some), summary.stallSomeUs);
    near(sum(values.swap), summary.swapOutPages + summary.swapInPages);
    expect(sum(values.kills)).toBe(summary.oomKills);
    expect(values.size.length).toBe(Math.ceil(endUs / widthUs));
    expect(values.size.length).toBeLessThanOrEqual(MOST_INTERVALS);
    // Not wider than needed.
    expect(endUs).toBeGreaterThan((widthUs / 2) * MOST_INTERVALS * (widthUs === 937_500 ? 0 : 1));
  },
);

test("size and distance are those since the last observation, stall is spread over the time that it took", () => {
  const view = madeUpView({}, 100);
  const recorder = new StripRecorder();
  view.host.target = 300;
  view.timeUs = 937_500;
  recorder.target(view);
  view.engine.size = 200;
  view.guest.psiFullUs = 1000;
  view.timeUs = 4 * 937_500;
  recorder.cycle(view);
  view.timeUs = 5 * 937_500;
  recorder.end(view);
  const { values } = recorder.strips;
  const perInterval = (numbers: Float64Array) => Array.from(numbers, (value) => Math.round(value / 937_500));
  expect(perInterval(values.size)).toEqual([100, 100, 100, 100, 200]);
  expect(perInterval(values.distance)).toEqual([200, 200, 200, 200, 100]);
  expect(Array.from(values.stall_full, Math.round)).toEqual([0, 333, 333, 333, 0]);
});

test("wider intervals have the same sums, whenever they become wider", () => {
  const step = fc.record({ us: fc.integer({ min: 1, max: 3_000_000_000 }), stall: fc.nat(1000), size: fc.nat(5000) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(3), (steps, doublings) => {
      const view = madeUpView();
      const recorder = new StripRecorder();
      let area = 0;
      for (const { us, stall, size } of steps) {
        area += us * view.engine.size;
        view.timeUs += us;
        view.guest.psiFullUs += stall;
        const before = view.engine.size;
        view.engine.size = before;
        recorder.cycle(view);
        view.engine.size = size;
        // The balloon changes at the end of the time.
        recorder.cycle(view);
      }
      const { strips } = recorder;
      const wide = widened(strips, strips.widthUs * 2 ** doublings);
      for (const { values } of [strips, wide]) {
        expect(Math.round(sum(values.stall_full))).toBe(view.guest.psiFullUs);
        expect(sum(values.size)).toBeCloseTo(area, -Math.log10(area + 1) + 6);
      }
      expect(wide.values.size.length).toBe(Math.ceil(strips.values.size.length / 2 ** doublings));
      for (const name of STRIP_QUANTITIES) expect(wide.values[name].length).toBe(wide.values.size.length);
    }),
  );
});
