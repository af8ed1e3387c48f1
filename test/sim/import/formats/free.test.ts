import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { free } from "../../../../src/sim/import/formats/free.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/free/web03.log"), "utf8");

describeReader(free, {
  fixture: "web03.log",
  options: { tz: "Europe/Berlin" },
  machines: { web03: 24 },
  hasMissing: true,
  damages: [
    { line: 3, from: / +\d+ +\d+$/, to: "", column: 14, says: /5 values, expected 6 or 7 as free prints/ },
    { line: 3, from: "Mem:", to: "Mem;", column: 1, says: /expected a line of free or vmstat -s, or a time/ },
    { line: 6, from: "2026", to: "20k6", column: 1, says: /expected a line of free or vmstat -s, or a time/ },
  ],
});

const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces, remarks } = await importTexts(directory, [{ name: "a.log", text }], { tz: "UTC", ...more });
  const [header, ...rows] = linesOf(traces.get("a"));
  return { header, rows: rows.filter(({ measured }) => measured !== undefined), remarks };
};
const NEW = `               total        used       free      shared  buff/cache   available
Mem:        24683656     1092540    23094288        8952      993524    23591116
Swap:        1048572        4096     1044476
`;
const OLD = `             total       used       free     shared    buffers     cached
Mem:       3922928    3709140     213788          0     114412    2391184
-/+ buffers/cache:    1203544    2719384
Swap:      2097144       1040    2096104
`;
const STATISTICS = `     24683656 K total memory
      1192300 K used memory
       549400 K active memory
       679600 K inactive memory
     23094288 K free memory
        50000 K buffer memory
       943524 K swap cache
      1048572 K total swap
         4096 K used swap
      1044476 K free swap
        12345 non-nice user cpu ticks
       896000 pages paged in
       123456 pages paged out
           10 pages swapped in
          200 pages swapped out
   1795666080 boot time
`;
const twice = (text: string) => `1795666862\n${text}1795666867\n${text}`;

describe("outputs of free", () => {
  it("have the columns of every version", async () => {
    const now = await read(twice(NEW));
    expect(now.header.guest).toMatchObject({ memory: 24_683_656 / 4, swap: 1_048_572 / 4 });
    expect(now.rows[0]).toMatchObject({
      // With what is in swap.
      anon: (24_683_656 - 23_094_288 - 993_524 + 8952 + 4096) / 4,
      fileSet: (993_524 - 8952) / 4,
      measured: {
        free: 23_094_288,
        "x-shmem": 8952,
        "x-buffers-cache": 993_524,
        available: 23_591_116,
        swapUsed: 4096,
      },
    });
    const old = await read(twice(OLD));
    expect(old.rows[0]).toMatchObject({
      anon: (3_922_928 - 213_788 - 114_412 - 2_391_184 + 1040) / 4,
      measured: { buffers: 114_412, cached: 2_391_184, swapUsed: 1040 },
    });
    const total = await read(twice(NEW.replace("Swap:", "Low:   24683656 1092540 23094288\nHigh:  0 0 0\nSwap:")));
    expect(total.rows).toEqual(now.rows);
  });

  it("are understood in another language", async () => {
    const german = NEW.replace(
      /^.*\n/,
      "              gesamt   benutzt    frei   gemeinsam   Puffer/Cache verfügbar\n",
    ).replace("Mem:", "Speicher:");
    expect((await read(twice(german))).rows).toEqual((await read(twice(NEW))).rows);
  });

  it.each<[string, (kib: number) => string, RegExp | null]>([
    ["bytes", (kib) => String(kib * 1024), /read as bytes/],
    ["MiB", (kib) => String(Math.floor(kib / 1024)), /read as MiB/],
    ["GiB", (kib) => String(Math.floor(kib / 1024 ** 2)), /read as GiB/],
    ["-h", (kib) => `${(kib / 1024 ** 2).toFixed(1)}Gi`, /rounded/],
  ])("may be in %s", async (_, print, says) => {
    const text = NEW.replace(/\d+/g, (kib) => print(Number(kib)));
    const { rows, remarks } = await read(twice(text));
    expect(remarks.join("\n")).toMatch(says as RegExp);
    expect(Math.abs(rows[0].measured.free - 23_094_288)).toBeLessThan(1024 ** 2);
  });

  it("have the unit that the user says", async () => {
    const text = twice(NEW.replace(/\d+/g, (kib) => String(Math.floor((Number(kib) * 1024) / 1000) | 1)));
    await expect(read(text)).rejects.toThrow(/numbers that are not KiB.*--unit/);
    expect((await read(text, { unit: "kB" })).header.guest.memory).toBe(6_170_914);
    await expect(read(text, { unit: "pint" })).rejects.toThrow('--unit "pint": expected one of B, KiB');
  });

  it("say the same as vmstat -s, which has counters too", async () => {
    const { rows, header } = await read(twice(STATISTICS));
    expect(header.guest.memory).toBe(24_683_656 / 4);
    expect(rows[0]).toMatchObject({
      fileSet: 993_524 / 4,
      measured: { "x-buffers-cache": 993_524, buffers: 50_000, ioRead: 896_000, swapOut: 200, lruActive: 549_400 },
    });
  });

  it.each<[string, (i: number) => string]>([
    ["seconds since 1970", (i) => `${1_795_666_862 + 5 * i}\n${NEW}`],
    ["ISO", (i) => `2026-11-26T04:21:0${2 + 5 * i}+00:00\n${NEW}`],
    ["a mark", (i) => `=== Thu Nov 26 04:21:0${2 + 5 * i} AM UTC 2026 ===\n${NEW}`],
    ["date in Britain", (i) => `Thu 26 Nov 04:21:0${2 + 5 * i} GMT 2026\n${NEW}`],
    ["a time behind", (i) => `${NEW}Thu Nov 26 04:21:0${2 + 5 * i} UTC 2026\n`],
    ["ts", (i) => NEW.replace(/^/gm, `2026-11-26 04:21:0${2 + 5 * i} `).replace(/^.{20}$/m, "")],
  ])("have times as %s", async (_, print) => {
    const { header, rows } = await read(print(0) + print(1));
    expect(header.origin).toMatchObject({ epoch: "2026-11-26T04:21:02Z" });
    expect(rows.map(({ t }) => t)).toEqual([0, 5]);
    expect(rows[1].measured.free).toBe(23_094_288);
  });

  it.each<[string, (i: number) => string]>([
    ["ts without a year", (i) => NEW.replace(/^(?=.)/gm, `Nov 26 04:21:0${2 + 5 * i} `)],
    ["annotate-output", (i) => NEW.replace(/^(?=.)/gm, `04:21:0${2 + 5 * i} O: `)],
  ])("have no date with %s", async (_, print) => {
    const { header, rows, remarks } = await read(print(0) + print(1));
    expect(header.origin.epoch).toBeNull();
    expect(rows.map(({ t }) => t)).toEqual([0, 5]);
    expect(remarks.join("\n")).toContain("times have no");
  });

  it("need --interval without times", async () => {
    await expect(read(`${NEW}\n${NEW}`)).rejects.toThrow(/a\.log:5:1: outputs without times: .* --interval/);
    expect((await read(`${NEW}\n${NEW}\n${NEW}`, { interval: "10s" })).rows.map(({ t }) => t)).toEqual([0, 10, 20]);
  });

  it("are unknown where a line is missing", async () => {
    const { rows } = await read(fixture, { tz: "Europe/Berlin" });
    expect(rows.filter(({ measured }) => measured.free === null).map(({ t }) => t)).toContain(45);
  });
});
