import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Stepper } from "../../../src/sim/step/stepper.ts";
import { HELP, parseCommands, Walk } from "../../../src/sim/step/walk.ts";
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

test("commands are letters, some with a number, together or apart", () => {
  const text = (line: string) => parseCommands(line).map(({ letter, count }) => `${count ?? ""}${letter}`);
  expect(text(" 10nb  1.5g 0e3C\tq")).toEqual(["10n", "b", "1.5g", "0e", "3C", "q"]);
  expect([text("?"), text("help"), text("n help"), text("h"), text("")]).toEqual([["h"], ["h"], ["n", "h"], ["h"], []]);
});

test.each([
  ["foo", '"foo": unknown command (h lists them)'],
  ["n xyz", '"xyz": unknown command (h lists them)'],
  ["-3n", '"-3n": unknown command (h lists them)'],
  ["5", '"5": unknown command (h lists them)'],
  ["helpn", '"helpn": e needs a number: 200e goes to event 200'],
  ["g", '"g": g needs a number: 90g goes to 90 s'],
  ["e", '"e": e needs a number: 200e goes to event 200'],
  ["1.5e", '"1.5e": e needs a whole number, such as 200e'],
  ["1.5n", '"1.5n": expected a whole number from 1 on before n'],
  ["0u", '"0u": expected a whole number from 1 on before u'],
  ["3s", '"3s": s takes no number'],
])("the command %s is refused in one line", (line, message) => {
  expect(() => parseCommands(line)).toThrow(new InputError(message));
});

test("only h prints the help", () => {
  const stepper = new Stepper(() => readTrace(traceOf(30, { guest, ...parts })), { rates: DEFAULT_RATES });
  const lines: string[] = [];
  const walk = new Walk(stepper, (line) => lines.push(line));
  for (const command of parseCommands("n ?")) walk.obey(command);
  stepper.close();
  expect(lines.slice(1)).toEqual(HELP);
});
