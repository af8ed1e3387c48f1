import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alibaba } from "../../../../src/sim/import/formats/alibaba.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

describeReader(alibaba, {
  fixture: "machine_usage.csv",
  options: { memory: "96GiB" },
  machines: { m_71: 40, m_2804: 40 },
  hasMissing: true,
  damages: [
    { line: 3, from: /^m_71,\d+,(\d+),\d+/, to: "m_71,86600,$1,7o", column: 15, says: /expected mem_util_percent/ },
    { line: 4, from: /^m_71,\d+/, to: "m_71,", column: 6, says: /a row without a time/ },
    { line: 5, from: "m_71", to: "x_71", column: 1, says: /expected 9 fields that begin with m_/ },
    { line: 6, from: /,[^,]*$/, to: "", column: 1, says: /expected 9 fields that begin with m_/ },
    { line: 50, from: /^m_2804,\d+/, to: "m_2804,7", column: null, says: /the time of m_2804 goes back/ },
  ],
  grow: (text, times) => {
    const rows = text.trimEnd().split("\n");
    return `${Array.from({ length: times }, (_, i) =>
      rows.map((row) => row.replace(/^m_(\d+)/, (_, id) => `m_${id}${i}`)).join("\n"),
    ).join("\n")}\n`;
  },
});

describe("Alibaba's logs", () => {
  const directory = scratchDirectory();
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/alibaba/machine_usage.csv"), "utf8");

  it("are of percent of the RAM that the user gives", async () => {
    const [row] = text.split("\n") as [string];
    const percent = Number(row.split(",")[3]);
    const { traces } = await importTexts(directory, [{ name: "machine_usage.csv", text }], { memory: "1GiB" });
    const first = JSON.parse((traces.get("m_71") as string).split("\n")[1] as string);
    expect(first).toEqual({ t: 0, anon: Math.round((262_144 * percent) / 100), measured: { used: percent } });
  });

  it("have irregular steps, which are no gaps, and gaps", async () => {
    const { traces } = await importTexts(directory, [{ name: "machine_usage.csv", text }], { memory: "1GiB" });
    for (const trace of traces.values()) expect(trace.match(/"type":"gap"/g)).toHaveLength(1);
    const narrow = await importTexts(directory, [{ name: "machine_usage.csv", text }], { memory: "1GiB", gap: "1m" });
    expect((narrow.traces.get("m_71") as string).match(/"type":"gap"/g)?.length).toBeGreaterThan(3);
  });

  it("may be of containers", async () => {
    const containers = text.replace(/^m_(\d+),/gm, "c_$1,m_9,").replace(/$(?=\n)/gm, ",1");
    const { traces } = await importTexts(directory, [{ name: "container_usage.csv", text: containers }], {
      memory: "1GiB",
    });
    const machines = await importTexts(directory, [{ name: "machine_usage.csv", text }], { memory: "1GiB" });
    const rows = (trace: string | undefined) => (trace ?? "").split("\n").slice(1);
    expect(rows(traces.get("c_71"))).toEqual(rows(machines.traces.get("m_71")));
  });
});
