import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { atop } from "../../../../src/sim/import/formats/atop.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(atop, {
  fixture: "app10.txt",
  machines: { app10: 29 },
  hasMissing: true,
  damages: [
    {
      line: 2,
      from: /4096 \d+/,
      to: "4096 many",
      column: 53,
      says: /expected physical memory, a number/,
    },
    { line: 5, from: "MEM ", to: "ME! ", column: 1, says: /expected a line of atop -P/ },
    { line: 5, from: / 4096 .*/, to: "", column: 43, says: /6 fields, expected 12 or more/ },
  ],
});

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/atop/app10.txt"), "utf8");
const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces } = await importTexts(directory, [{ name: "app10.txt", text }], { tz: "UTC", ...more });
  const [header, ...rows] = linesOf([...traces.values()][0]);
  return { header, rows: rows.filter(({ measured }) => measured !== undefined) };
};

describe("output of atop", () => {
  it("has no rates since the start of the machine, and the balloon where it was ever found", async () => {
    const { header, rows } = await read(fixture);
    expect(header.guest).toMatchObject({ memory: 2_014_980 / 4, swap: 262_143 });
    expect(rows[0].measured).toMatchObject({ swapOut: null, balloonSize: 0 });
    const none = await read(fixture.replace(/ 12000 \d+ 1024/g, " 12000 0 1024"));
    expect(none.rows[0].measured.balloonSize).toBeUndefined();
  });

  it("has pages of any size", async () => {
    const large = fixture.replaceAll(" 4096 ", " 16384 ");
    expect((await read(large)).header.guest.memory).toBe(2_014_980);
  });
});
