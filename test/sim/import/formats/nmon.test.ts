import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nmon } from "../../../../src/sim/import/formats/nmon.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(nmon, {
  fixture: "app08_261126_2359.nmon",
  machines: { app08: 23 },
  hasMissing: true,
  damages: [
    { line: 12, from: "26-NOV", to: "26-NIX", column: 12, says: /expected a time and a date such as/ },
    { line: 14, from: /,\d+\.\d,/, to: ",many,", column: 11, says: /expected memtotal, a number, found "many"/ },
    { line: 17, from: "ZZZZ,", to: "zzzz ", column: 1, says: /expected a line of nmon: a label and a comma/ },
  ],
});

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/nmon/app08_261126_2359.nmon"), "utf8");
const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces } = await importTexts(directory, [{ name: "a.nmon", text }], { tz: "UTC", ...more });
  const [header, ...rows] = linesOf([...traces.values()][0]);
  return { header, rows: rows.filter(({ measured }) => measured !== undefined) };
};

describe("files of nmon", () => {
  it("are the same when they are sorted", async () => {
    const sorted = `${fixture.trimEnd().split("\n").sort().join("\n")}\n`;
    expect((await read(sorted)).rows).toEqual((await read(fixture)).rows);
  });

  it("have their counts by the second, for any time between two snapshots", async () => {
    const { header, rows } = await read(fixture);
    expect(header.origin.epoch).toBe("2026-11-26T23:59:30Z");
    expect(rows[0].measured.swapOut).toBeNull();
    const read4 = rows.filter((row) => row.measured.ioRead !== null).map(({ t, measured }) => [t, measured.ioRead]);
    // 4 KiB more in each snapshot; the one after the gap is of 10 s.
    expect(read4.slice(0, 3)).toEqual([
      [5, 4 / 5],
      [10, 8 / 5],
      [15, 12 / 5],
    ]);
    expect(read4).toContainEqual([50, 36 / 10]);
  });

  it("keep their recordings apart where several are put one behind the other, of one host or of two", async () => {
    const nextDay = fixture.replaceAll("27-NOV-2026", "28-NOV-2026").replaceAll("26-NOV-2026", "27-NOV-2026");
    const known = async (text: string) => (await read(text)).rows.filter(({ measured }) => measured.free !== null);
    const rows = await known(fixture + nextDay);
    const first = await known(fixture);
    expect(rows.length).toBe(2 * first.length);
    expect(rows.slice(0, first.length)).toEqual(first);
    expect(rows.slice(first.length).map(({ t }) => t)).toEqual(first.map(({ t }) => t + 86_400));
    const both = await importTexts(directory, [
      { name: "a.nmon", text: fixture + nextDay.replaceAll("app08", "db01") },
    ]);
    expect([...both.traces.keys()]).toEqual(["app08", "db01"]);
    const sorted = (fixture + nextDay).trimEnd().split("\n").sort().join("\n");
    await expect(read(`${sorted}\n`)).rejects.toThrow(/T0001 has two times: recordings that were sorted into one file/);
  });

  it("whose clock was put back need its zone", async () => {
    const head = "AAA,progname,nmon\nMEM,Memory MB a,memtotal,swaptotal,memfree,swapfree,cached,buffers\n";
    const text = ["02:58:00", "02:59:00", "02:00:00", "02:01:00"]
      .map(
        (time, i) =>
          `ZZZZ,T000${i + 1},${time},25-OCT-2026\nMEM,T000${i + 1},4000.0,0.0,${3000 - i}.0,0.0,500.0,20.0\n`,
      )
      .join("");
    await expect(read(head + text)).rejects.toThrow(/a\.nmon:7: the time goes back by 59m: .*--tz/);
    const { rows } = await read(head + text, { tz: "Europe/Berlin" });
    expect(rows.map(({ t, measured }) => [t, measured.free])).toEqual([
      [0, 3000],
      [60, 2999],
      [120, 2998],
      [180, 2997],
    ]);
  });

  it("of AIX are refused", async () => {
    const aix = fixture.replace(
      /^MEM,Memory.*$/m,
      "MEM,Memory x,Real Free %,Virtual free %,Real free(MB),Virtual free(MB)",
    );
    await expect(read(aix)).rejects.toThrow(/no memtotal in the titles of MEM: files of nmon for AIX can't be read/);
  });
});
