import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { sadfJson } from "../../../../src/sim/import/formats/sadf-json.ts";
import { importFiles, importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/sadf-json/all.json"), "utf8");

describeReader(sadfJson, {
  fixture: "all.json",
  machines: { web05: 24 },
  hasMissing: true,
  damages: [
    { line: 14, from: /"memfree": \d+/, to: '"memfree": "much"', column: 28, says: /expected memfree, a number/ },
    { line: 14, from: /"memfree": \d+/, to: '"memfree": 1e999', column: 28, says: /expected memfree, a number/ },
    { line: 14, from: /"memfree": \d+/, to: '"memfree": 12x', column: 30, says: /expected a comma or "}", found "x"/ },
    { line: 11, from: '"time": "08', to: '"time": "28', column: 19, says: /expected a date and a time/ },
  ],
  grow: (text, times) => {
    const [head, rest] = text.split('"statistics": [\n') as [string, string];
    const [entries] = rest.split("\n\t\t\t],") as [string];
    const more = Array.from({ length: times }, (_, i) =>
      entries.replace(/"date": "2027-01-15", "time": "08:(\d\d)/g, (_all, minute) => {
        const stamp = new Date(Date.UTC(2027, 0, 15, 8, Number(minute)) + i * 3_600_000).toISOString();
        return `"date": "${stamp.slice(0, 10)}", "time": "${stamp.slice(11, 16)}`;
      }),
    );
    return `${head}"statistics": [\n${more.join(",\n")}\n\t\t\t]\n\t\t}\n\t]\n}}\n`;
  },
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const importText = (text: string, options = {}) => importTexts(directory, [{ name: "a.json", text }], options);

describe("logs of sadf -j", () => {
  it("have restarts and comments where they happened, though they stand at the end", async () => {
    const { traces } = await importText(fixture);
    const events = linesOf(traces.get("web05")).filter(({ event }) => event !== undefined);
    expect(events.map(({ t, event }) => [t, event.type, event.text])).toEqual([
      [630, "restart", "the machine started anew"],
      [1110, "comment", "backup ends"],
    ]);
  });

  it("have an event at the time of a sample once, before it", async () => {
    const at = /"boot": \{"date": "[\d-]+", "time": "[\d:]+"/.exec(fixture)?.[0] as string;
    const { traces } = await importText(fixture.replace(at, at.replace(/"time": "[\d:]+"/, '"time": "08:05:00"')));
    const lines = linesOf(traces.get("web05")).filter(({ t }) => t === 300);
    expect(lines.map(({ event }) => event?.type)).toEqual(["restart", undefined]);
  });

  it("may have decimal commas, though JSON has none", async () => {
    const comma = fixture.replace(/(: \d+)\.(\d\d)/g, "$1,$2");
    expect(comma).not.toBe(fixture);
    const [, ...lines] = linesOf((await importText(comma)).traces.get("web05"));
    expect(lines).toEqual(linesOf((await importText(fixture)).traces.get("web05")).slice(1));
  });

  it("are in the zone of an offset", async () => {
    const local = fixture.replaceAll(', "utc": 1', "").replace('"CET"', '"+05"');
    const [header] = linesOf((await importText(local)).traces.get("web05"));
    expect(header.origin).toMatchObject({ zone: "UTC+05:00", zoneSource: "file", epoch: "2027-01-15T03:00:00Z" });
  });

  it("are in the zone that they name, and UTC where they say so", async () => {
    const headerOf = async (text: string, options = {}) =>
      linesOf((await importText(text, options)).traces.get("web05"))[0].origin;
    expect(await headerOf(fixture)).toMatchObject({ zone: "UTC", zoneSource: "file" });
    expect(await headerOf(fixture.replaceAll('"utc": 1', '"tz": "UTC"'))).toMatchObject({
      zone: "UTC",
      zoneSource: "file",
    });
    const local = fixture.replaceAll(', "utc": 1', "");
    expect(await headerOf(local.replace('"CET"', '"Europe/Berlin"'))).toMatchObject({
      zone: "Europe/Berlin",
      zoneSource: "file",
      epoch: "2027-01-15T07:00:00Z",
    });
    // Neither name says when summer time ends.
    const { remarks } = await importText(local);
    expect(remarks.join()).toContain('the zone "CET" of the log is ambiguous');
    expect(await headerOf(local, { tz: "Europe/Berlin" })).toMatchObject({ zoneSource: "user" });
  });

  it("that are incomplete are read up to their end, with a remark", async () => {
    const { traces, remarks } = await importText(fixture.slice(0, fixture.indexOf("08:12:00")));
    expect(linesOf(traces.get("web05"))[0].duration).toBe(12 * 60);
    expect(remarks).toContain("a.json:1: the log is incomplete: read up to its end");
  });

  it("may hold several hosts, and entries without activities", async () => {
    const host = /\t\t\{[\s\S]*\n\t\t\}/.exec(fixture)?.[0] as string;
    const other = host.replace("web05", "web06").replace(/"statistics": \[\n/, '"statistics": [\n{},');
    const { traces } = await importText(fixture.replace(host, `${host},\n${other}`));
    expect([...traces.keys()]).toEqual(["web05", "web06"]);
    const rowsOf = (id: string) => linesOf(traces.get(id)).slice(1);
    expect(rowsOf("web06")).toEqual(rowsOf("web05"));
  });

  it("of old kernels have no available memory, rather than none", async () => {
    const { traces } = await importText(fixture.replace(/"avail": \d+/g, '"avail": 0'));
    expect(linesOf(traces.get("web05"))[1].measured.available).toBeUndefined();
  });

  it.each([
    ["sysstat/sadf-j-rBSW.json", 41, { memory: expect.any(Number), swap: 8_388_607, cpus: 16 }],
    ["proc-capture/sadf-j.json", 49, { memory: 24_684_096 / 4, cpus: 2 }],
  ])("of real machines are imported: %s", async (name, samples, guest) => {
    const path = join(ROOT, "../shared/data/vm-traces", name);
    if (!existsSync(path)) return;
    const { traces } = await importFiles([new InputFile(path)]);
    const [trace] = [...traces.values()];
    const [header, ...rows] = linesOf(trace);
    expect(rows.filter(({ event }) => event === undefined)).toHaveLength(samples);
    expect(header.guest).toMatchObject(guest);
  });
});
