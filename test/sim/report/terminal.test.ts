import { describe, expect, test } from "vitest";
import { frontInTerminal } from "../../../src/sim/report/terminal/front.ts";
import { importanceInTerminal } from "../../../src/sim/report/terminal/importance.ts";
import { importanceOfStudy } from "../../../src/sim/tune/importance.ts";
import { StudyAnalysis } from "../../../src/sim/tune/study/analysis.ts";
import { madeUpStudy } from "../../support/fakes/made-up-study.ts";

const analysis = new StudyAnalysis(madeUpStudy({ trials: 200 }));
const importance = importanceOfStudy(analysis);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, "");

describe("the front in characters", () => {
  const draw = (width: number, hasColours = false) => frontInTerminal(analysis, { width, hasColours });

  test.each([50, 80, 110, 400])("a terminal of %i columns is not overrun, nor left half empty", (width) => {
    const [, ...lines] = draw(width).split("\n");
    const longest = Math.max(...lines.map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(Math.max(width, 53));
    expect(longest).toBeGreaterThan(Math.min(width, 112) * 0.9);
  });

  test("colours change only the colour", () => {
    expect(draw(80, true)).not.toBe(draw(80));
    expect(plain(draw(80, true))).toBe(draw(80));
  });

  test("the reference, the knee and the front are drawn over other points", () => {
    const [, ...lines] = draw(80).split("\n");
    const count = (glyph: string) => lines.join("").split(glyph).length - 1;
    expect([count("◆"), count("◉")]).toEqual([1, 1]);
    expect(count("●")).toBeGreaterThan(3);
    expect(count("●")).toBeLessThanOrEqual(analysis.front.length);
  });

  test("a study without a complete trial is an empty chart", () => {
    const { header, trials } = madeUpStudy({ trials: 3 });
    const failed = trials.map((trial) => ({ ...trial, state: "failed" as const, error: "x", runs: [] }));
    const nothing = new StudyAnalysis({ header, trials: failed, judgements: [] });
    expect(frontInTerminal(nothing, { width: 80, hasColours: false })).not.toMatch(/[◆◉●·×]|NaN|undefined/);
  });
});

describe("importance in characters", () => {
  test("bars are as long as the shares are large, the largest first", () => {
    const lines = importanceInTerminal(analysis.header, importance, { width: 80, hasColours: false })
      .split("\n")
      .slice(1, -3);
    expect(lines).toHaveLength(analysis.header.parameters.length);
    const shares = lines.map((line) =>
      [...line.matchAll(/(█*)[▏▎▍▌▋▊▉]? *(\d+) %/g)].map(([, bar, percent]) => [bar?.length, Number(percent)]),
    );
    for (const [length, percent] of shares.flat()) {
      expect(Math.abs((length as number) - (percent as number) / 5)).toBeLessThanOrEqual(1.1);
    }
    const sums = shares.map((row) => row.reduce((sum, [, percent]) => sum + (percent as number), 0));
    expect(sums).toEqual(sums.toSorted((a, b) => b - a));
  });

  test("colours change only the colour", () => {
    const draw = (hasColours: boolean) => importanceInTerminal(analysis.header, importance, { width: 80, hasColours });
    expect(draw(true)).not.toBe(draw(false));
    expect(plain(draw(true))).toBe(draw(false));
  });

  test("is left out for too few trials", () => {
    const few = new StudyAnalysis(madeUpStudy({ trials: 5 }));
    expect(importanceInTerminal(few.header, importanceOfStudy(few), { width: 80, hasColours: false })).toBe("");
  });
});
