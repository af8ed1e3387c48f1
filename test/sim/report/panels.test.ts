import { expect, test } from "vitest";
import { runsModel } from "../../../src/sim/report/runs/panels.ts";
import type { Run } from "../../../src/sim/report/runs/run.ts";
import { unpack } from "../../../src/sim/report/unpack.ts";

const NAMES = [
  "time_s",
  "size",
  "target",
  "free",
  "cache",
  "anon",
  "swap",
  "inflation",
  "deflation",
  "stall_some",
  "stall_full",
];

const run = (label: string): Run =>
  ({
    label,
    file: label,
    names: NAMES,
    column: (name: string) => (NAMES.includes(name) ? new Float64Array(2) : undefined),
  }) as unknown as Run;

const looksOf = (runs: readonly Run[]) =>
  runsModel(runs).panels.map(({ lines }) => lines.map(({ colour, dash }) => ({ colour, dash })));

test("no two curves of a chart look alike, in as many runs as a report may have", () => {
  const runs = Array.from({ length: 24 }, (_, i) => run(`run ${i}`));
  for (const looks of looksOf(runs)) expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(looks.length);
});

test("curves that lie over each other differ in their lines, not in their colours alone", () => {
  const [memory = []] = looksOf([run("alone")]);
  // The balloon is filled, free memory is not; all others are broken, each in its way.
  expect(memory.map(({ dash }) => dash)).toEqual([0, 0, 1, 3, 2, 4]);
  for (const looks of looksOf([run("a"), run("b"), run("c"), run("d")])) {
    const dashes = looks.map(({ dash }) => dash);
    expect(new Set(dashes).size).toBe(dashes.length);
  }
});

test("each curve of a chart is drawn from its own column, under its own name and in its own quantity", () => {
  const { panels } = runsModel([run("alone")]);
  const shown = panels.map(({ title, quantity, lines }) => [
    title,
    quantity,
    lines.map(({ column, colour }) => `${column} ${colour}`),
  ]);
  expect(shown).toEqual([
    ["Memory", "size", ["size blue", "free green", "cache ochre", "anon purple", "swap vermilion", "target ink"]],
    ["Pace of the balloon", "pace", ["inflation blue", "deflation vermilion"]],
    ["Stalls", "share", ["stall_some ochre", "stall_full vermilion"]],
  ]);
});

test("the time of a chart is that of the rows, in seconds", () => {
  const timed = { ...run("alone"), column: () => Float64Array.of(0, 2.5) } as unknown as Run;
  expect(runsModel([timed]).runs.map(({ time }) => [...unpack(time)])).toEqual([[0, 2.5]]);
});

test("charts of several runs are named after what they show", () => {
  const titles = new Map(runsModel([run("a"), run("b")]).panels.map(({ title, lines }) => [lines[0]?.column, title]));
  expect(titles.get("free")).toMatch(/free/i);
  expect(titles.get("cache")).toMatch(/cache/i);
  expect(titles.get("anon")).toMatch(/anon/i);
  expect(titles.get("swap")).toMatch(/swap/i);
  expect(titles.get("size")).toMatch(/balloon/i);
  expect(new Set(titles.values()).size).toBe(titles.size);
});
