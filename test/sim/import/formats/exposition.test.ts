import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exposition } from "../../../../src/sim/import/formats/exposition.ts";
import { importTexts, linesOf } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/exposition/web04.prom"), "utf8");

describeReader(exposition, {
  fixture: "web04.prom",
  machines: { web04: 19 },
  hasMissing: true,
  damages: [
    {
      line: 7,
      from: /\S+$/,
      to: "lots",
      column: 28,
      says: /expected node_memory_MemTotal_bytes, a number, found "lots"/,
    },
    { line: 7, from: /^/, to: "} ", column: 1, says: /expected a metric, its labels and its value/ },
  ],
});

const directory = scratchDirectory();
const read = async (text: string, more = {}) => {
  const { traces } = await importTexts(directory, [{ name: "a.prom", text }], more);
  return { ids: [...traces.keys()], lines: [...traces.values()].map(linesOf) };
};
const scrape = (free: number, time = "") =>
  `node_memory_MemTotal_bytes 8.589934592e+09${time}\nnode_memory_MemFree_bytes ${free}${time}\n`;

describe("scrapes", () => {
  it("have times of their own, or --interval", async () => {
    const own = await read(scrape(4096, " 1795737570250") + scrape(8192, " 1795737585250"));
    expect(own.lines[0]?.[0].origin.epoch).toBe("2026-11-26T23:59:30.25Z");
    expect(own.lines[0]?.slice(1).map(({ t }) => t)).toEqual([0, 15]);
    const counted = await read(scrape(4096) + scrape(8192) + scrape(8192), { interval: "20s" });
    expect(counted.lines[0]?.slice(1).map(({ t }) => t)).toEqual([0, 20, 40]);
    await expect(read(scrape(4096))).rejects.toThrow(/a\.prom:1:1: scrapes without times: .*--interval/);
  });

  it("of vmware_exporter have many machines", async () => {
    const vm = (name: string) => `vmware_vm_mem_active_average{vm_name="${name}",host_name="e"} 1024\n`;
    const text = `1795737570\n${vm("a")}${vm("b")}1795737590\n${vm("a")}${vm("b")}`;
    expect((await read(text, { memory: "4GiB" })).ids).toEqual(["a", "b"]);
  });

  it("are what the kernel said", async () => {
    const { lines } = await read(fixture);
    expect(lines[0]?.[0].guest).toMatchObject({ memory: 2_014_980 / 4, swap: 262_143 });
    expect(lines[0]?.[0].origin.epoch).toBe("2026-11-26T23:59:30Z");
  });
});
