import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pmrep } from "../../../../src/sim/import/formats/pmrep.ts";
import { ROOT, scratchDirectory } from "../../../support/command.ts";
import { importTexts, linesOf } from "../../../support/import-log.ts";
import { describeReader } from "../../../support/readers.ts";

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
});
