import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { google } from "../../../../src/sim/import/formats/google.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const NAME = "part-00000-of-00500.csv";

describeReader(google, {
  fixture: NAME,
  options: { memory: "128GiB" },
  machines: { "38676173": 9, "9223372036854775783": 9, "5": 6 },
  hasMissing: false,
  damages: [
    { line: 3, from: /^\d+/, to: "x", column: 1, says: /expected the start of a window, a number/ },
    { line: 12, from: /^\d+/, to: "600000000", column: 1, says: /expected a window of at most 300 s/ },
    { line: 12, from: /^\d+,\d+/, to: "600000000,700000000", column: 1, says: /in the order of their starts/ },
    { line: 5, from: /,0\.0125,[^,]*/, to: ",0.0125,0.1.2", column: 43, says: /expected canonical memory usage/ },
    { line: 6, from: /,[^,]*$/, to: "", column: 128, says: /19 fields, expected 20/ },
  ],
  grow: (text, times) => {
    const rows = text.trimEnd().split("\n");
    const moved = (time: string, i: number) => String(Number(time) + i * 3_600_000_000);
    return `${Array.from({ length: times }, (_, i) =>
      rows.map((row) => row.replace(/^(\d+),(\d+)/, (_, a, b) => `${moved(a, i)},${moved(b, i)}`)).join("\n"),
    ).join("\n")}\n`;
  },
});

describe("Google's logs", () => {
  const directory = scratchDirectory();
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/google", NAME), "utf8");
  const row = (start: number, end: number, machine: string, used: number, cache: number) =>
    [start * 1e6, end * 1e6, 1, 0, machine, 0, used, 0, 0, cache, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0].join(",");
  const rowsOf = (trace: string | undefined) =>
    (trace ?? "")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line));

  it("are summed by machine, each task for as long as it ran in a window", async () => {
    const rows = [
      row(600, 900, "7", 0.25, 0.0625),
      row(600, 900, "8", 0.5, 0),
      row(600, 750, "7", 0.5, 0.25),
      row(750, 1050, "7", 0.125, 0),
      row(900, 1200, "7", 0.25, 0),
      row(900, 1200, "8", 0.75, 0),
      row(1200, 1500, "7", 1, 0),
    ];
    const { traces } = await importTexts(directory, [{ name: "a.csv", text: `${rows.join("\n")}\n` }], {
      memory: "1GiB",
    });
    const used = (trace: string | undefined) =>
      rowsOf(trace).map(({ t, measured }) => [t, measured.used, measured.cached]);
    expect(used(traces.get("7"))).toEqual([
      [0, 0.25 + 0.5 / 2 + 0.125 / 2, 0.0625 + 0.25 / 2],
      [300, 0.125 / 2 + 0.25, 0],
    ]);
    expect(used(traces.get("8"))).toEqual([
      [0, 0.5, 0],
      [300, 0.75, 0],
    ]);
    expect(rowsOf(traces.get("7"))[0].anon).toBe(Math.round(262_144 * (0.5625 - 0.1875)));
  });

  it("come in parts, whose windows belong together", async () => {
    const lines = text.trimEnd().split("\n");
    // In the middle of a window.
    const parts = [lines.slice(0, 23), lines.slice(23)].map((part) => `${part.join("\n")}\n`);
    const named = parts.map((part, i) => ({ name: `part-0000${i}-of-00500.csv`, text: part }));
    const whole = await importTexts(directory, [{ name: NAME, text }], { memory: "1GiB" });
    const both = await importTexts(directory, named.reverse(), { memory: "1GiB" });
    for (const [id, trace] of whole.traces) expect(rowsOf(both.traces.get(id))).toEqual(rowsOf(trace));
  });

  it("say that empty fields are in no sum", async () => {
    const { remarks } = await importTexts(directory, [{ name: NAME, text }], { memory: "1GiB" });
    expect(remarks.join("\n")).toMatch(new RegExp(`${NAME}:\\d+:1: empty fields: not counted in the sums`));
  });
});
