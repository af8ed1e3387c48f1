import { describe, expect, test } from "vitest";
import { studyFacts } from "../../../src/sim/report/html/study-sections.ts";
import { TRIAL_STATES } from "../../../src/sim/report/model.ts";
import { Selection, Trials, type Variable } from "../../../src/sim/report/page/trials.ts";
import { ReportStudy } from "../../../src/sim/report/study/report-study.ts";
import { studyModel } from "../../../src/sim/report/study/study-model.ts";
import { unpack } from "../../../src/sim/report/unpack.ts";
import type { Spread } from "../../../src/sim/tune/spread.ts";
import type { StudyState } from "../../../src/sim/tune/study/analysis.ts";
import type { StudyContents } from "../../../src/sim/tune/study/read-study.ts";
import { madeUpStudy } from "../../support/fakes/made-up-study.ts";

const reported = (state: StudyState): ReportStudy => new ReportStudy({ file: "a.study", ...(state as StudyContents) });
const state = madeUpStudy({ trials: 120 });
const study = reported(state);
const model = studyModel(study);

describe("the model of a study's page", () => {
  test("each objective has its own values, one a trial", () => {
    const { objectives } = study.analysis.header;
    expect(new Set(model.objectives.map(({ name }) => name))).toEqual(new Set(objectives));
    for (const { name, values } of model.objectives) {
      const index = objectives.indexOf(name);
      const expected = state.trials.map(({ trial }) => study.analysis.values(trial)?.[index] ?? Number.NaN);
      const own = Array.from(unpack(values));
      expect(own).toHaveLength(expected.length);
      own.forEach((value, trial) => {
        if (Number.isNaN(expected[trial])) expect(value).toBeNaN();
        else expect(value).toBeCloseTo(expected[trial] as number, -Math.log10(Math.abs(value) * 1e-6 + 1e-6));
      });
    }
  });

  test("judged trials have their ranges over the worlds that judged them, others have none", () => {
    expect(model.ranges).toBeNull();
    const judged = reported(madeUpStudy({ trials: 60, judgedWorlds: 4 }));
    const { analysis } = judged;
    const own = studyModel(judged);
    const trials = new Trials(own);
    expect(trials.worlds).toBe(4);
    const { objectives } = analysis.header;
    const withRange = new Set<number>();
    for (const { name, ranges } of trials.objectives) {
      for (const [trial, range] of ranges) {
        const spreads = analysis.spreads(trial, "tuned") as readonly Spread[];
        const { lowest, highest } = spreads[objectives.indexOf(name)] as Spread;
        expect(range).toEqual([lowest, highest].map((value) => (Number.isInteger(value) ? value : Math.fround(value))));
        withRange.add(trial);
      }
    }
    expect([...withRange].sort((a, b) => a - b)).toEqual([...analysis.toJudge].sort((a, b) => a - b));
    expect(trials.constants.every(({ ranges }) => ranges.size === 0)).toBe(true);
  });

  test("an objective has a logarithmic axis where its values lie further apart than a factor of 50", () => {
    const names = model.objectives.filter(({ isLogarithmic }) => isLogarithmic).map(({ name }) => name);
    const isWide = (name: string) => {
      const index = study.analysis.header.objectives.indexOf(name);
      const values = state.trials.flatMap(({ trial }) => study.analysis.values(trial)?.[index] ?? []);
      return Math.min(...values) > 0 && Math.max(...values) > 50 * Math.min(...values);
    };
    expect(names).toEqual(model.objectives.map(({ name }) => name).filter(isWide));
    // The made-up alloc-max, which swap_traffic follows, has a range of 128; stalls have less.
    expect(names).toContain("swap_traffic");
    expect(names).not.toContain("stall_full");
  });

  test("states, front, default pick and what is shown first are those of the study", () => {
    expect(Array.from(unpack(model.states), (state) => TRIAL_STATES[state])).toEqual(
      state.trials.map(({ trial }) => study.stateOf(trial)),
    );
    expect(model).toMatchObject({
      front: study.analysis.front.map(({ trial }) => trial),
      pick: study.analysis.pick,
      knee: study.analysis.knee,
      shown: study.analysis.pick,
    });
  });
});

describe("where no trial keeps what is required", () => {
  test("the page shows the one that misses least, and counts trials without the reference", () => {
    const requirements = [{ objective: "stall_full", relation: "<=", bound: 0.1 }] as const;
    const none = reported({ ...state, header: { ...state.header, requirements }, judgements: [] });
    expect(none.shown).toBe(none.analysis.nearest);
    expect(none.shown).toBeGreaterThan(0);
    const complete = state.trials.filter(({ trial, state: own }) => trial > 0 && own === "complete").length;
    const dropped = state.trials.filter((one) => one.state === "dropped").length;
    expect(complete).toBeLessThan(119);
    expect(studyFacts(none).text).toContain(
      `120 and the reference, which misses a requirement; ${complete} miss a requirement; ${dropped} dropped early; 1 failed`,
    );
  });
});

describe("a filter", () => {
  test("lets values through between its ends, both included", () => {
    const trials = new Trials(model);
    const selection = new Selection(trials);
    const [time] = trials.goals as [Variable];
    const values = Array.from(time.values).filter((value) => !Number.isNaN(value));
    const sorted = values.toSorted((a, b) => a - b);
    const [from, to] = [sorted[20], sorted[60]] as [number, number];
    selection.setFilter(time, [from, to]);
    const visible = Array.from(time.values, (value, trial) => ({ value, trial })).filter(({ trial }) =>
      selection.isVisible(trial),
    );
    const expected = Array.from(time.values, (value, trial) => ({ value, trial })).filter(
      ({ value, trial }) => trials.isComparable(trial) && value >= from && value <= to,
    );
    expect(visible).toEqual(expected);
    expect(selection.visibleCount).toBe(expected.length);
    expect(expected.map(({ value }) => value)).toContain(to);
    expect(expected.length).toBeLessThan(45);
    selection.clearFilters();
    expect(selection.visibleCount).toBe(state.trials.filter(({ state: own }) => own === "complete").length);
  });
});
