import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bitbrains } from "../../../../src/sim/import/formats/bitbrains.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(bitbrains, {
  fixture: "17.csv",
  machines: { "17": 82 },
  hasMissing: true,
  damages: [
    { line: 9, from: "620756.9", to: "12%", column: 47, says: /expected Memory usage \[KB\], a number, found "12%"/ },
    { line: 9, from: "1400002100", to: "", column: 1, says: /a row without a time/ },
    { line: 9, from: /;\t0\.0$/, to: "", column: 100, says: /10 fields, expected 11/ },
    { line: 12, from: /^\d+/, to: "1300000000", column: null, says: /the time of 17 goes back/ },
    { line: 1, from: "Memory usage [KB]", to: "Memory use [KB]", column: 1, says: /the header lacks "Memory usage/ },
  ],
  grow: (text, times) => {
    const [header, ...rows] = text.trimEnd().split("\n");
    const span = 30_000;
    const more = Array.from({ length: times }, (_, i) =>
      rows.map((row) => row.replace(/^\d+/, (time) => String(Number(time) + i * span))).join("\n"),
    );
    return `${[header, ...more].join("\n")}\n`;
  },
});

describe("Bitbrains' logs", () => {
  const directory = scratchDirectory();
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/bitbrains/17.csv"), "utf8");
  const later = (seconds: number) => text.replace(/^1\d+/gm, (time) => String(Number(time) + seconds));
  const headerOf = (trace: string | undefined) => JSON.parse((trace ?? "").split("\n")[0] as string);

  it("of one VM and several months are one log, in any order", async () => {
    const months = [
      { name: "2014-6/17.csv", text: later(2_592_000) },
      { name: "2014-5/17.csv", text },
    ];
    const { traces } = await importTexts(directory, months);
    expect([...traces.keys()]).toEqual(["17"]);
    const header = headerOf(traces.get("17"));
    expect(header.duration).toBe(2_592_000 + 25_493);
    expect(header.origin.epoch).toBe("2014-05-13T16:48:20Z");
    await expect(importTexts(directory, [...months, { name: "x/17.csv", text: later(600) }])).rejects.toThrow(
      /the time of 17 goes back .* or two logs of the same machine overlap/,
    );
  });

  it("of several VMs are told apart by their numbers, each with its own file", async () => {
    const both = [
      { name: "17.csv", text },
      { name: "2013-7_18.csv", text: later(60) },
    ];
    const { traces } = await importTexts(directory, both);
    expect([...traces.keys()]).toEqual(["17", "18"]);
    expect(headerOf(traces.get("18")).origin.files.map(({ name }: { name: string }) => name)).toEqual([
      "2013-7_18.csv",
    ]);
    expect([...(await importTexts(directory, both, { vm: ["18"] })).traces.keys()]).toEqual(["18"]);
  });

  it("may have milliseconds after all", async () => {
    const rows = (trace: string | undefined) => (trace ?? "").split("\n").slice(1);
    const milliseconds = text.replace(/^1\d+/gm, "$&000");
    const expected = (await importTexts(directory, [{ name: "17.csv", text }])).traces;
    const found = (await importTexts(directory, [{ name: "17.csv", text: milliseconds }])).traces;
    expect(rows(found.get("17"))).toEqual(rows(expected.get("17")));
  });

  it("need --memory where the steps of active memory show nothing, and say for how many VMs", async () => {
    const blurred = text.replace(
      /^(1\d+;(?:[^;]*;){5}\t)([\d.E]+)/gm,
      (_, begin, active) => begin + Number(active) * 1.0137,
    );
    const logs = ["17", "18", "19"].map((vm) => ({ name: `${vm}.csv`, text: blurred }));
    await expect(importTexts(directory, logs)).rejects.toThrow(
      /the RAM of "17" is not in the log .* \(and 2 other machines of this log\)$/,
    );
    const { traces } = await importTexts(directory, logs, { memory: "8GiB" });
    expect(headerOf(traces.get("19")).origin.importer.options.memory.how).toBe("given");
  });
});
