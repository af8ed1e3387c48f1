import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { vmstat } from "../../../../src/sim/import/formats/vmstat.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(vmstat, {
  fixture: "screens.log",
  options: { memory: "4GiB" },
  machines: { screens: 65 },
  hasMissing: true,
  damages: [
    { line: 8, from: "8212", to: "82l2", column: 24, says: /expected buff, a number, found "82l2"/ },
    { line: 9, from: / \S+ \S+$/, to: "", column: 83, says: /expected a date and time/ },
    { line: 9, from: "23:58", to: "23:61", column: 84, says: /expected a date and time/ },
    { line: 12, from: /^(.{40}).*/, to: "$1", column: 41, says: /7 fields, expected 17/ },
    { line: 14, from: /^/, to: "$ ", column: 1, says: /expected a row of numbers, titles, or a date/ },
  ],
  grow: (text, times) => {
    const [rule, titles, ...rows] = text.split("\n").filter((line, i) => i < 2 || /^ *\d/.test(line));
    const lines = Array.from({ length: times * rows.length }, (_, i) => {
      const stamp = new Date(Date.UTC(2027, 1, 14) + i * 1000).toISOString();
      return `${(rows[i % rows.length] as string).slice(0, -19)}${stamp.slice(0, 10)} ${stamp.slice(11, 19)}`;
    });
    return `${[rule, titles, ...lines].join("\n")}\n`;
  },
});

describeReader(vmstat, {
  fixture: "cron.log",
  options: { memory: "4GiB", interval: "10s", tz: "Asia/Kolkata" },
  machines: { cron: 36 },
  hasMissing: true,
  damages: [
    { line: 11, from: "03:55", to: "03:77", column: 1, says: /expected a row of numbers, titles, or a date/ },
    { line: 13, from: " b ", to: " k ", column: 2, says: /expected a row of numbers, titles, or a date/ },
  ],
});

