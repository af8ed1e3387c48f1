import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { machineOf, tellApart } from "../../../src/sim/import/names.ts";
import { importFiles } from "../../support/in-process/import-log.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

describe("machines that only the names of their logs tell", () => {
  const directory = scratchDirectory();
  const TITLES = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st UTC";
  /** Rows of ten seconds from a time on. */
  const rowsFrom = (at: number, free: number): string =>
    Array.from({ length: 10 }, (_, i) => {
      const time = new Date(Date.UTC(2026, 5, 5) + (at + i) * 1000).toISOString().slice(0, 19).replace("T", " ");
      return `1 0 0 ${free} 8000 250000 0 0 5 9 99 99 1 1 98 0 0 ${time}\n`;
    }).join("");
  const file = (name: string, at: number, free: number): InputFile => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${TITLES}\n${rowsFrom(at, free)}`);
    return new InputFile(path);
  };

  it.each([
    [
      ["a/h1/vmstat.log", "a/h2/vmstat.log"],
      ["h1/vmstat", "h2/vmstat"],
    ],
    [
      ["b/vmstat.log", "b/vmstat.log.1"],
      ["vmstat", "vmstat"],
    ],
    [
      ["c/vmstat.log", "c/old/vmstat.log.1"],
      ["vmstat", "old/vmstat"],
    ],
    [
      ["d/h1/mem/free.log", "d/h2/mem/free.log", "d/h2/vmstat.log"],
      ["h1/mem/free", "h2/mem/free", "vmstat"],
    ],
  ])("of %j are %j", (names, machines) => {
    const files = names.map((name) => file(name, 0, 700_000));
    tellApart(files);
    expect(files.map(machineOf)).toEqual(machines);
  });

  it("are several where files of one name are in several folders, whose times do not overlap", async () => {
    const files = [file("one/vmstat.log", 0, 700_000), file("two/vmstat.log", 60, 100_000)];
    const { traces } = await importFiles(files, { memory: "2GiB" });
    expect([...traces.keys()]).toEqual(["one/vmstat", "two/vmstat"]);
  });

  it("are one where logs are rotated, in any order", async () => {
    const files = [file("rot/v.log", 20, 500_000), file("rot/v.log.2", 0, 700_000), file("rot/v.log.1", 10, 600_000)];
    const { traces } = await importFiles(files, { memory: "2GiB" });
    const [header, ...rows] = (traces.get("v") ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(header.duration).toBe(30);
    const free = rows.map(({ measured }) => measured.free);
    expect([free[0], free[10], free[20]]).toEqual([700_000, 600_000, 500_000]);
  });

  it("have each file once", async () => {
    const twice = file("twice/v.log", 0, 700_000);
    await expect(importFiles([twice, new InputFile(twice.path)], { memory: "2GiB" })).rejects.toThrow(/is given twice/);
    const overlap = [twice, file("twice/v.log.1", 5, 700_000)];
    await expect(importFiles(overlap, { memory: "2GiB" })).rejects.toThrow(/overlap: give each period once/);
  });

  it("have a trace of one sample where --interval says how long it holds", async () => {
    const path = join(directory, "single.log");
    writeFileSync(path, `${TITLES.replace(" UTC", "")}\n 1 0 0 700000 8000 250000 0 0 5 9 99 99 1 1 98 0 0\n`);
    const { traces } = await importFiles([new InputFile(path)], { memory: "2GiB", interval: "5s" });
    expect(JSON.parse((traces.get("single") ?? "").split("\n")[0] as string).duration).toBe(5);
  });
});
