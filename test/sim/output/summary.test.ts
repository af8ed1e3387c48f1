import { expect, test } from "vitest";
import { LONG_CYCLE_US } from "../../../src/sim/measures/meter.ts";
import { Summarizer } from "../../../src/sim/output/summary.ts";
import { CHANGE_FIELDS, FIGURES, formatFigure, summaryObject } from "../../../src/sim/output/summary-figures.ts";
import type { Origin } from "../../../src/sim/trace/types.ts";
import { afterCycle, madeUpView } from "../../support/worlds/run-view.ts";

const S = 1_000_000;

/** Cycles that begin at the given times, take so long, and end with so many pages in the balloon. */
function summarize(
  cycles: readonly [startUs: number, us: number, size: number][],
  endUs: number,
  origin: Partial<Origin> = {},
) {
  const view = madeUpView(origin);
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  for (const [startUs, us, size] of cycles) {
    view.host.target = 5000;
    summarizer.cycle(afterCycle(view, startUs, us, size));
  }
  view.timeUs = endUs;
  summarizer.end(view);
  return { view, summarizer, summary: summarizer.summary };
}

test("a cycle's pace is that of the time until the next one begins", () => {
  const { summary } = summarize(
    [
      [0, 50_000, 1000],
      [S, 300_000, 3000],
      [3 * S, 50_000, 4000],
      [4 * S, 50_000, 4000],
      [5 * S, 50_000, 4000],
      [6 * S, 50_000, 1000],
      [7 * S, 50_000, 1000],
    ],
    8 * S,
  );
  // 1000 pages in 1 s, 2000 in 2 s, 1000 in 1 s: 4000 in 4 s.
  expect(summary.inflation).toEqual({ pages: 4000, pacedPages: 4000, timeUs: 4 * S, peak: 1000 });
  expect(summary.deflation).toEqual({ pages: 3000, pacedPages: 3000, timeUs: S, peak: 3000 });
  expect(summaryObject(summary)).toMatchObject({
    inflation_mean_pages_per_s: 1000,
    inflation_peak_pages_per_s: 1000,
    deflation_mean_pages_per_s: 3000,
    long_cycles: 1,
    longest_cycle_s: 0.3,
    cycles: 7,
  });
});

test("the pages of the last cycle count, but its pace is not known", () => {
  const { summary } = summarize(
    [
      [0, 1000, 100],
      [S, 1000, 300],
    ],
    2 * S,
  );
  expect(summary.inflation).toEqual({ pages: 300, pacedPages: 100, timeUs: S, peak: 100 });
});

test("there is no pace where no pages moved", () => {
  const { summary } = summarize([[0, 1000, 0]], S);
  expect(summaryObject(summary)).toMatchObject({ inflation_mean_pages_per_s: null, inflation_peak_pages_per_s: null });
});

test("a cycle is long from a quarter of a second on", () => {
  const { summary } = summarize(
    [
      [0, LONG_CYCLE_US - 1, 0],
      [S, LONG_CYCLE_US, 0],
    ],
    2 * S,
  );
  expect(summary.longCycles).toBe(1);
});

test("a reset is neither inflation nor deflation, but is counted", () => {
  const view = madeUpView();
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  summarizer.cycle(afterCycle(view, 0, 1000, 500));
  // The driver frees its pages without a word, and begins again.
  view.engine.free += 500;
  view.engine.size = 0;
  view.engine.start += 2;
  view.engine.startFail += 1;
  summarizer.cycle(afterCycle(view, S, 1000, 0));
  summarizer.cycle(afterCycle(view, 2 * S, 1000, 0));
  summarizer.end(view);
  expect(summarizer.summary).toMatchObject({ resets: 1, deflation: { pages: 0, peak: 0 }, finalSizePages: 0 });
});

test("the summary reports a driver that the host did not take", () => {
  const view = madeUpView();
  view.engine.startFail = 1;
  view.engine.guestType = 0;
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  view.timeUs = S;
  summarizer.end(view);
  expect(summarizer.summary).toMatchObject({ isLoaded: false, resets: 0, cycles: 0 });
  expect(summarizer.summary.notes).toEqual(["The driver did not load: the host did not accept START and GUEST_ID."]);
});

test("figures of a coarse trace come with a warning, those of a fine or an invented one without", () => {
  const notes = (origin: Partial<Origin>) => summarize([[0, 1000, 0]], S, origin).summary.notes.join();
  expect(notes({ kind: "imported", sampleSeconds: 300 })).toMatch(/one value every 300 s/);
  expect(notes({ kind: "measured", sampleSeconds: 1 })).toBe("");
  expect(notes({ kind: "synthetic", sampleSeconds: 300 })).toBe("");
});

