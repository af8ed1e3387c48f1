import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { inOrder } from "../../../../src/sim/import/clock/date-order.ts";
import { sar } from "../../../../src/sim/import/formats/sar.ts";
import { parseSarDate, parseSarTime } from "../../../../src/sim/import/formats/sar-time.ts";
import { importFiles, importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

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
    { line: 3, from: "PM", to: "VESPERE", column: 10, says: /"VESPERE" behind the time is neither a title/ },
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
    expect(header.origin.epoch).toBe("2026-11-25T23:51:00Z");
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
    expect(header.origin.epoch).toBe("2026-11-25T22:51:00Z");
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
    expect(linesOf(asian.traces.get("web03"))[0].origin.epoch).toBe("2026-11-25T23:51:00Z");
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

  /** A log of memory: rows of a time and free memory, of a RAM of 1,000,000 KiB; `title` is the time before the titles. */
  const logOf = (date: string, title: string, times: readonly string[], more = "") =>
    `Linux 6.1.0 (plain) ${date} _x86_64_ (4 CPU)\n\n${title} kbmemfree kbmemused %memused kbbuffers kbcached\n${times
      .map((time, i) => `${time} ${500_000 - i} ${500_000 + i} 50.00 1000 20000\n`)
      .join("")}${more}`;
  const plain = (text: string, options = {}) => importText(text, { tz: "UTC", ...options });
  const timesOf = (trace: string | undefined) => {
    const [header, ...lines] = linesOf(trace);
    const epoch = Date.parse(header.origin.epoch);
    const known = lines.filter(({ measured }) => Object.values(measured ?? {}).some((value) => value !== null));
    return known.map(({ t }) => new Date(epoch + t * 1000).toISOString().slice(0, 19));
  };

  it("have a calendar for each report, which events move as rows do", async () => {
    const rows = ["00:10:01 300 1.00", "00:20:01 300 1.00", "00:25:12 COM backup", "00:30:01 300 1.00"];
    const report = (titles: string) => `\n00:00:01 ${titles}\n${rows.join("\n")}\nAverage: 300 1.00\n`;
    const restart = "\n00:40:00 LINUX RESTART (4 CPU)\n";
    const more = "\n00:40:00 pswpin/s pswpout/s\n00:50:01 1.00 2.00\n";
    const { traces } = await plain(
      `Linux 6.1.0 (plain) 2024-03-05 _x86_64_ (4 CPU)\n${report("kbswpfree kbswpused")}${report("pgpgin/s pgpgout/s")}${restart}${more}`,
      { memory: "1GiB", demand: "anon = swapUsed" },
    );
    expect(timesOf(traces.get("plain"))).toEqual(
      ["00:10:01", "00:20:01", "00:30:01", "00:50:01"].map((time) => `2024-03-05T${time}`),
    );
    const events = linesOf(traces.get("plain")).filter(({ event }) => event !== undefined);
    expect(events.map(({ t, event }) => [t, event.type])).toEqual([
      [911, "comment"],
      [1799, "restart"],
    ]);
  });

  it("take a time that comes again for a second sample of that time, not for the next day", async () => {
    const { traces, remarks } = await plain(logOf("2024-03-05", "10:00:00", ["10:01:00", "10:01:00", "10:02:00"]));
    expect(timesOf(traces.get("plain"))).toEqual(["2024-03-05T10:01:00", "2024-03-05T10:02:00"]);
    expect(remarks.join("\n")).toContain("1 samples have the same time as the previous one");
  });

  it("say how the hour was read that comes twice", async () => {
    const text = logOf("2024-10-27", "02:30:00", ["02:40:00", "02:50:00", "02:00:00", "02:10:00", "03:00:00"]);
    const { traces, remarks } = await importText(text, { tz: "Europe/Berlin" });
    expect(timesOf(traces.get("plain"))).toEqual(
      ["00:40", "00:50", "01:00", "01:10", "02:00"].map((time) => `2024-10-27T${time}:00`),
    );
    expect(remarks.join("\n")).toMatch(
      /:4:1: this local time occurs twice in Europe\/Berlin, because clocks are set back/,
    );
    // Anywhere else the same times are those of two days.
    const utc = await plain(text);
    expect(timesOf(utc.traces.get("plain")).at(-1)).toBe("2024-10-28T03:00:00");
    expect(utc.remarks.join("\n")).not.toContain("comes twice");
  });

  it("are refused where a clock of 12 hours has no AM and PM, and with words that are not known", async () => {
    const hours = ["11:40:01", "11:50:01", "12:00:01", "12:50:01", "01:00:01"];
    await expect(plain(logOf("2024-03-05", "11:30:01", hours))).rejects.toThrow(
      /^a.txt:8:1: the time goes back from 12 to 1: a clock of 12 hours without AM and PM/,
    );
    for (const word of ["zz", "Ζζ", "vorm."]) {
      const unknown = hours.map((time) => `${time} ${word}`);
      await expect(plain(logOf("2024-03-05", `11:30:01 ${word}`, unknown))).rejects.toThrow(
        `a.txt:3:10: "${word}" behind the time is neither a title of a report nor AM or PM`,
      );
      const before = hours.map((time) => `${word} ${time}`);
      await expect(plain(logOf("2024-03-05", `${word} 11:30:01`, before))).rejects.toThrow(
        /^a.txt:3:1: expected a row/,
      );
    }
    // A log of 24 hours whose machine was off meanwhile.
    const off = await plain(logOf("2024-03-05", "00:00:01", ["12:40:01", "12:50:01", "01:00:01"]));
    expect(timesOf(off.traces.get("plain")).at(-1)).toBe("2024-03-06T01:00:01");
  });

  it.each([
    ["a day above 12 in another file", [["05/06/2021"], ["13/06/2021"]], "2021-06-05", false],
    ["months above 12 where dates are written so", [["05/06/21"], ["05/13/21"]], "2021-05-06", false],
    ["days that follow each other", [["05/06/21", "06/06/21", "07/06/21"]], "2021-06-05", false],
    ["days that follow each other, month first", [["05/06/21", "05/07/21"]], "2021-05-06", false],
    ["nothing, with slashes", [["05/06/21"]], "2021-05-06", true],
    ["nothing, with a long year and 24 hours", [["05/06/2021"]], "2021-06-05", true],
    ["nothing, with dashes", [["05-06-2021"]], "2021-06-05", true],
    ["nothing, with dots", [["05.06.2021"]], "2021-06-05", true],
  ])("have their days and months told apart by %s", async (_what, files, first, isSaid) => {
    const { traces, remarks } = await importTexts(
      directory,
      files.map((dates, i) => ({
        name: `${i}.txt`,
        text: dates.map((date) => logOf(date, "13:00:01", ["13:10:01", "13:20:01"])).join("\n"),
      })),
      { tz: "UTC" },
    );
    expect(timesOf(traces.get("plain"))[0]).toBe(`${first}T13:10:01`);
    expect(remarks.join("\n").includes("is read as")).toBe(isSaid);
    const said = await importTexts(
      directory,
      [{ name: "0.txt", text: logOf("05/06/2021", "13:00:01", ["13:10:01"]) }],
      {
        tz: "UTC",
        dateOrder: "month-first",
      },
    );
    expect(timesOf(said.traces.get("plain"))[0]).toBe("2021-05-06T13:10:01");
    expect(said.remarks.join("\n")).not.toContain("is read as");
  });

  it("are taken for dates with the day first where numbers have a decimal comma", async () => {
    const text = logOf("05/06/21", "13:00:01", ["13:10:01", "13:20:01"]).replaceAll("50.00", "50,00");
    expect(timesOf((await plain(text)).traces.get("plain"))[0]).toBe("2021-06-05T13:10:01");
  });

  it("are in the zone of an offset that they give", async () => {
    const times = ["kl. 13.10 +0100", "kl. 13.20 +0100"];
    const { traces, remarks } = await importText(logOf("04. sep. 2014", "kl. 13.00 +0100", times));
    expect(timesOf(traces.get("plain"))).toEqual(["2014-09-04T12:10:00", "2014-09-04T12:20:00"]);
    expect(linesOf(traces.get("plain"))[0].origin).toMatchObject({ zone: "UTC+01:00", zoneSource: "file" });
    expect(remarks.join("\n")).not.toContain("zone");
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
    await expect(importText(disagreeing, { tz: "Europe/Berlin" })).rejects.toThrow(/can't be inferred/);
  });

  it.each([
    ["11/25/15", "2015-11-25", null],
    ["11/05/15", "2015-11-05", "2015-05-11"],
    ["25/11/2015", "2015-11-25", null],
    ["25.11.2015", "2015-11-25", null],
    ["05.11.15", "2015-11-05", "2015-05-11"],
    ["05-11-2015", "2015-11-05", "2015-05-11"],
    ["5. 11. 2015", "2015-11-05", "2015-05-11"],
    ["2025-11-05", "2025-11-05", null],
    ["2025年08月02日", "2025-08-02", null],
    ["2025年08月02日 星期六", "2025-08-02", null],
    ["2025년 08월 02일", "2025-08-02", null],
    ["08/08/26", "2026-08-08", null],
    ["۰۵/۱۱/۲۵", "2025-05-11", "2025-11-05"],
    ["Thursday 04 September 2014", "2014-09-04", null],
    ["Thursday, September 04, 2014", "2014-09-04", null],
    ["Thursday, 04 September, 2014", "2014-09-04", null],
    ["04. sep. 2014", "2014-09-04", null],
    ["04. mai 2014", "2014-05-04", null],
    ["og., 2014.eko iraren 04a", "2014-09-04", null],
    ["fim  4.sep 2014", "2014-09-04", null],
    ["04 كانون الثاني, 2014", "2014-01-04", null],
    ["04 أيلول, 2014", "2014-09-04", null],
    ["Il-Ħamis, 04 ta Set, 2014", "2014-09-04", null],
  ])("have the date %s", (text, day, other) => {
    const us = (date: string) => Date.parse(date) * 1000;
    const date = parseSarDate(text);
    if (date === null) throw new Error(`${text} is no date`);
    const otherOrder = date.usual === "day-first" ? "month-first" : "day-first";
    expect([inOrder(date, date.usual), inOrder(date, otherOrder)]).toEqual([us(day), us(other ?? day)]);
  });

  it("have no date where a weekday has the name of a month", () => {
    expect(parseSarDate("mar 02 jun 2026")).toBeNull();
  });

  it.each(["", "13/25/26", "yesterday", "2025-02-30", "31.02.2026", "4 Brumaire 2014", "4 maj 2014"])(
    "do not have the date %j",
    (text) => {
      expect(parseSarDate(text)).toBeNull();
    },
  );

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
    ["12:10:01 πμ 5", 601, null, "5"],
    ["02:10:01 μμ 5", 51_001, null, "5"],
    ["02:10:01 N.H. 5", 51_001, null, "5"],
    ["02:10:01 अपराह्न IST 5", 51_001, "IST", "5"],
    ["02:10:01 p.\u202fm. 5", 51_001, null, "5"],
    ["02:10:01 p. m. 5", 51_001, null, "5"],
    [" 2:10:01 galabnimo 5", 51_001, null, "5"],
    [" 2:10:01፡ምሴት 5", 51_001, null, "5"],
    ["02:10:01.MD CET 5", 51_001, "CET", "5"],
    ["下午 02時10分01秒 HKT 5", 51_001, "HKT", "5"],
    ["సా.02.10.01 IST 5", 51_001, "IST", "5"],
    ["EET 02:10:01 م 5", 51_001, "EET", "5"],
    ["၀၂:၁၀:၀၁ ညနေ 5", 51_001, null, "5"],
    ["14.10.01 5", 51_001, null, "5"],
    ["kl. 14.10 +0100 5", 51_000, "+0100", "5"],
    ["14:10 5", 51_000, null, "5"],
    ["14:10:01  CPU  %user", 51_001, null, "CPU  %user"],
    ["xx 02:10:01 5", null, null, ""],
  ])("read the time of %j", (line, seconds, zone, rest) => {
    const time = parseSarTime(line);
    expect(time === null ? null : [time.us / 1e6, time.zone, line.slice(time.length)]).toEqual(
      seconds === null ? null : [seconds, zone, rest],
    );
  });

  const real = join(ROOT, "../shared/data/vm-traces");
  it.skipIf(!existsSync(real))("of real machines are imported, and say what sadf says", async () => {
    const headersOf = async (name: string) => {
      const { traces } = await importFiles([new InputFile(join(real, name))]);
      const [header, ...rows] = linesOf([...traces.values()][0]);
      return { guest: header.guest, epoch: header.origin.epoch, rows };
    };
    expect(await headersOf("sysstat/sar-rBSW.txt")).toEqual(await headersOf("sysstat/sadf-j-rBSW.json"));
    const { rows } = await headersOf("proc-capture/sar-rBSW.txt");
    expect(rows).toHaveLength(49);
    // Pressure alone is no demand, and says nothing of the RAM.
    await expect(importFiles([new InputFile(join(real, "proc-capture/sar-q-MEM.txt"))])).rejects.toThrow(/--memory/);
  });
});
