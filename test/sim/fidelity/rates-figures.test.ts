import { expect, test } from "vitest";
import type { ComparedRun, Variant } from "../../support/data/compared-runs.ts";
import { type Compared, recordedTable, verdictTable } from "../../support/pages/rates-page.ts";

// The figures of docs/rate-control.md, on runs whose figures are plain.

/** A run of rows a second apart: 1000 pages from second 2 on, 0 from second 6 on. */
function run(size: readonly number[], changes: Partial<ComparedRun> = {}): ComparedRun {
  const zeros = size.map(() => 0);
  return {
    seconds: size.map((_, i) => i + 0.01),
    targets: [
      [2, 1000],
      [6, 0],
    ],
    ...{ size, some: zeros, full: zeros, swapOut: zeros, swapIn: zeros },
    ...{ work: null, majorFaults: 3, oomKills: 0, commands: 7, ...changes },
  };
}

const compared = (variant: Variant, ...runs: ComparedRun[]): Compared => ({ scenario: "idle", variant, runs });
const FAST = [0, 0, 0, 512, 1000, 1000, 1000, 500, 0];
const SLOW = [0, 0, 0, 0, 512, 900, 900, 900, 900];

test("a run's figures are those of its rows", () => {
  const full = [0, 0, 0, 0.25, 1, 1, 1, 1, 1.5];
  const work = [0, 100, 200, 300, 350, 400, 420, 500, 600];
  const one = compared("mainline", run(FAST, { full, swapOut: full.map((s) => 512 * s), work }));
  const [heading = "", , row = ""] = recordedTable([one], "idle").split("\n");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const figures = Object.fromEntries(cells(heading).map((title, i) => [title, cells(row)[i]]));
  expect(figures).toMatchObject({
    ...{ driver: "mainline", "50 %, s": "1", "90 %, s": "2", "100 %, s": "2", "back, s": "1" },
    // 0, 512, 1000 and 1000 pages in the rows of seconds 2 to 5; 1488 pages lacking in 7 rows, as a surplus lacks nothing.
    ...{ "held, MiB": "2", "missing, MiB": "1" },
    ...{ "some, s": "0.0", "full, s": "1.5", "worst second": "0.75", "out, MiB": "3" },
    ...{ "in, MiB": "0", "major faults": "3", "OOM kills": "0", commands: "7" },
    // 200 MiB in the row of second 2.01, 600 in that of 8.01.
    "work, MiB/s": "66.7",
  });
});

test("what is not reached before the next target is never reached, and repetitions show their range", () => {
  const table = recordedTable([compared("2010", run(SLOW), run(FAST), run(SLOW))], "idle");
  expect(table).toContain("| 2010 | 2 [1 .. 2] | 3 [2 .. 3] | never [2 .. never] |");
});

test("a figure that no run has is a dash, and its range is of the runs that have it", () => {
  const cellsOf = (...runs: ComparedRun[]) => recordedTable([compared("low", ...runs)], "idle").split("\n")[2] ?? "";
  expect(cellsOf(run(FAST))).toContain("| 3 | – | 0 | 7 |");
  const work = FAST.map((_, i) => 10 * i);
  expect(cellsOf(run(FAST), run(FAST, { work, commands: null }))).toContain("| 3 | 10.0 | 0 | 7 |");
});

test("a verdict needs sets of repetitions that do not overlap", () => {
  const mainline = compared("mainline", run(FAST), run(FAST), run(FAST));
  const verdictOf = (...runs: ComparedRun[]) =>
    verdictTable([mainline, compared("2010", ...runs)])
      .split("\n")
      .find((line) => line.startsWith("| idle |"))
      ?.split("|")[2]
      ?.trim();
  const stalled = run(FAST, { full: FAST.map((_, i) => i / 10) });
  expect(verdictOf(run(SLOW), run(SLOW), run(SLOW))).toBe("host − guest = worse");
  expect(verdictOf(run(SLOW), run(FAST), run(SLOW))).toBe("host = guest =");
  expect(verdictOf(stalled, stalled, stalled)).toBe("host = guest − worse");
  const sooner = run(FAST.with(2, 512).with(3, 1000));
  expect(verdictOf(sooner, sooner, sooner)).toBe("host + guest = **better**");
  const both = run(sooner.size, { some: FAST.map((_, i) => i / 10) });
  expect(verdictOf(both, both, both)).toBe("host + guest −");
});
