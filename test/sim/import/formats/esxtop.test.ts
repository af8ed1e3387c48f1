import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { esxtop } from "../../../../src/sim/import/formats/esxtop.ts";
import { parseCounterName } from "../../../../src/sim/import/formats/esxtop-header.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const DB = "db, old (2):\\copy)\\x";

describeReader(esxtop, {
  fixture: "capture.csv",
  machines: { web01: 12, [DB]: 12, "no-tools": 12 },
  hasMissing: true,
  damages: [
    { line: 4, from: "11/03/2025", to: "13/03/2025", column: 2, says: /there is no such time/ },
    { line: 4, from: "23:59:10", to: "23:59", column: 2, says: /a spreadsheet has saved the capture/ },
    { line: 4, from: '"2100.64"', to: '"2100.6f"', column: 592, says: /expected Memory Size MBytes.*"2100.6f"/ },
    { line: 5, from: /,[^,]*$/, to: "", column: 978, says: /132 fields, expected 133/ },
  ],
  grow: (text, times) => {
    const [header, ...rows] = text.trimEnd().split("\n") as [string, ...string[]];
    const lines: string[] = [];
    for (let i = 0; i < times * rows.length; i++) {
      const stamp = new Date(Date.UTC(2025, 10, 3) + i * 5000).toISOString();
      const [date, time] = [stamp.slice(0, 10).split("-"), stamp.slice(11, 19)];
      const row = rows[i % rows.length] as string;
      lines.push(row.replace(/^"[^"]*"/, `"${date[1]}/${date[2]}/${date[0]} ${time}"`));
    }
    return `${[header, ...lines].join("\n")}\n`;
  },
});

describe("esxtop's captures", () => {
  const directory = scratchDirectory();
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/esxtop/capture.csv"), "utf8");
  const capture = { name: "capture.csv", text };
  const headerOf = (trace: string | undefined) => JSON.parse((trace ?? "").split("\n")[0] as string);

  it.each([
    ["\\\\esx\\Memory\\Memory Overcommit (1 Minute Avg)", null, "Memory Overcommit (1 Minute Avg)"],
    ["\\\\esx\\Group Memory(7:web)\\Memctl?", { id: "7", name: "web" }, "Memctl?"],
    [`\\\\esx\\Group Memory(7:${DB})\\Touched MBytes`, { id: "7", name: DB }, "Touched MBytes"],
    ["\\\\esx\\Group Memory(7:a:b)c(d)\\Touched MBytes", { id: "7", name: "a:b)c(d" }, "Touched MBytes"],
  ])("names a counter by %s", (name, group, counter) => {
    expect(parseCounterName(name)).toMatchObject({ host: "esx", group, counter });
  });

  it.each(["", "\\\\esx", "\\\\esx\\Group Cpu(7:web)\\% Used", "\\\\esx\\Group Memory(web)\\Touched MBytes"])(
    "names no counter of memory by %j",
    (name) => {
      expect(parseCounterName(name)).toBeNull();
    },
  );

  it("give the target as measured, which a scenario may override", async () => {
    const measured = headerOf((await importTexts(directory, [capture])).traces.get("web01"));
    expect(measured.rows.target).toEqual({ how: "measured", from: "Memctl Target MBytes of the log" });
    expect(measured.host).toBeUndefined();
    const { traces, remarks } = await importTexts(directory, [capture], { target: "50%" });
    const declared = headerOf(traces.get("web01"));
    expect(declared.host.target).toMatchObject({ points: [[0, 262_144]], how: "assumed" });
    expect(declared.measured.map(({ quantity }: { quantity: string }) => quantity)).toContain("balloonTarget");
    expect(remarks.join()).toContain("--target replaces the log's balloon target");
  });

  it("infer the RAM from its size with overhead", async () => {
    const { traces } = await importTexts(directory, [capture]);
    const sizes = ["web01", DB, "no-tools"].map((id) => headerOf(traces.get(id)).guest.memory / 256);
    expect(sizes).toEqual([2048, 8192, 1024]);
  });

  it("show VMs, and other groups only by name", async () => {
    const host = (await importTexts(directory, [capture], { vm: ["esx7.lab"] })).traces.get("esx7.lab");
    expect(headerOf(host).guest.memory).toBe(16_373 * 256);
    expect(headerOf(host).rows.anon.from).toBe("anon = used; used is NonKernel MBytes");
    const daemon = await importTexts(directory, [capture], { vm: ["sh.66330"], memory: "64MiB" });
    expect([...daemon.traces.keys()]).toEqual(["sh.66330"]);
    const bare = text.split("\n").map((line) => line.split(",").slice(0, 9).join(","));
    await expect(importTexts(directory, [{ name: "capture.csv", text: bare.join("\n") }])).rejects.toThrow(
      "capture.csv: no samples in this esxtop batch CSV log (--vm reads what it is not about: esx7.lab)",
    );
    await expect(importTexts(directory, [capture], { vm: ["web02"] })).rejects.toThrow(/did you mean "web01"\?/);
  });

  it("tell VMs of the same name apart by their groups", async () => {
    const twins = text.replaceAll("31002:no-tools", "31002:web01");
    const { traces } = await importTexts(directory, [{ name: "capture.csv", text: twins }]);
    expect([...traces.keys()]).toEqual(["web01:20114", DB, "web01:31002"]);
  });

  it("have times in the zone whose minutes behind UTC the header says, and fractions of a second", async () => {
    const epochOf = async (zone: string, fraction = "") => {
      const changed = text.replace("(UTC)(0)", zone).replace(/^("\d\d\/[^"]*)"/gm, `$1${fraction}"`);
      const { traces, remarks } = await importTexts(directory, [{ name: "capture.csv", text: changed }]);
      expect(remarks.join("\n")).not.toContain("zone");
      return headerOf(traces.get("web01")).origin;
    };
    const { epoch } = await epochOf("(UTC)(0)");
    const ahead = (minutes: number) => new Date(Date.parse(epoch) + minutes * 60_000).toISOString().replace(".000", "");
    expect(await epochOf("(Mitteleuropäische Zeit)(-60)")).toMatchObject({ epoch: ahead(-60), zone: "UTC+01:00" });
    expect(await epochOf("(Pacific Daylight Time)(420)", ".250")).toMatchObject({
      epoch: ahead(420).replace("Z", ".25Z"),
      zone: "UTC-07:00",
      zoneSource: "file",
    });
  });

  it.each(["0.00", " "])("show a VM off where its size is %j", async (size) => {
    const [header, ...rows] = text.trimEnd().split("\n") as [string, ...string[]];
    const at = header.split('","').findIndex((name) => name.endsWith("(20114:web01)\\Memory Size MBytes"));
    const last = (rows.pop() as string).split('","');
    last[at] = size;
    const { traces } = await importTexts(directory, [
      { name: "capture.csv", text: [header, ...rows, last.join('","'), ""].join("\n") },
    ]);
    const lines = (traces.get("web01") ?? "").trimEnd().split("\n").slice(-2);
    expect(lines[0]).toContain('"type":"power-off"');
    expect(lines[1]).toContain('"anon":0,"fileSet":0');
  });

  it("continue in a second capture, with the columns that a VM had in the first", async () => {
    const [header, ...rows] = text.trimEnd().split("\n") as [string, ...string[]];
    const later = [
      header.replace(/Shared/g, "Other"),
      ...rows.map((row) => row.replace(/11\/0(\d)/, (_, day) => `11/0${Number(day) + 2}`)),
    ];
    const both = [
      { name: "b.csv", text: `${later.join("\n")}\n` },
      { name: "a.csv", text },
    ];
    const { traces } = await importTexts(directory, both);
    const trace = traces.get("web01") as string;
    expect(headerOf(trace).origin.files.map(({ name }: { name: string }) => name)).toEqual(["a.csv", "b.csv"]);
    expect(trace.match(/"type":"gap"/g)).toHaveLength(3);
  });
});
