import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sar } from "../../../../src/sim/import/formats/sar.ts";
import { parseSarDate, parseSarTime } from "../../../../src/sim/import/formats/sar-time.ts";
import { LogFile } from "../../../../src/sim/import/log-file.ts";
import { ROOT, scratchDirectory } from "../../../support/command.ts";
import { importFiles, importTexts } from "../../../support/import-log.ts";
import { describeReader } from "../../../support/readers.ts";

const read = (name: string) => readFileSync(join(ROOT, "test/sim/import/fixtures/sar", name), "utf8");

describeReader(sar, {
  fixture: "all.txt",
  machines: { web03: 24 },
  hasMissing: true,
  damages: [
    { line: 1, from: "11/25/26", to: "13/25/26", column: 31, says: /expected a date such as "2025-11-25"/ },
    { line: 42, from: " 12000 ", to: " 12o00 ", column: 54, says: /expected kbbuffers, a number, found "12o00"/ },
    { line: 43, from: / \S+$/, to: "", column: 163, says: /the line ends before all 16 values/ },
    { line: 44, from: /$/, to: " 7", column: 170, says: /more values than the titles/ },
    { line: 45, from: /^\d\d:/, to: "29:", column: 1, says: /expected a row that begins with a time/ },
  ],
  grow: (text, times) => {
    const [first, ...blocks] = text.slice(0, text.indexOf("\n\n00:05:20")).split("\n\n");
    const day = 86_400;
    // A log of seconds, so that it does not last for years.
    const long = blocks.map((block) => {
      const [header, ...rows] = block.split("\n").filter((line, i) => i === 0 || /\d$/.test(line));
      const values = rows.map((row) => row.slice(8));
      const stamp = (second: number) => new Date((second % day) * 1000).toISOString().slice(11, 19);
      return [header, ...Array.from({ length: times * 5 }, (_, i) => stamp(i) + values[i % values.length])].join("\n");
    });
    return `${[first, ...new Map(long.map((block) => [block.slice(8, 40), block])).values()].join("\n\n")}\n`;
  },
});

