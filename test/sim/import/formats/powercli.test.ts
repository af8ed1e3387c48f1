import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { powercli } from "../../../../src/sim/import/formats/powercli.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/powercli/stats.csv"), "utf8");

describeReader(powercli, {
  fixture: "stats.csv",
  options: { tz: "Europe/Berlin" },
  machines: { "vm-42": 30, "vm-77": 30 },
  hasMissing: true,
  damages: [
    { line: 5, from: /^"\d+/, to: '"67l', column: 2, says: /expected mem.active.average, a number, found "67l"/ },
    {
      line: 5,
      from: "25.11.2026",
      to: "31.11.2026",
      column: 11,
      says: /expected a time such as "26.11.2026 16:19:20"/,
    },
    { line: 6, from: '"KB",', to: "", column: 107, says: /8 fields, expected 9 as in the header/ },
    { line: 7, from: '"KB"', to: '"pints"', column: 54, says: /expected the unit of mem.active.average, such as KB/ },
  ],
});

const directory = scratchDirectory();
const HEAD = '"Value","Timestamp","MetricId","Unit","Entity","EntityId","IntervalSecs","Instance"';

interface Row {
  readonly time: string;
  readonly value?: string;
  readonly metric?: string;
  readonly unit?: string;
  readonly entity?: string;
  readonly id?: string;
  readonly seconds?: string;
}
const rowOf = ({
  time,
  value = "1048576",
  metric = "mem.active.average",
  unit = "KB",
  entity = "web",
  id = "VirtualMachine-vm-1",
  seconds = "300",
}: Row): string => [value, time, metric, unit, entity, id, seconds, ""].map((text) => `"${text}"`).join(",");
const read = async (rows: readonly Row[], more = {}) =>
  importTexts(directory, [{ name: "stats.csv", text: `${[HEAD, ...rows.map(rowOf)].join("\n")}\n` }], {
    memory: "8GiB",
    tz: "UTC",
    ...more,
  });
/** Epoch and times of the samples of the only machine. */
const timesOf = async (times: readonly string[], more = {}) => {
  const { traces, remarks } = await read(
    times.map((time) => ({ time })),
    more,
  );
  const [header, ...rows] = linesOf([...traces.values()][0]);
  return { epoch: header.origin.epoch, times: rows.map(({ t }) => t), remarks };
};
/** What a stamp of 16:19:20 means, seen from the beginning of the 20 s that it ends. */
const EPOCH = "2026-11-05T16:19:00Z";

describe("statistics of PowerCLI", () => {
  it.each([
    ["German", "05.11.2026 16:19:20"],
    ["American", "11/5/2026 4:19:20 PM"],
    ["American, with the blank of newer .NET", "11/5/2026 4:19:20\u202fPM"],
    ["ISO", "2026-11-05 16:19:20"],
    ["Japanese", "2026/11/05 16:19:20"],
    ["Finnish", "5.11.2026 16.19.20"],
    ["Dutch", "5-11-2026 16:19:20"],
    ["British", "05/11/2026 16:19:20"],
    ["Spanish, 12 hours", "05/11/2026 4:19:20 p. m."],
    ["Korean", "2026-11-05 오후 4:19:20"],
    ["a round trip", "2026-11-05T17:19:20.0000000+01:00"],
  ])("have times in the culture of their PC: %s", async (_, time) => {
    expect((await timesOf([time])).epoch).toBe(EPOCH);
  });

  it("have dates whose order shows in other dates, or is guessed with a remark", async () => {
    const days = await timesOf(["05/11/2026 16:19:20", "06/11/2026 16:19:20"], { gap: "2d" });
    expect(days).toMatchObject({ epoch: "2026-11-04T16:19:20Z", times: [0, 86_400] });
    expect(days.remarks.join()).not.toContain("day first");
    const month = await timesOf(["11/05/2026 23:59:00", "11/13/2026 00:04:00"], { gap: "30d" });
    expect(month.times).toEqual([0, 7 * 86_400 + 300]);
    const guess = await timesOf(["05/11/2026 16:19:20", "05/11/2026 16:24:20"]);
    expect(guess.remarks).toContain(
      "stats.csv:2: the order of day and month is ambiguous: dates are read as day/month/year (--date-order sets it)",
    );
    const american = await timesOf(["5/11/2026 4:19:20 PM", "5/11/2026 4:24:20 PM"]);
    expect(american.epoch).toBe("2026-05-11T16:14:20Z");
    expect(american.remarks.join()).toContain("read as month/day/year");
    const said = await timesOf(["05/11/2026 16:19:20", "05/11/2026 16:24:20"], { dateOrder: "month-first" });
    expect(said.epoch).toBe("2026-05-11T16:14:20Z");
    expect(said.remarks.join()).not.toMatch(/first|date-order/);
    // What the dates prove is no guess.
    const proven = await timesOf(["13/11/2026 16:19:20", "13/11/2026 16:24:20"], { dateOrder: "month-first" });
    expect(proven.epoch).toBe("2026-11-13T16:14:20Z");
  });

  it("say whose they are where several machines are in them, and when a machine is off", async () => {
    const rows = (values: readonly (readonly [minute: number, active: number, granted: number])[]): string =>
      values
        .flatMap(([minute, active, granted]) => [
          `26.11.2026 16:0${minute}:00;mem.active.average;${active}`,
          `26.11.2026 16:0${minute}:00;mem.granted.average;${granted}`,
        ])
        .join("\n");
    const one = [
      [0, 400_000, 2_000_000],
      [1, 400_000, 2_000_000],
      [2, 0, 0],
      [3, 0, 0],
      [4, 400_000, 800_000],
    ] as const;
    const text = `Timestamp;MetricId;Value\n${rows(one)}\n`;
    const options = { memory: "4GiB", tz: "UTC" };
    const { traces } = await importTexts(directory, [{ name: "off.csv", text }], options);
    const [, ...lines] = linesOf([...traces.values()][0]);
    expect(lines.filter(({ event }) => event).map(({ t, event }) => [t, event.type])).toEqual([
      [120, "power-off"],
      [240, "power-on"],
    ]);
    expect(lines.filter(({ anon }) => anon !== undefined).map(({ t, anon }) => [t, anon])).toEqual([
      [0, 100_000],
      [60, 100_000],
      [120, 0],
      [240, 100_000],
    ]);
    const two = `${text}${rows([[0, 300_000, 3_000_000]])}\n`;
    await expect(importTexts(directory, [{ name: "two.csv", text: two }], options)).rejects.toThrow(
      /two values of mem\.active\.average of "two" at the same time; machines may share a name, and no column has ids.*: export Entity and EntityId/,
    );
  });

  it("come newest first, over the end of summer time too", async () => {
    const stamps = ["02:05", "02:00", "02:55", "02:50"].map((time) => `25.10.2026 ${time}:00`);
    const steps = await timesOf(stamps, { tz: "Europe/Berlin" });
    expect(steps.times).toEqual([0, 300, 600, 900]);
  });

  it("are read in UTF-16, with tabs or semicolons, without quotes, and with columns of one's own", async () => {
    const text = `VMHost;Entity;Timestamp;MetricId;Value\r\n${["16:19:20", "16:24:20"]
      .map((time) => `esx1;web;05.11.2026 ${time};mem.active.average;1048576,5`)
      .join("\r\n")}\r\n`;
    const options = { memory: "8GiB", tz: "UTC" };
    const utf8 = await importTexts(directory, [{ name: "x.csv", text }], options);
    const wide = Buffer.from(`\ufeff${text}`, "utf16le");
    const utf16 = await importTexts(directory, [{ name: "x.csv", text: wide }], options);
    const big = await importTexts(directory, [{ name: "x.csv", text: Buffer.from(wide).swap16() }], options);
    const tabs = await importTexts(directory, [{ name: "x.csv", text: text.replaceAll(";", "\t") }], options);
    const rows = linesOf(utf8.traces.get("web")).slice(1);
    expect(rows.map(({ measured }) => measured.active)).toEqual([1_048_576.5, 1_048_576.5]);
    for (const { traces } of [utf16, big, tabs]) expect(linesOf(traces.get("web")).slice(1)).toEqual(rows);
  });

  it("have to begin with a header", async () => {
    const text = `${rowOf({ time: "2026-11-05 16:19:20" })}\n`;
    await expect(importTexts(directory, [{ name: "x.csv", text }], { from: "powercli" })).rejects.toThrow(
      'x.csv:1:1: expected a header with "Value", "Timestamp" and "MetricId"',
    );
  });

  it("have values in the unit that they say", async () => {
    const { traces } = await read([{ time: "2026-11-05 16:19:20", value: "2", unit: "GB" }]);
    expect(linesOf(traces.get("vm-1"))[1].measured.active).toBe(2 * 1_048_576);
  });

  it("tell VMs apart by id and name, and read hosts where they are asked for", async () => {
    const time = "2026-11-05 16:19:20";
    const rows = [
      { time },
      { time, entity: "other" },
      { time, entity: "web", id: "VirtualMachine-vm-2" },
      { time, entity: "esx1", id: "HostSystem-host-9" },
    ];
    expect([...(await read(rows)).traces.keys()]).toEqual(["vm-1", "vm-1 other", "vm-2"]);
    expect([...(await read(rows, { vm: ["esx1"] })).traces.keys()]).toEqual(["HostSystem-host-9"]);
  });

  it("are remarked upon where they are means of different times", async () => {
    const rows = [
      { time: "2026-11-05 16:20:00", seconds: "20" },
      { time: "2026-11-05 16:25:00", seconds: "300" },
    ];
    expect((await read(rows)).remarks.join("\n")).toContain("IntervalSecs 20, 300");
  });

  it("show the RAM where they have usage", async () => {
    const { traces } = await importTexts(directory, [{ name: "stats.csv", text: fixture }], { tz: "Europe/Berlin" });
    expect(linesOf(traces.get("vm-42"))[0].guest.memory).toBe(1_048_576);
    expect(linesOf(traces.get("vm-77"))[0].guest.memory).toBe(2_097_152);
  });
});
