import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { sadfTable } from "../../../../src/sim/import/formats/sadf-table.ts";
import { importFiles, importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/sadf-table/all.csv"), "utf8");

describeReader(sadfTable, {
  fixture: "all.csv",
  machines: { web04: 24 },
  hasMissing: true,
  damages: [
    { line: 58, from: /;12000;/, to: ";12k;", column: 62, says: /expected kbbuffers, a number, found "12k"/ },
    { line: 58, from: /;[^;]*$/, to: "", column: 128, says: /18 fields, expected 19/ },
    { line: 58, from: "08:02", to: "08:72", column: 10, says: /expected a time such as/ },
    { line: 3, from: /^web04/, to: "", column: 1, says: /expected the name of a host/ },
    { line: 28, from: /^# hostname/, to: "# host", column: 1, says: /expected a header that begins with/ },
  ],
  grow: (text, times) => {
    const shift = (line: string, i: number) =>
      line.replace(/;(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC;/, (_all, date, time) => {
        const stamp = new Date(Date.parse(`${date}T${time}Z`) + i * 1_440_000).toISOString();
        return `;${stamp.slice(0, 10)} ${stamp.slice(11, 19)} UTC;`;
      });
    return text
      .trimEnd()
      .split(/\n(?=#)/)
      .map((block) => {
        const [header, ...rows] = block.split("\n");
        return [header, ...Array.from({ length: times }, (_, i) => rows.map((row) => shift(row, i))).flat()].join("\n");
      })
      .join("\n")
      .concat("\n");
  },
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const importText = (text: string, options = {}) => importTexts(directory, [{ name: "a.csv", text }], options);

describe("logs of sadf -d", () => {
  it("have their activities joined by time; one that lacks a time is unknown then", async () => {
    const { traces } = await importText(fixture);
    const [, ...lines] = linesOf(traces.get("web04"));
    const rows = lines.filter(({ anon }) => typeof anon === "number");
    expect(rows).toHaveLength(24);
    expect(rows.map(({ measured }) => measured.psiSome === null)).toEqual(rows.map((_, i) => i < 4));
    expect(rows.every(({ measured }) => measured.free > 0 && measured.swapUsed >= 0 && measured["x-faults"] > 0)).toBe(
      true,
    );
  });

  it("have each restart and comment once, though every activity tells of them", async () => {
    const { traces } = await importText(fixture);
    const events = linesOf(traces.get("web04")).filter(({ event }) => event !== undefined);
    expect(events.map(({ t, event }) => [t, event.type, event.text])).toEqual([
      [510, "restart", "the machine started anew"],
      [870, "comment", "backup begins"],
    ]);
  });

  it("have restarts that any activity tells of, before its header too", async () => {
    const header = (titles: string) => `# hostname;interval;timestamp;${titles}\n`;
    const rows = (minutes: readonly number[], values: string) =>
      minutes.map((minute) => `a;60;2024-03-05 10:0${minute}:00 UTC;${values}\n`).join("");
    const restart = (time: string) => `a;-1;2024-03-05 ${time} UTC;LINUX-RESTART\t(2 CPU)\n`;
    const memory = header("kbmemfree;kbmemused;%memused;kbbuffers;kbcached");
    const swap = header("pswpin/s;pswpout/s");
    const processors = header("CPU;%user");
    const { traces } = await importText(
      [
        processors,
        rows([1, 2], "-1;1.00"),
        restart("10:02:10"),
        restart("09:59:00"),
        swap,
        rows([1, 2], "0.00;1.00"),
        memory,
        rows([1, 2, 3], "500000;500000;50.00;1000;20000"),
        restart("10:03:30"),
        memory,
        rows([5], "500000;500000;50.00;1000;20000"),
      ].join(""),
    );
    const events = linesOf(traces.get("a")).filter(({ event }) => event !== undefined);
    expect(events.map(({ t, event }) => [t, event.type])).toEqual([
      [0, "restart"],
      [70, "restart"],
      [150, "restart"],
    ]);
  });

  it("may have several hosts, one after the other or in turns", async () => {
    const other = fixture.replaceAll("web04", "web07");
    const rowsOf = (trace: string | undefined) => linesOf(trace).slice(1);
    const alone = rowsOf((await importText(fixture)).traces.get("web04"));
    const blocks = [fixture.split(/(?=^#)/m), other.split(/(?=^#)/m)] as const;
    const inTurns = blocks[0].map((block, i) => block + (blocks[1][i] as string)).join("");
    for (const text of [fixture + other, inTurns]) {
      const { traces } = await importText(text);
      expect([...traces.keys()]).toEqual(["web04", "web07"]);
      expect(rowsOf(traces.get("web04"))).toEqual(alone);
      expect(rowsOf(traces.get("web07"))).toEqual(alone);
    }
  });

  it("have times in UTC, in seconds since 1970, or on a wall", async () => {
    const epochs = fixture.replace(/;(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC;/g, (_all, date, time) => {
      return `;${Date.parse(`${date}T${time}Z`) / 1000};`;
    });
    const rowsOf = async (text: string, options = {}) => linesOf((await importText(text, options)).traces.get("web04"));
    const [header, ...rows] = await rowsOf(fixture);
    expect(await rowsOf(epochs)).toHaveLength(rows.length + 1);
    expect((await rowsOf(epochs)).slice(1)).toEqual(rows);
    const [local] = await rowsOf(fixture.replaceAll(" UTC;", ";"), { tz: "Asia/Tokyo" });
    expect([header.origin.epoch, local.origin.epoch]).toEqual(["2027-01-15T08:00:00Z", "2027-01-14T23:00:00Z"]);
  });

  const real = join(ROOT, "../shared/data/vm-traces");
  it.skipIf(!existsSync(real))("of real machines are imported, with a RAM that is right", async () => {
    const guestOf = async (name: string) => {
      const { traces } = await importFiles([new InputFile(join(real, name))]);
      return linesOf([...traces.values()][0])[0].guest;
    };
    // Of both machines the RAM is known from elsewhere: from meminfo, and from the other parts of the same log.
    expect(Math.abs((await guestOf("proc-capture/sadf-d-r.csv")).memory - 24_684_096 / 4)).toBeLessThan(700);
    const { memory, swap } = await guestOf("sysstat/sadf-d-rBSW.csv");
    expect([Math.abs(memory - 65_696_000 / 4) < 20_000, swap]).toEqual([true, 8_388_607]);
  });
});
