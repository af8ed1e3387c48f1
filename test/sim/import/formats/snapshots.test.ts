import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { snapshots } from "../../../../src/sim/import/formats/snapshots.ts";
import { MEMINFO, VMMEMCTL, VMMEMCTL_4, VMMEMCTL_5, VMSTAT } from "../../../support/fakes/fake-machine.ts";
import { importFiles, importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/snapshots/web02.txt"), "utf8");

describeReader(snapshots, {
  fixture: "web02.txt",
  machines: { web02: 30 },
  hasMissing: true,
  damages: [
    { line: 3, from: /(\d{3}) kB/, to: "$1 MB", column: 19, says: /expected a line of meminfo, vmstat/ },
    { line: 5, from: /\d+/, to: "12o000", column: 20, says: /expected a line of meminfo, vmstat/ },
    { line: 20, from: /\d+$/, to: "-5", column: 8, says: /expected a line of meminfo, vmstat/ },
    { line: 37, from: "total=", to: "all=", column: 6, says: /expected a line of meminfo, vmstat/ },
    { line: 51, from: /\d{10}/, to: "17b8", column: 5, says: /expected a line of meminfo, vmstat/ },
    { line: 51, from: /\d{10}/, to: "1700000000", column: null, says: /the time of web02 goes back/ },
  ],
  grow: (text, times) =>
    Array.from({ length: times }, (_, i) =>
      text.replace(/^### (\d+)/gm, (_all, time) => `### ${Number(time) + i * 60}`),
    ).join(""),
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const rowsOf = async (...blocks: string[]) => {
  const text = blocks.map((block, i) => `### ${1_800_000_000 + i}\n${block}`).join("");
  const { traces } = await importTexts(directory, [{ name: "a.txt", text }]);
  return linesOf(traces.get("a")).slice(1);
};

describe("snapshots of /proc", () => {
  it.each([
    ["the driver 1.2.1", VMMEMCTL, 2048],
    ["Linux 4.10", VMMEMCTL_4, 2048],
    ["Linux 5.10", VMMEMCTL_5, undefined],
  ])("have target and size of the balloon in the layout of %s", async (_, vmmemctl, rate) => {
    const [first] = await rowsOf(MEMINFO + vmmemctl, MEMINFO + vmmemctl);
    expect(first.target).toBe(131_072);
    expect(first.measured).toMatchObject({ balloonTarget: 131_072, balloonSize: 65_536 });
    expect(first.measured.rateAlloc).toBe(rate);
  });

  it("have the size of the balloon as the kernel counts it, where it counts every driver's", async () => {
    const sizeOf = async (text: string) => (await rowsOf(text, text))[0].measured.balloonSize;
    expect(await sizeOf(`${MEMINFO}Balloon: 4096 kB\n`)).toBe(1024);
    expect(await sizeOf(MEMINFO + VMSTAT)).toBe(65_536 - 512);
    const old = VMSTAT.replace(/^workingset_refault_anon .*\n/m, "");
    expect(await sizeOf(MEMINFO + old)).toBeUndefined();
  });

  it("are omitted if they are incomplete, and only then", async () => {
    const blocks = fixture.split(/(?=^### \d)/m);
    const whole = blocks.slice(0, 5).join("");
    const last = blocks[5] as string;
    const times = async (text: string) => {
      const { traces, remarks } = await importTexts(directory, [{ name: "a.txt", text }]);
      const rows = linesOf(traces.get("a"))
        .slice(1)
        .filter(({ measured }) => measured !== undefined);
      return { rows: rows.length, isCut: remarks.some((each) => each.includes("the last snapshot is incomplete")) };
    };
    expect(await times(whole)).toEqual({ rows: 5, isCut: false });
    const firstFigure = last.indexOf("MemTotal");
    const lastFigure = last.indexOf("rateFree");
    for (let length = 1; length < last.length; length += 23) {
      const isWhole = length > last.indexOf("\n", lastFigure);
      const got = await times(whole + last.slice(0, length));
      expect(got.rows, `${length}`).toBe(isWhole ? 6 : 5);
      // Before the time is there, nothing of the snapshot is.
      if (length > firstFigure) expect(got.isCut, `${length}`).toBe(!isWhole);
    }
    expect(await times(whole + last)).toEqual({ rows: 6, isCut: false });
  });

  const real = join(ROOT, "../shared/data/vm-traces/proc-capture/proc-snapshots.txt");
  it.skipIf(!existsSync(real))("of a real machine are imported", async () => {
    const { traces, remarks } = await importFiles([new InputFile(real)]);
    const [header, ...rows] = linesOf(traces.get("proc-snapshots"));
    expect(rows).toHaveLength(50);
    expect(header.guest).toMatchObject({ memory: 6_171_024, swap: 0 });
    expect(remarks.filter((each) => !/no balloon target|one sample every/.test(each))).toEqual([]);
    const { anon, fileSet, kernelMemory, measured } = rows[0];
    expect([anon, fileSet, kernelMemory]).toEqual([
      (10_220 + 446_880) / 4,
      (1_283_080 + 2232 - 446_880 + 226_248) / 4,
      (24_684_096 - 23_057_696 - 10_220 - 1_283_080 - 2232 - 226_248) / 4,
    ]);
    expect(measured).toMatchObject({ free: 23_057_696, "x-shmem": 446_880 });
  });
});
