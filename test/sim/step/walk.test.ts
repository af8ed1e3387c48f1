import { expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Stepper } from "../../../src/sim/step/stepper.ts";
import { Walk } from "../../../src/sim/step/walk.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { traceOf } from "../../support/in-process/curves.ts";

/** The figures that a walk lists at a time of a trace, by their names. */
function figuresAt(seconds: number, text: string): Map<string, string> {
  const stepper = new Stepper(() => readTrace(text), { rates: DEFAULT_RATES });
  const lines: string[] = [];
  const walk = new Walk(stepper, (line) => lines.push(line));
  walk.obey({ letter: "g", count: seconds });
  lines.length = 0;
  walk.obey({ letter: "s", count: null });
  stepper.close();
  return new Map(lines.map((line) => line.trim().split(/\s+/, 2) as [string, string]));
}

const guest = { memory: "1GiB", swap: "1GiB" };
const parts = {
  workloads: [{ name: "app", anon: "600MiB", touch: "100MiB/s" }],
  host: { target: [[0, "900MiB"]] },
};

test("a walk lists pressure, and huge pages and the swap cache of a guest that has them", () => {
  const figures = figuresAt(20, traceOf(30, { guest: { ...guest, thp: "always" }, ...parts }));
  for (const name of ["stall_some_us", "stall_full_us", "anon_huge"])
    expect(Number(figures.get(name)), name).toBeGreaterThan(0);
  expect([figures.has("free_huge"), figures.has("swap_cached")]).toEqual([true, true]);
});

test("a walk lists no huge pages and no swap cache of a guest without them", () => {
  const figures = figuresAt(1, traceOf(30, { guest: { memory: "1GiB", thp: "madvise" } }));
  expect(["anon_huge", "free_huge", "swap_cached"].filter((name) => figures.has(name))).toEqual([]);
  expect([figures.get("stall_some_us"), figures.get("stall_full_us")]).toEqual(["0", "0"]);
});
