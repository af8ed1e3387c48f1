import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { materna } from "../../../../src/sim/import/formats/materna.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(materna, {
  fixture: "03.csv",
  machines: { "03": 68 },
  hasMissing: true,
  damages: [
    { line: 5, from: /"6291456","\d+"/, to: '"6291456","12x"', column: 55, says: /expected Memory usage.*found "12x"/ },
    { line: 6, from: "29.10.2016", to: "31.02.2016", column: 2, says: /expected a time/ },
    { line: 7, from: /,"\d+"(?=\r)/, to: "", column: 90, says: /12 fields, expected 13/ },
    { line: 8, from: '"30.10.2016', to: '"28.10.2016', column: null, says: /the time of 03 goes back/ },
    { line: 9, from: /"(?=\r)/, to: "", column: 91, says: /a quote that is not closed/ },
  ],
});

describe("Materna's logs", () => {
  const directory = scratchDirectory();
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/materna/03.csv"), "utf8");
  const rowsOf = (trace: string | undefined): string[] => (trace ?? "").trimEnd().split("\n").slice(1);

  it("are read the same with semicolons, quoted or not, and with tabs", async () => {
    const expected = rowsOf((await importTexts(directory, [{ name: "03.csv", text }])).traces.get("03"));
    const semicolons = text.replace(/","/g, '";"');
    const bare = semicolons.replace(/"/g, "");
    for (const variant of [semicolons, bare, bare.replace(/;/g, "\t")]) {
      const { traces } = await importTexts(directory, [{ name: "03.csv", text: variant }]);
      expect(rowsOf(traces.get("03"))).toEqual(expected);
    }
  });

  it("have times of Berlin, where an hour comes twice in October, unless the user says otherwise", async () => {
    const berlin = await importTexts(directory, [{ name: "03.csv", text }]);
    expect(berlin.remarks.join()).toContain("Europe/Berlin is assumed");
    // No gap at 03:00, which is two hours after 02:00 here.
    const events = rowsOf(berlin.traces.get("03")).filter((row) => row.includes("event"));
    expect(events.map((row) => JSON.parse(row).event.type)).toEqual(["gap", "power-off", "power-on"]);
    const header = JSON.parse((berlin.traces.get("03") as string).split("\n")[0] as string);
    expect(header.origin).toMatchObject({
      epoch: "2016-10-29T21:25:01Z",
      zone: "Europe/Berlin",
      zoneSource: "assumed",
    });
    // Elsewhere the same hour twice is time that goes back.
    await expect(importTexts(directory, [{ name: "03.csv", text }], { tz: "UTC" })).rejects.toThrow("goes back by 55m");
  });
});