test("kills in a guest that the import took to have no swap come with that assumption", () => {
  const notes = (how: string, oomKills: number) => {
    const view = madeUpView({
      kind: "imported",
      importer: { name: "i", version: "1", options: { swap: { pages: 0, how, evidence: "" } } },
    });
    view.guest.oomKills = oomKills;
    const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
    summarizer.end(view);
    return summarizer.summary.notes.join();
  };
  expect(notes("assumed", 2)).toMatch(/^2 OOM kills; the import assumed a guest without swap/);
  expect(notes("assumed", 1)).toMatch(/^1 OOM kill; the import assumed/);
  expect(notes("assumed", 0)).toMatch(/^The import assumed a guest without swap/);
  expect(notes("measured", 2)).toBe("");
  expect(notes("given", 2)).toBe("");
});

test.each([
  ["balloon", /^The import assumed an empty balloon.*\(import --balloon\)/],
  ["memory", /^The import assumed the guest's RAM.*\(import --memory\)/],
] as const)("the summary names a size of the %s that the import assumed, and not one of the log", (name, text) => {
  const notes = (how: string) => {
    const options = { [name]: { pages: 0, how, evidence: "" } };
    const view = madeUpView({ kind: "imported", importer: { name: "i", version: "1", options } });
    const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
    summarizer.end(view);
    return summarizer.summary.notes.join();
  };
  expect(notes("assumed")).toMatch(text);
  expect(notes("given")).toBe("");
  expect(notes("measured")).toBe("");
});

test("the summary reports unknown time", () => {
  const view = madeUpView();
  view.timeUs = 2 * S;
  view.unknownUs = S;
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  summarizer.end(view);
  expect(summaryObject(summarizer.summary)).toMatchObject({ unknown_s: 1, duration_s: 2 });
  expect(summarizer.summary.notes.join()).toMatch(/is unknown/);
});

test("there is no summary before the end", () => {
  expect(() => new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" }).summary).toThrow(/not over/);
});

test("every figure has a name of its own that ends in its unit", () => {
  const names = [...FIGURES, ...CHANGE_FIELDS].map((figure) => figure.name);
  expect(new Set(names).size).toBe(names.length);
  const ends = { s: /_s$/, pages: /_pages$/, "pages/s": /_pages_per_s$/, share: /_share$/ } as Record<string, RegExp>;
  for (const { name, unit } of [...FIGURES, ...CHANGE_FIELDS]) {
    if (unit in ends) expect(name).toMatch(ends[unit]);
  }
});

test("each figure reads its own part of a run", () => {
  const { summarizer, view } = summarize([[0, 1000, 10]], S);
  let next = 10_000;
  for (const key of Object.keys(view.guest) as (keyof typeof view.guest)[]) view.guest[key] = next++;
  Object.assign(view, { driverCpuUs: next++, unknownUs: next++, timeUs: 77 * S });
  summarizer.end(view);
  const guestFigures = FIGURES.filter(
    (figure) => figure.group === "guest" || /^(unknown|driver_(cpu_s|stall))/.test(figure.name),
  );
  const values = guestFigures.map((figure) => figure.value(summarizer.summary));
  expect(new Set(values).size).toBe(guestFigures.length);
});

test.each([
  ["s", 86.032004, "1m26.032s"],
  ["s", 0.000012, "12us"],
  ["pages", 576768, "576768 pages (2.2GiB)"],
  ["pages", 0, "0"],
  ["pages/s", 16385, "16385 pages/s (64MiB/s)"],
  ["share", 0.008162, "0.8162 %"],
  ["times", 3, "3"],
  ["yes/no", true, "yes"],
  ["text", "x", "x"],
  ["pages", null, "-"],
] as const)("the summary prints %s %s as %s for people", (unit, value, text) => {
  expect(formatFigure(unit, value)).toBe(text);
});

test("a target that moves along a line and never jumps is said to leave times to target without meaning", () => {
  const remark = /never jumps, so no change of it is counted/;
  const view = madeUpView();
  const summarizer = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  for (let second = 0; second < 5; second++) {
    view.host.target = second * 100;
    summarizer.cycle(afterCycle(view, second * S, 1000, second * 100));
  }
  summarizer.end(view);
  expect(summarizer.summary).toMatchObject({ changes: 0, notes: [expect.stringMatching(remark)] });
  // One that jumps is counted, and one that stands still has nothing to be said of.
  expect(summarize([[0, 1000, 5000]], 2 * S).summary.notes.join()).not.toMatch(remark);
  const still = madeUpView();
  const quiet = new Summarizer({ trace: "trace.json", seed: "seed", whatIf: "" });
  quiet.cycle(afterCycle(still, 0, 1000, 0));
  quiet.end(still);
  expect(quiet.summary.notes).toEqual([]);
});
