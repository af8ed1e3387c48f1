import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { govc } from "../../../../src/sim/import/formats/govc.ts";
import { instantOf } from "../../../../src/sim/import/formats/iso-time.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const read = (name: string) => readFileSync(join(ROOT, "test/sim/import/fixtures/govc", name), "utf8");
const json = read("hour.json");
const text = read("hour.txt");

describeReader(govc, {
  fixture: "hour.json",
  machines: { "vm-42": 30, "vm-77": 30 },
  hasMissing: true,
  damages: [
    { line: 10, from: "2027-", to: "2027/", column: 24, says: /expected a time such as "2026-11-22T23:20:40Z"/ },
    { line: 136, from: /\d+/, to: '"lots"', column: 13, says: /expected mem.active.average, a number, found "lots"/ },
    { line: 136, from: /\d+/, to: "1e999", column: 13, says: /expected mem.active.average, a number/ },
    { line: 136, from: /\d+/, to: "1x", column: 14, says: /expected a comma or "]", found "x"/ },
    { line: 135, from: "[", to: "[1, ", column: 20, says: /31 values, expected 30, one for each time/ },
    { line: 4, from: "{", to: '[], "e": {', column: 17, says: /expected an entity with type and value/ },
  ],
});

describeReader(govc, {
  fixture: "hour.txt",
  machines: { "db 1 (old)": 30, web: 30 },
  hasMissing: true,
  damages: [
    { line: 1, from: ",20,2027", to: ",x,2027", column: 71, says: /expected the seconds of a sample, found "x"/ },
    { line: 1, from: ",20,2027-", to: ",20,2027/", column: 74, says: /expected a time such as/ },
    {
      line: 2,
      from: /,(\d+) {2}KB$/,
      to: ",$1k  KB",
      column: 998,
      says: /expected mem.granted.average, a number, found "\d+k"/,
    },
    { line: 2, from: /,\d+ {2}KB$/, to: "  KB", column: 771, says: /29 values, expected 30/ },
    { line: 3, from: /2027-\S+/, to: "", column: 52, says: /values without times: have govc print them with -t/ },
    { line: 5, from: /^.*$/, to: "db 1 (old) - what", column: 1, says: /expected a line with name, instance, counter/ },
  ],
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const rowsOf = (trace: string | undefined) => linesOf(trace).slice(1);

describe("outputs of govc", () => {
  it("say the same as JSON and as text", async () => {
    const { traces } = await importTexts(directory, [{ name: "hour.json", text: json }]);
    const { traces: others } = await importTexts(directory, [{ name: "hour.txt", text }]);
    expect(rowsOf(others.get("web"))).toEqual(rowsOf(traces.get("vm-42")));
    expect(linesOf(others.get("web"))[0].guest).toEqual(linesOf(traces.get("vm-42"))[0].guest);
  });

  it("say the same in the spelling of older versions", async () => {
    const capital = json.replace(
      /"(sample|entity|type|value|sampleInfo|timestamp|interval|name|instance|unit)":/g,
      (_all, key: string) => `"${key[0]?.toUpperCase()}${key.slice(1)}":`,
    );
    const { traces } = await importTexts(directory, [{ name: "hour.json", text: json }]);
    const { traces: old } = await importTexts(directory, [{ name: "hour.json", text: capital }]);
    expect(rowsOf(old.get("vm-77"))).toEqual(rowsOf(traces.get("vm-77")));
  });

  it("have a target that was measured, unknown where vCenter has none, and the RAM by its usage", async () => {
    const { traces } = await importTexts(directory, [{ name: "hour.json", text: json }]);
    const [header, ...rows] = linesOf(traces.get("vm-42"));
    expect(header.guest.memory).toBe(524_288);
    expect(header.origin.note).toContain("no other multiple of 2048 MiB is in between");
    expect(header.rows.target).toMatchObject({ how: "measured" });
    expect(rows.map(({ t, target }) => [t, target])).toContainEqual([80, 131_072]);
    expect(rows[12]).toMatchObject({ t: 240, target: null, anon: null, measured: { active: null } });
    expect(linesOf(traces.get("vm-77"))[0].guest.memory).toBe(4 * 524_288);
    const blind = json.replaceAll("mem.usage.average", "mem.usage.none");
    await expect(importTexts(directory, [{ name: "a.json", text: blind }])).rejects.toThrow(/can't be inferred/);
  });

  it("leave hosts out unless they are named", async () => {
    const named = { vm: ["host-9"], memory: "64GiB" };
    const { traces } = await importTexts(directory, [{ name: "a.json", text: json }], named);
    expect([...traces.keys()]).toEqual(["host-9"]);
  });

  it("are one log where there are several, each point counted once", async () => {
    const lines = text.trimEnd().split("\n");
    const half = (line: string, from: number, to: number) =>
      line.replace(/ {2}(2027\S+) {2}(\S+)/, (_all, times: string, values: string) => {
        const pairs = times.split(",").slice(2 * from, 2 * to);
        return `  ${pairs.join(",")}  ${values.split(",").slice(from, to).join(",")}`;
      });
    // The second hour begins with what the first one ended with.
    const first = { name: "1.txt", text: `${lines.map((line) => half(line, 0, 16)).join("\n")}\n` };
    const second = { name: "2.txt", text: `${lines.map((line) => half(line, 15, 30)).join("\n")}\n` };
    const { traces } = await importTexts(directory, [second, first]);
    const { traces: whole } = await importTexts(directory, [{ name: "hour.txt", text }]);
    expect(rowsOf(traces.get("web"))).toEqual(rowsOf(whole.get("web")));
    expect(linesOf(traces.get("web"))[0].origin.files.map(({ name }: { name: string }) => name)).toEqual([
      "1.txt",
      "2.txt",
    ]);
  });

  it("are refused where two VMs have one name", async () => {
    const web = text.split("\n").filter((line) => line.startsWith("web ") && line.includes("mem.active"));
    const other = (line: string, seconds: number) =>
      line
        .replace(/\d\dZ/g, (at) => `${String((Number.parseInt(at, 10) + seconds) % 60).padStart(2, "0")}Z`)
        .replace(/\S+ {2}KB *$/, (values) => values.replace(/(?<!-)\b\d+/g, (value) => String(Number(value) + 1)));
    for (const seconds of [0, 7]) {
      const both = `${web[0]}\n${other(web[0] as string, seconds)}\n`;
      await expect(importTexts(directory, [{ name: "a.txt", text: both }], { memory: "8GiB" })).rejects.toThrow(
        /^a\.txt:2:1: "web" has other values of mem\.active\.average for the same time.*govc -json/,
      );
    }
  });

  it("are warned of where they cut names", async () => {
    const cut = text.replaceAll(/^web {13}/gm, "a-name-of-thirty-characters-a*");
    const { remarks } = await importTexts(directory, [{ name: "a.txt", text: cut }]);
    expect(remarks.join()).toContain("names are cut at 30 characters");
  });

  it.each([
    ["2026-11-22T23:20:40Z", 1_795_389_640],
    ["2026-11-22T23:20:40.25Z", 1_795_389_640.25],
    ["2026-11-23T00:20:40+01:00", 1_795_389_640],
    ["2026-11-22T18:50:40-0430", 1_795_389_640],
    ["2026-11-22 23:20:40", Number.NaN],
    ["2026-11-31T23:20:40Z", Number.NaN],
    [5, Number.NaN],
  ])("have times such as %j", (stamp, seconds) => {
    expect(instantOf(stamp) / 1e6).toBe(seconds);
  });
});
