import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dstat } from "../../../../src/sim/import/formats/dstat.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(dstat, {
  fixture: "log.csv",
  machines: { app07: 29 },
  hasMissing: true,
  damages: [
    { line: 9, from: "26-11", to: "32-11", column: 1, says: /expected a time such as "26-11 04:21:28"/ },
    { line: 10, from: /$/, to: ",1,2", column: 96, says: /13 fields, expected 11 as in the titles/ },
  ],
});

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/dstat/log.csv"), "utf8");
const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces } = await importTexts(directory, [{ name: "log.csv", text }], { tz: "UTC", ...more });
  const [header, ...rows] = linesOf([...traces.values()][0]);
  return { header, rows: rows.filter(({ measured }) => measured !== undefined) };
};

describe("dstat's logs", () => {
  it("have the RAM as the sum of its parts, and no rates in the first row of a run", async () => {
    const { header, rows } = await read(fixture);
    expect(header.guest.memory).toBe(2_014_980 / 4);
    expect(header.origin.epoch).toBe("2026-11-26T23:59:30Z");
    expect(
      rows.filter(({ measured }) => measured.swapOut === null && measured.free !== null).map(({ t }) => t),
    ).toEqual([0, 95]);
  });

  it("of PCP are in KiB, and of dool have the month first", async () => {
    const pcp = `"pcp-dstat 6.0.3 CSV Output"
"Host:","vm",,,,"User:","root"
"Cmdline:","pcp-dstat -tms --output d.csv 1 3",,,,"Date:","26 Nov 2026 04:21:28 UTC"
"system","memory usage",,,,"total",
"time","used","free","buf","cach","total:used","total:free"
26-11 04:21:28,137620,23389180,42108,922796,
26-11 04:21:29,137608,23389180,42108,922808,0,1024
`;
    const { header, rows } = await read(pcp);
    expect(header.guest.memory).toBe((137_620 + 23_389_180 + 42_108 + 922_796) / 4);
    expect(rows[1]).toMatchObject({ t: 1, measured: { free: 23_389_180, swapUsed: 0 } });
    const dool = await read(
      fixture
        .replace(/^26-11/gm, "Nov-26")
        .replace(/^27-11/gm, "Nov-27")
        .replaceAll("Dstat 0.7.3", "Dool 1.3.1"),
    );
    expect(dool.rows).toEqual((await read(fixture)).rows);
  });

  it("of dool have no buffers, and take what dool calls used", async () => {
    const { header, rows } = await read(`"Dool 1.3.1 CSV output"
"Host:","web01"
"epoch","memory usage",,,,"swap",
"epoch","used","free","cach","avai","used","free"
1795600000,1073741824,2147483648,536870912,2684354560,0,1073741824
1795600001,1077936128,2143289344,536870912,2680160256,0,1073741824
`);
    expect(header.guest.memory).toBe((1024 + 2048 + 512) * 256);
    expect(rows.map(({ anon, fileSet }) => [anon, fileSet])).toEqual([
      [1024 * 256, 512 * 256],
      [1028 * 256, 512 * 256],
    ]);
  });

  it("do not count RAM that is missing as the workload's", async () => {
    const row = (i: number, mib: readonly number[]) => [1_795_600_000 + i, ...mib.map((n) => n * 1024 ** 2)].join(",");
    const rows = [0, 1, 2, 3].map((i) => row(i, [1000, 2000 - 300 * i, 100, 900]));
    const text = `"Dstat 0.7.4 CSV output"
"epoch","memory usage",,,
"epoch","used","free","buff","cach"
${rows.join("\n")}
`;
    const read4 = await read(text);
    expect(read4.header.guest.memory).toBe(4000 * 256);
    expect(read4.rows.map(({ anon }) => anon)).toEqual(Array(4).fill(1000 * 256));
  });

  it("have seconds since 1970, or no times", async () => {
    const lines = fixture.split("\n").slice(0, 10);
    const epoch = lines
      .map((line) => line.replace('"time"', '"epoch"').replace(/^(\d\d)-11 \S{8}/, () => "1795737570.5"))
      .join("\n");
    const { header } = await read(`${epoch}\n`);
    expect(header.origin.epoch).toBe("2026-11-26T23:59:30.5Z");
    const none = lines.map((line) => line.replace(/^"time",|^"system",|^\d\d-11 \S{8},/, "")).join("\n");
    await expect(read(`${none}\n`)).rejects.toThrow(/rows without times: give the delay of dstat by --interval/);
    expect((await read(`${none}\n`, { interval: "5s" })).rows.map(({ t }) => t)).toEqual([0, 5, 10]);
  });
});
