import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileArgument, shellLine } from "../../../src/common/shell-line.ts";
import { Html, html } from "../../../src/sim/report/html/html.ts";
import { changeText, formatNumber, verdictOf } from "../../../src/sim/report/numbers.ts";
import { formatQuantity } from "../../../src/sim/report/page/format.ts";
import { scaleOf } from "../../../src/sim/report/page/scale.ts";
import { shortNames } from "../../../src/sim/report/runs/read-runs.ts";
import { verdictLine } from "../../../src/sim/report/verdict.ts";

describe("pieces of a page", () => {
  test("a value in a piece is text, unless it is a piece itself", () => {
    const bold = html`<b>${"<i>&\"'"}</b>`;
    expect(html`${bold}${[1, "<", bold]}${null}`.text).toBe(
      "<b>&lt;i&gt;&amp;&quot;'</b>1&lt;<b>&lt;i&gt;&amp;&quot;'</b>",
    );
    expect(html`${new Html("<br>")}`.text).toBe("<br>");
  });

  test("no text opens or closes an element or an attribute in double quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(html`${text}`.text).not.toMatch(/[<>"]|&(?!amp;|lt;|gt;|quot;)/);
      }),
    );
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [16_384, "16\u2009384"],
    [1234.5678, "1\u2009235"],
    [0.0125, "0.0125"],
    [-2.34567, "−2.346"],
    [1e-9, "1e−9"],
    [123_456_789, "123\u2009456\u2009789"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "∞"],
  ])("%d is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test.each([
    [80, 100, "−20 %"],
    [100, 80, "+25 %"],
    [400, 100, "×4"],
    [5, 5, "="],
    [5, 0, ""],
    [Number.NaN, 1, ""],
  ])("%d against %d is %s", (value, reference, text) => {
    expect(changeText(value, reference)).toBe(text);
  });

  test("better is what the objective says", () => {
    expect([
      verdictOf(1, 2, "less"),
      verdictOf(1, 2, "more"),
      verdictOf(2, 2, "less"),
      verdictOf(Number.NaN, 2, "less"),
    ]).toEqual(["win", "loss", null, null]);
  });

  test("quantities have their unit", () => {
    expect(formatQuantity(262_144, "size")).toBe("1 GiB");
    expect(formatQuantity(0, "size")).toBe("0");
    expect(formatQuantity(16_384.2, "pace")).toBe("16\u2009384 pages/s");
    expect(formatQuantity(0.2512, "share")).toBe("25.1 %");
    expect(formatQuantity(1_500_000, "us")).toBe("1.5 s");
    expect(formatQuantity(undefined, "size")).toBe("–");
  });
});

test("wins and losses in words", () => {
  const line = verdictLine({
    objective: "stall_full",
    better: "less",
    traces: ["a", "b", "c", "d"],
    values: [1, 9, 5, Number.NaN],
    references: [4, 3, 5, 1],
  });
  expect(line).toBe(
    "stall_full: better on 1 trace, worse on 1 trace, not run on 1 trace; most gained on a, most lost on b",
  );
});

describe("ticks of an axis", () => {
  const variable = {
    name: "x",
    unit: "",
    better: null,
    range: null,
    ranges: new Map<number, readonly [number, number]>(),
    choices: [],
  } as const;

  test("lie in sight, ascend, and are not more than asked for", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 1.5, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 20 }),
        (isLogarithmic, from, factor, most) => {
          const scale = scaleOf(
            { ...variable, isLogarithmic, values: Float64Array.of(from, from * factor) },
            () => true,
          );
          const [low, high] = scale.extent;
          const ticks = scale.ticks(low, high, most);
          expect(ticks.length).toBeGreaterThanOrEqual(1);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
          for (const tick of ticks) expect(tick >= low && tick <= high).toBe(true);
        },
      ),
    );
  });

  test("of a list are the values that it has", () => {
    const scale = scaleOf(
      { ...variable, choices: [4, 16], isLogarithmic: true, values: Float64Array.of(4, 16) },
      () => true,
    );
    expect(
      scale
        .ticks(...scale.extent, 5)
        .map(scale.value)
        .map(Math.round),
    ).toEqual([4, 16]);
  });

  test("there are some where all values are the same, and where there are none", () => {
    for (const values of [Float64Array.of(5, 5), Float64Array.of(), Float64Array.of(Number.NaN)]) {
      const scale = scaleOf({ ...variable, isLogarithmic: false, values }, () => true);
      expect(scale.ticks(...scale.extent, 5).length).toBeGreaterThan(0);
    }
  });
});

test("files are called by as much of their path as tells them apart", () => {
  expect(shortNames(["a/x.csv", "b/y.ndjson"])).toEqual(["x", "y"]);
  expect(shortNames(["a/run.csv", "b/run.csv"])).toEqual(["a/run", "b/run"]);
  expect(shortNames(["run.csv", "run.csv"])).toEqual(["run.csv", "run.csv"]);
});

test("a shell reads a line of arguments back, which has no control character", () => {
  const text = fc.string({ unit: fc.constantFrom(..."aZ0 '\"\\$`!*?#~;&|<>()[]{}=%\n\té\u{1b}\u{202e}\u{9b}😀") });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (args) => {
      const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${shellLine(["x", ...args])}`], { encoding: "utf8" });
      expect(stdout.split("\0").slice(0, -1)).toEqual(["x", ...args]);
      expect(shellLine(args)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }),
    { numRuns: 50 },
  );
});

test("the name of a file is no option", () => {
  expect(["-dash.json", "--", "-", "a/-b.json", "-\n", ""].map(fileArgument)).toEqual([
    "./-dash.json",
    "./--",
    "-",
    "a/-b.json",
    "./-\n",
    "",
  ]);
});
