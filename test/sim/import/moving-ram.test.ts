import { describe, expect, it } from "vitest";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { RamWatch } from "../../../src/sim/import/moving-ram.ts";
import { Sample } from "../../../src/sim/import/reader.ts";
import { column } from "../../../src/sim/import/vocabulary.ts";
import { importTexts, linesOf } from "../../support/in-process/import-log.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

const KIB_PER_PAGE = 4;
const COLUMNS = [
  column("memTotal", "MemTotal", "KiB"),
  column("free", "MemFree", "KiB"),
  column("balloonSize", "balloon", "pages"),
];

/** Samples of total and free memory in KiB, and what the balloon is said to hold in pages. */
function watch(samples: readonly (readonly [total: number, free: number, balloon: number])[]) {
  const ram = new RamWatch(COLUMNS);
  const machine = { index: 0, id: "a", name: null, columns: COLUMNS };
  for (const values of samples) {
    const sample = new Sample();
    sample.begin(machine, 0);
    sample.values.set(values);
    ram.observe(sample);
  }
  const result = ram.result();
  const balloons = samples.map((values) => {
    const settled = Float64Array.from(values);
    result?.settle(settled);
    return settled[2];
  });
  return { result, balloons };
}

describe("formats that say the RAM", () => {
  it.each(
    FORMATS.filter(({ name, columns, demands }) => {
      const isOfGuest = demands.some(({ formulas }) => formulas.includes("- balloon"));
      // The sum of dstat's parts moves with the slab, too.
      return isOfGuest && name !== "dstat" && columns.some(({ quantity }) => quantity === "memTotal");
    }).map((format) => [format.name, format] as const),
  )("have a place for what it lacks: %s", (_, { columns }) => {
    expect(columns.some(({ quantity }) => quantity === "balloonSize")).toBe(true);
  });
});

describe("RAM that takes turns", () => {
  const turnsOf = (totals: readonly number[]) => {
    const ram = new RamWatch(COLUMNS);
    for (const total of totals) {
      const sample = new Sample();
      sample.begin({ index: 0, id: "a", name: null, columns: COLUMNS }, 0);
      sample.values[0] = total;
      ram.observe(sample);
    }
    return ram.turns;
  };

  it("is that of several machines", () => {
    expect(turnsOf([4000, 8000, 4000, 8000, 4000])).toEqual([1000, 2000]);
    expect(turnsOf([4000, 8000, 6000, 4000, 8000, 6000])).toEqual([1000, 1500, 2000]);
  });

  it("is neither that of a balloon at work, nor of one that is set anew now and then", () => {
    expect(turnsOf([4000, 4000, 4000])).toBeNull();
    expect(turnsOf([4000, 8000])).toBeNull();
    expect(turnsOf([4000, 3800, 3600, 3400, 3200, 3000, 3200, 3400, 3600, 3800])).toBeNull();
    expect(turnsOf([4000, 4000, 3000, 3000, 4000, 4000, 3000, 3000])).toBeNull();
  });

  it("is refused, unless the user says that it is one machine's", async () => {
    const free = (i: number) => (i % 2 === 0 ? "4000000 1000000 2500000" : "8000000 1000000 6500000");
    const text = [0, 1, 2, 3, 4, 5]
      .map(
        (i) =>
          `2026-11-26T10:00:0${i}Z\n total used free shared buff/cache available\nMem: ${free(i)} 0 500000 3000000\n`,
      )
      .join("");
    const log = [{ name: "web.log", text }];
    await expect(importTexts(directory, log)).rejects.toThrow(
      /web\.log: the RAM of "web" alternates between 3\.81GiB and 7\.63GiB: the log seems to have several machines/,
    );
    const { traces } = await importTexts(directory, log, { memory: "8000000KiB" });
    expect([...traces.keys()]).toEqual(["web"]);
  });

  it("and falls as a balloon grows is that of one, in what free prints", async () => {
    const text = [0, 1, 2, 3]
      .map((i) => {
        const [total, available] = [4_000_000 - 200_000 * i, 2_500_000 - 200_000 * i];
        return `2026-11-26T10:00:0${i}Z\n total used free shared buff/cache available\nMem: ${total} 4 ${available} 0 500000 ${available}\n`;
      })
      .join("");
    const { traces } = await importTexts(directory, [{ name: "web.log", text }]);
    const [header, ...rows] = linesOf([...traces.values()][0]);
    expect(header.guest.memory).toBe(1_000_000);
    expect(rows.map(({ anon, target }) => [anon, target])).toEqual([0, 1, 2, 3].map((i) => [250_000, 50_000 * i]));
  });
});

describe("RAM that changes, and the balloon", () => {
  const NONE = Number.NaN;

  it("is left alone where it stays, and has the balloon in it", () => {
    expect(watch([[4_000_000, 1_000_000, NONE]]).result).toBeNull();
    // VMware's driver: the balloon grows, and MemTotal does not change; one sample was taken at several instants.
    const grows: [number, number, number][] = [
      [4_000_000, 3_000_000, 0],
      [4_000_000, 2_000_000, 600_000],
      [4_000_000, 100_000, 700_000],
    ];
    expect(watch(grows).result).toBeNull();
    expect(watch([[4_000_000, 1_000_000, 500_000]]).result).toBeNull();
    // Some MiB come and go while a kernel starts.
    expect(
      watch([
        [4_000_000, 1, NONE],
        [4_004_000, 1, NONE],
      ]).result,
    ).toBeNull();
  });

  it("is the most that there was, and what is missing is the balloon's", () => {
    const { result, balloons } = watch([
      [4_000_000, 1, NONE],
      [1_000_000, 1, NONE],
      [2_000_000, 1, NONE],
    ]);
    expect(result?.pages).toBe(1_000_000);
    expect(balloons).toEqual([0, 3_000_000, 2_000_000].map((kib) => kib / KIB_PER_PAGE));
    expect(result?.balloon).toEqual({ min: 0, max: 750_000 });
  });

  it("lacks a balloon that grows as it falls, and one that it has no room for", () => {
    const falls = watch([
      [3_000_000, 1, 250_000],
      [2_000_000, 1, 500_000],
    ]);
    expect([falls.result?.pages, falls.balloons]).toEqual([1_000_000, [250_000, 500_000]]);
    const full = watch([
      [2_000_000, 800_000, 500_000],
      [2_000_000, 700_000, 500_000],
    ]);
    expect([full.result?.pages, full.balloons]).toEqual([1_000_000, [500_000, 500_000]]);
  });

  it("has a balloon in it that does not grow as memory is added: that is what was missing, too", () => {
    const added = watch([
      [4_000_000, 1, 10_000],
      [8_000_000, 1, 10_000],
    ]);
    expect([added.result?.pages, added.balloons]).toEqual([2_000_000, [1_010_000, 10_000]]);
  });
});