describe("vmstat's logs", () => {
  const directory = scratchDirectory();
  const read = (name: string) => ({
    name,
    text: readFileSync(join(ROOT, "test/sim/import/fixtures/vmstat", name), "utf8"),
  });
  const linesOf = (trace: string | undefined) =>
    (trace ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("have averages since the machine's start in the first row of each run, and nowhere else", async () => {
    const { traces } = await importTexts(directory, [read("screens.log")], { memory: "4GiB" });
    const rows = linesOf(traces.get("screens")).slice(1);
    const unknown = rows.filter(({ measured }) => measured !== undefined && measured.swapIn === null);
    // The first row, the row of the gap, and the first after it.
    expect(unknown.map(({ t, measured }) => [t, measured.free !== null])).toEqual([
      [0, true],
      [51, false],
      [60, true],
    ]);
  });

  const TITLES = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st";
  /** Blocks of rows with a header each; `rates` are si, so, bi, bo, in and cs of a row, `time` what it ends in. */
  const blocks = (
    sizes: readonly number[],
    rates: (block: number, row: number) => string,
    time: (row: number) => string,
  ) => {
    let count = 0;
    return sizes
      .map((size, block) => {
        const rows = Array.from(
          { length: size },
          (_, row) => `1 0 0 800000 1000 30000 ${rates(block, row)} 1 0 99 0 0 ${time(count++)}`,
        );
        return `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n${TITLES}${time(0) === "" ? "" : " UTC"}\n${rows.join("\n")}\n`;
      })
      .join("");
  };
  const second = (row: number) => new Date(1_800_000_000_000 + row * 1000).toISOString().slice(0, 19).replace("T", " ");
  const firstRows = async (text: string) => {
    const { traces } = await importTexts(directory, [{ name: "a.log", text }], { memory: "4GiB", interval: "1s" });
    const rows = linesOf(traces.get("a")).slice(1);
    return rows.filter(({ measured }) => measured?.free > 0 && measured.swapIn === null).map(({ t }) => t);
  };

  it.each([
    ["screens without a terminal", [21, 21, 21], "5 6 7 8 90 100", [0]],
    ["screens of a terminal", [47, 47, 9], "5 6 7 8 90 100", [0]],
    ["runs as long as a screen without a terminal", [21, 21, 21], "70 60 5000 40 300 900", [0, 21, 42]],
    ["runs as long as a screen of a terminal", [12, 12, 12], "71 62 4800 41 310 880", [0, 12, 24]],
  ])("tell %s from the other by the averages since the machine's start", async (_what, sizes, later, expected) => {
    const rates = (block: number, row: number) =>
      row > 0 ? `1 2 3 ${row} 100 200` : block === 0 ? "70 60 5000 40 300 900" : later;
    expect(await firstRows(blocks(sizes, rates, second))).toEqual(expected);
  });

  it("begin a run where the time jumps behind a header", async () => {
    const text = blocks(
      [21, 21, 21],
      (block, row) => `1 2 3 ${500 * block + row} 100 200`,
      (row) => second(row < 21 ? row : row + 40),
    );
    expect(await firstRows(text)).toEqual([0, 61]);
  });

  it("are in the zone of an offset that a title or a date has", async () => {
    const epochOf = async (text: string) => {
      const { traces, remarks } = await importTexts(directory, [{ name: "a.log", text }], {
        memory: "4GiB",
        interval: "1s",
      });
      expect(remarks.join("\n")).not.toContain("is ambiguous");
      return linesOf(traces.get("a"))[0].origin;
    };
    const rates = () => "1 2 3 4 100 200";
    const titled = blocks([3], rates, second).replace(" UTC", " +03");
    expect(await epochOf(titled)).toMatchObject({
      epoch: "2027-01-15T05:00:00Z",
      zone: "UTC+03:00",
      zoneSource: "file",
    });
    const dated = `2027-01-15T08:00:00-0330\n${blocks([3], rates, () => "")}`;
    expect(await epochOf(dated)).toMatchObject({ epoch: "2027-01-15T11:30:00Z", zone: "UTC-03:30" });
  });

  it("are refused where the abbreviation of the zone changes and the user names none", async () => {
    const text = (zone: string) =>
      `${zone === "CET" ? "Sun Mar 29 01:59:00" : "Sun Mar 29 03:00:00"} ${zone} 2026\n${blocks(
        [1],
        () => "1 2 3 4 100 200",
        () => "",
      )}`;
    const read = (tz?: string) =>
      importTexts(directory, [{ name: "a.log", text: text("CET") + text("CEST") }], {
        memory: "4GiB",
        ...(tz === undefined ? {} : { tz }),
      });
    await expect(read()).rejects.toThrow('the log has the zones "CET" and "CEST"');
    const [header] = linesOf((await read("Europe/Berlin")).traces.get("a"));
    expect(header.origin.epoch).toBe("2026-03-29T00:59:00Z");
    expect(header.duration).toBe(120);
  });

  it("are refused where an abbreviation follows a zone that is known, as in London in March", async () => {
    const run = (date: string) =>
      `${date}\n${blocks(
        [1],
        () => "1 2 3 4 100 200",
        () => "",
      )}`;
    const text = run("Sun Mar 29 00:59:00 GMT 2026") + run("Sun Mar 29 02:00:00 BST 2026");
    await expect(importTexts(directory, [{ name: "a.log", text }], { memory: "4GiB" })).rejects.toThrow(
      /"UTC" and "BST"/,
    );
  });

  it("do not have more in a row than the titles say", async () => {
    const text = blocks(
      [3],
      () => "1 2 3 4 100 200",
      () => "",
    ).replaceAll(" 99 0 0 ", " 99 0 0 7");
    await expect(importTexts(directory, [{ name: "a.log", text }], { memory: "4GiB", interval: "1s" })).rejects.toThrow(
      /^a.log:3:52: 18 fields, expected 17 as in the header/,
    );
  });

  it("need the RAM, and the delay of rows without times", async () => {
    await expect(importTexts(directory, [read("screens.log")])).rejects.toThrow(/give it with --memory/);
    await expect(importTexts(directory, [read("cron.log")], { memory: "4GiB" })).rejects.toThrow(
      "cron.log:5:1: rows without times: give the delay that vmstat was started with by --interval",
    );
  });

  it("need no delay where each row has a date before it, in the order of Britain too", async () => {
    const titles = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n";
    const run = (minute: number) =>
      `Thu 26 Nov 10:0${minute}:00 GMT 2026\n${titles} 1  0      0 ${3_000_000 - minute} 20000 500000 77 0 5 9 99 99 1 1 98 0 0\n`;
    const text = run(0) + run(5);
    const { traces } = await importTexts(directory, [{ name: "cron.log", text }], { memory: "4GiB", tz: "UTC" });
    const [header, ...rows] = linesOf([...traces.values()][0]);
    expect(header.origin.epoch).toBe("2026-11-26T10:00:00Z");
    expect(rows.map(({ t, measured }) => [t, measured.free])).toEqual([
      [0, 3_000_000],
      [300, 2_999_995],
    ]);
  });

  it("begin each run at the date before it", async () => {
    const { traces } = await importTexts(directory, [read("cron.log")], {
      memory: "4GiB",
      interval: "10s",
      tz: "Asia/Kolkata",
    });
    const [header, ...rows] = linesOf(traces.get("cron"));
    expect(header.origin).toMatchObject({ epoch: "2027-03-13T22:20:02Z", zone: "Asia/Kolkata", zoneSource: "user" });
    const times = rows.filter(({ event, anon }) => event === undefined && anon !== null).map(({ t }) => t);
    expect(times.slice(0, 8)).toEqual([0, 10, 20, 30, 40, 50, 300, 310]);
    // Runs that reach into the next are not what the user says they are.
    const long = importTexts(directory, [read("cron.log")], { memory: "4GiB", interval: "2m" });
    await expect(long).rejects.toThrow(/cron.log:14: the time of cron goes back by 5m/);
  });

  it("count from their beginning where there is no clock at all", async () => {
    const text = read("cron.log").text.replace(/^\w{3} \w{3} .*\n/gm, "");
    const { traces, remarks } = await importTexts(directory, [{ name: "cron.log", text }], {
      memory: "4GiB",
      interval: "1s",
    });
    const [header] = linesOf(traces.get("cron"));
    expect(header.origin).toMatchObject({ epoch: null, zone: null, zoneSource: null });
    // Six runs of six rows, and two steps more between each two of them.
    expect(header.duration).toBe(46);
    expect(remarks.join("\n")).toContain("another run of vmstat without a date");
    expect(remarks.join()).not.toContain("zone");
  });

  it("are in the unit that the user says", async () => {
    const inKib = await importTexts(directory, [read("screens.log")], { memory: "4GiB" });
    const text = read("screens.log").text.replace(
      /^( *\d+ +\d+) +(\d+) +(\d+) +(\d+) +(\d+)/gm,
      (_, begin, ...sizes) =>
        `${begin} ${sizes
          .slice(0, 4)
          .map((kib) => String(Number(kib) / 1024))
          .join(" ")}`,
    );
    const inMib = await importTexts(directory, [{ name: "screens.log", text }], { memory: "4GiB", unit: "MiB" });
    const demand = (trace: string | undefined) =>
      linesOf(trace)
        .slice(1)
        .map(({ t, anon, fileSet }) => [t, anon, fileSet]);
    expect(demand(inMib.traces.get("screens"))).toEqual(demand(inKib.traces.get("screens")));
    await expect(importTexts(directory, [read("screens.log")], { unit: "GB" })).rejects.toThrow(
      /--unit "GB": expected/,
    );
  });

  it("do not count the balloon's pages as the guest's", async () => {
    const plain = await importTexts(directory, [read("screens.log")], { memory: "4GiB" });
    const ballooned = await importTexts(directory, [read("screens.log")], { memory: "4GiB", balloon: "256MiB" });
    const anonOf = (trace: string | undefined) => linesOf(trace)[1].anon;
    expect(anonOf(ballooned.traces.get("screens"))).toBe(anonOf(plain.traces.get("screens")) - 65_536);
  });

  it("tell of active and inactive pages with -a", async () => {
    const text = read("screens.log").text.replaceAll("  buff  cache", " inact active");
    const { traces } = await importTexts(directory, [{ name: "screens.log", text }], { memory: "4GiB" });
    const [header] = linesOf(traces.get("screens"));
    expect(header.rows.fileSet.from).toBe("fileSet = lruInactive; lruInactive is inact");
  });
});

describe("vmstat's rows behind a time", () => {
  const directory = scratchDirectory();
  const titles = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st";
  const rowOf = (i: number) => ` 1  0      0 70${i}000   8000 250000    0    0     5     9   99   99  1  1 98  0  0`;
  const importOf = async (lines: readonly string[], more = {}) => {
    const { traces, remarks } = await importTexts(directory, [{ name: "v.log", text: `${lines.join("\n")}\n` }], {
      memory: "1GiB",
      tz: "UTC",
      ...more,
    });
    const [header, ...rows] = (traces.get("v") ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    return { header, rows, remarks };
  };

  it.each<[string, (i: number) => string, string | null]>([
    ["ts", (i) => `Nov 26 04:21:0${i} `, null],
    ["ts with a format", (i) => `2026-11-26 04:21:0${i} `, "2026-11-26T04:21:01Z"],
    ["ts %.s", (i) => `${1_795_666_860 + i}.000000 `, "2026-11-26T04:21:01Z"],
    ["annotate-output", (i) => `04:21:0${i} O: `, null],
    ["date", (i) => `Thu Nov 26 04:21:0${i} UTC 2026 `, "2026-11-26T04:21:01Z"],
    ["date in English", (i) => `Thu 26 Nov 2026 04:21:0${i} AM UTC: `, "2026-11-26T04:21:01Z"],
    ["brackets", (i) => `[2026-11-26T04:21:0${i}+00:00] `, "2026-11-26T04:21:01Z"],
  ])("are read with %s", async (_, stamp, epoch) => {
    const lines = [`${stamp(0)}${titles}`, ...[1, 2, 3].map((i) => `${stamp(i)}${rowOf(i)}`)];
    const { header, rows } = await importOf(lines);
    expect(header.origin.epoch).toBe(epoch);
    expect(rows.map(({ t, measured }) => [t, measured.free, measured.ioWrite])).toEqual([
      [0, 701_000, null],
      [1, 702_000, 9],
      [2, 703_000, 9],
    ]);
  });

  it("are read without titles, with a remark", async () => {
    const { rows, remarks } = await importOf([1, 2, 3].map(rowOf), { interval: "5s" });
    expect(rows.map(({ t, measured }) => [t, measured.free])).toEqual([
      [0, 701_000],
      [5, 702_000],
      [10, 703_000],
    ]);
    expect(remarks.join("\n")).toContain(
      "rows without titles: read as r b swpd free buff cache si so bi bo in cs us sy id wa st",
    );
  });
});
