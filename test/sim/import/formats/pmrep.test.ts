import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pmrep } from "../../../../src/sim/import/formats/pmrep.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(pmrep, {
  fixture: "app09.csv",
  machines: { app09: 29 },
  hasMissing: true,
  damages: [
    { line: 3, from: "2026-", to: "20x6-", column: 1, says: /expected a time such as "2026-11-26 04:21:21"/ },
    { line: 4, from: /,\d+,/, to: ",many,", column: 21, says: /expected mem.physmem, a number, found "many"/ },
  ],
});

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/pmrep/app09.csv"), "utf8");
const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces } = await importTexts(directory, [{ name: "app09.csv", text }], { tz: "UTC", ...more });
  const [header, ...rows] = linesOf([...traces.values()][0]);
  return { header, rows: rows.filter(({ measured }) => measured !== undefined) };
};

describe("CSV of pmrep", () => {
  it("has local times, or seconds since 1970, and other separators", async () => {
    const { header, rows } = await read(fixture, { tz: "Europe/Berlin" });
    expect(header.origin.epoch).toBe("2026-11-26T22:59:30Z");
    expect(rows[0].measured.swapOut).toBeNull();
    expect(header.guest).toMatchObject({ memory: 2_014_980 / 4, swap: 262_143 });
    const epoch = await read(
      fixture.replace(/^2026-\d\d-\d\d \S{8}/gm, (time) => String(Date.parse(`${time}Z`) / 1000)),
    );
    expect(epoch.header.origin.epoch).toBe("2026-11-26T23:59:30Z");
    expect(epoch.rows).toEqual(rows);
    const blanks = await read(fixture.replaceAll(",", " "));
    expect(blanks.rows).toEqual(rows);
  });

  const HEADER = 'Time,"mem.physmem","mem.util.free","mem.util.bufmem","mem.util.cached","swap.pagesin"\n';

  it("is in the unit that the user says, as RAM in which no Linux runs shows", async () => {
    const text = `${HEADER}2026-11-26 10:00:00,4096,2048,16,512,\n2026-11-26 10:00:01,4096,2044,16,512,3.000\n`;
    await expect(read(text)).rejects.toThrow(/mem\.physmem of the log is 4MiB, less than Linux needs.*--unit/);
    const { header, rows } = await read(text, { unit: "MiB" });
    expect(header.guest.memory).toBe(4096 * 256);
    expect(rows[1]).toMatchObject({ anon: (4096 - 2044 - 16 - 512) * 256, measured: { free: 2044 * 1024, swapIn: 3 } });
    await expect(read(text, { unit: "MB" })).rejects.toThrow('--unit "MB": expected one of KiB, MiB, GiB');
  });

  it("has no rates where it shows counters as they are", async () => {
    const row = (i: number) => `2026-11-26 10:00:0${i},4194304,2000000,16000,500000,${100_000 + 50 * i}\n`;
    const text = HEADER + row(0) + row(1) + row(2);
    const { traces, remarks } = await importTexts(directory, [{ name: "raw.csv", text }], { tz: "UTC" });
    expect(remarks).toContain(
      "raw.csv:2:1: swap.pagesin has a value in the first row, so it is not a rate (-r): omitted",
    );
    expect(linesOf([...traces.values()][0])[2].measured).not.toHaveProperty("swapIn");
  });

  it("whose clock was put back needs its zone", async () => {
    const times = ["02:59:00", "02:00:00", "02:01:00"];
    const text = HEADER + times.map((time) => `2026-10-25 ${time},4194304,2000000,16000,500000,\n`).join("");
    await expect(read(text)).rejects.toThrow(/app09\.csv:3: the time goes back by 59m: .*--tz/);
    expect((await read(text, { tz: "Europe/Berlin" })).rows.map(({ t }) => t)).toEqual([0, 60, 120]);
  });
});