describeReader(sar, {
  fixture: "german.txt",
  options: { tz: "Europe/Berlin" },
  machines: { web03: 24 },
  hasMissing: true,
  damages: [
    { line: 1, from: "25.11.2026", to: "25.13.2026", column: 31, says: /expected a date such as/ },
    { line: 5, from: "24,22", to: "24;22", column: 51, says: /expected %memused, a number, found "24;22"/ },
    { line: 5, from: "11:52", to: "13:52", column: 1, says: /expected a row that begins with a time/ },
  ],
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const importText = (text: string, options = {}) => importTexts(directory, [{ name: "a.txt", text }], options);
const rowsOf = (trace: string | undefined) => linesOf(trace).filter(({ measured, format }) => measured && !format);

describe("logs of sar", () => {
  it("go on after midnight, and have restarts as events", async () => {
    const { traces } = await importText(read("all.txt"));
    const [header, ...lines] = linesOf(traces.get("web03"));
    expect(header.origin.epoch).toBe("2026-11-25T23:50:00Z");
    expect(rowsOf(traces.get("web03")).map(({ t }) => t)).toContain(1380);
    const events = lines.filter(({ event }) => event !== undefined);
    expect(events.map(({ event }) => event.type)).toEqual(["restart"]);
    // Between the last sample before it and the first after it.
    expect(events[0].t).toBeGreaterThan(840);
    expect(events[0].t).toBeLessThan(960);
  });

  it("say the same in any language and on any clock", async () => {
    const { traces } = await importText(read("german.txt"), { tz: "Europe/Berlin" });
    const [header] = linesOf(traces.get("web03"));
    expect(header.origin.epoch).toBe("2026-11-25T22:50:00Z");
    const plain = await importText(read("all.txt"));
    const valuesOf = (trace: string | undefined) =>
      rowsOf(trace).map(({ t, measured }) => [
        t,
        measured.free,
        measured.cached,
        measured["x-used-part"],
        measured.swapUsed,
      ]);
    const expected = valuesOf(plain.traces.get("web03"));
    expect(valuesOf(traces.get("web03"))).toEqual(expected);
    const japanese = read("all.txt")
      .replace("11/25/26", "2026年11月25日")
      .replace(/^(\d\d):(\d\d):(\d\d)/gm, "$1時$2分$3秒")
      .replaceAll("Average:", "平均値:");
    const asian = await importText(japanese);
    expect(valuesOf(asian.traces.get("web03"))).toEqual(expected);
    expect(linesOf(asian.traces.get("web03"))[0].origin.epoch).toBe("2026-11-25T23:50:00Z");
  });

  it("have reports that take turns while sar runs", async () => {
    const samples = [1, 2, 3].map(
      (i) => `
00:00:0${i - 1} pswpin/s pswpout/s
00:00:0${i} 0.00 ${i}.00

00:00:0${i - 1} kbmemfree kbmemused %memused kbbuffers kbcached
00:00:0${i} ${100_000 * i} 500000 50.00 1000 20000
`,
    );
    const { traces } = await importText(`Linux 6.1.0 (live) 2027-01-15 _x86_64_ (4 CPU)\n${samples.join("")}`);
    expect(rowsOf(traces.get("live")).map(({ t, measured }) => [t, measured.swapOut, measured.free])).toEqual([
      [0, 1, 100_000],
      [1, 2, 200_000],
      [2, 3, 300_000],
    ]);
    expect(linesOf(traces.get("live"))[0].guest).toMatchObject({ memory: 250_000, cpus: 4 });
  });

  it("may follow each other, day after day", async () => {
    const [first, ...rest] = read("all.txt").split("\n");
    const next = [(first as string).replace("11/25/26", "11/27/26"), ...rest].join("\n");
    const { traces, remarks } = await importText(`${read("all.txt")}\n${next}`);
    const times = rowsOf(traces.get("web03")).map(({ t }) => t);
    expect(times).toContain(2 * 86_400);
    expect(remarks.join()).not.toMatch(/goes back|and \d+ more like it/);
  });

  it("with -h are read, but show no RAM", async () => {
    const human = read("all.txt").replace(/(?<= )\d{5,}(?= |$)/gm, (kib) => `${(Number(kib) / 1024).toFixed(1)}M`);
    await expect(importText(human)).rejects.toThrow(/give it with --memory/);
    const { traces } = await importText(human, { memory: "2GiB" });
    const exact = rowsOf((await importText(read("all.txt"))).traces.get("web03"));
    rowsOf(traces.get("web03")).forEach(({ measured }, i) => {
      expect(Math.abs(measured.free - exact[i].measured.free)).toBeLessThanOrEqual(52);
    });
  });

  it("show the RAM by parts of a percent where nothing else does, and none where the percents disagree", async () => {
    const withoutSlab = read("german.txt");
    const { traces } = await importText(withoutSlab, { tz: "Europe/Berlin" });
    const { memory } = linesOf(traces.get("web03"))[0].guest;
    expect(Math.abs(memory - 2_014_980 / 4)).toBeLessThan(200);
    const disagreeing = withoutSlab.replace("24,22", "94,22");
    await expect(importText(disagreeing, { tz: "Europe/Berlin" })).rejects.toThrow(/does not show it either/);
  });

  it.each([
    ["11/25/15", "2015-11-25", false],
    ["11/05/15", "2015-11-05", true],
    ["25/11/2015", "2015-11-25", false],
    ["25.11.2015", "2015-11-25", false],
    ["05.11.15", "2015-11-05", false],
    ["2025-11-25", "2025-11-25", false],
    ["2025年08月02日", "2025-08-02", false],
    ["08/08/26", "2026-08-08", false],
  ])("have the date %s", (text, date, isAmbiguous) => {
    expect(parseSarDate(text)).toEqual({ dayUs: Date.parse(date) * 1000, isAmbiguous });
  });

  it.each(["", "13/25/26", "25.13.26", "yesterday", "2025-02-30"])("do not have the date %j", (text) => {
    expect(parseSarDate(text)).toBeNull();
  });

  it.each([
    ["19:57:24    kbmemfree", 71_844, null, "kbmemfree"],
    ["11:07:15 AM IST kbmemfree", 40_035, "IST", "kbmemfree"],
    ["12:07:15 AM 5", 435, null, "5"],
    ["12:07:15 PM 5", 43_635, null, "5"],
    ["03時32分26秒 5", 12_746, null, "5"],
    ["午後 5", null, null, ""],
    ["03时32分26秒 下午 5", 55_946, null, "5"],
    ["13:07:15 PM 5", null, null, ""],
    ["00:05:20  LINUX RESTART (2 CPU)", 320, null, "LINUX RESTART (2 CPU)"],
    ["00:05:20  COM hello", 320, null, "COM hello"],
    ["24:00:00 5", null, null, ""],
    ["1:2:3 5", null, null, ""],
  ])("read the time of %j", (line, seconds, zone, rest) => {
    const time = parseSarTime(line);
    expect(time === null ? null : [time.us / 1e6, time.zone, line.slice(time.length)]).toEqual(
      seconds === null ? null : [seconds, zone, rest],
    );
  });

  const real = join(ROOT, "../shared/data/vm-traces");
  it.skipIf(!existsSync(real))("of real machines are imported, and say what sadf says", async () => {
    const headersOf = async (name: string) => {
      const { traces } = await importFiles([new LogFile(join(real, name))]);
      const [header, ...rows] = linesOf([...traces.values()][0]);
      return { guest: header.guest, epoch: header.origin.epoch, rows };
    };
    expect(await headersOf("sysstat/sar-rBSW.txt")).toEqual(await headersOf("sysstat/sadf-j-rBSW.json"));
    const { rows } = await headersOf("proc-capture/sar-rBSW.txt");
    expect(rows).toHaveLength(49);
    // Pressure alone is no demand, and says nothing of the RAM.
    await expect(importFiles([new LogFile(join(real, "proc-capture/sar-q-MEM.txt"))])).rejects.toThrow(/--memory/);
  });
});
