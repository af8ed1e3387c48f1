import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ImportCommandOptions } from "../../../src/sim/cli/import-log.ts";
import { importLog } from "../../../src/sim/cli/import-log.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { simulate } from "../../support/in-process/curves.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
/** Four VMs under ESX; web01 has 2 GiB and a balloon that is taken back from 900 MiB on, every 5 s from 23:59:00 UTC on. */
const HOST = join(ROOT, "test/sim/import/fixtures/esxtop/capture.csv");
const BEGIN = Date.UTC(2025, 10, 3, 23, 59);

/** A log of vmstat -t of a guest with so much free memory in KiB at each second, from some seconds before the host's log on. */
function guestLog(from: number, seconds: number, free: (second: number) => number, zone = "UTC"): string {
  const lines = [
    "procs -----------memory---------- ---swap-- -----io---- -system-- -------cpu------- -----timestamp-----",
    ` r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 ${zone}`,
  ];
  for (let s = from; s < from + seconds; s++) {
    const stamp = new Date(BEGIN + s * 1000).toISOString().slice(0, 19).replace("T", " ");
    lines.push(` 1  0      0 ${free(s)}  10000 200000    0    0     0     5  100  200  1  1 98  0  0 ${stamp}`);
  }
  const path = join(directory, "guest.log");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

async function joined(log: string, options: Partial<ImportCommandOptions> = {}): Promise<Record<string, unknown>[]> {
  const output = join(directory, "joined.jsonl");
  await importLog([log], { output, quiet: true, hostLog: [HOST], hostVm: "web01", swap: "1GiB", ...options }, "0.0.0");
  return readFileSync(output, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a guest's log and its host's, joined", () => {
  it("give the guest's demand without the balloon's pages, and the host's balloon and target, over the time of both", async () => {
    const [header, ...rows] = await joined(guestLog(-10, 40, () => 300_000));
    expect(header).toMatchObject({
      duration: 30,
      origin: { epoch: "2025-11-03T23:59:00Z", files: [{ name: "guest.log" }, { name: "capture.csv" }] },
      guest: { memory: 524_288, balloon: 230_400 },
      host: { target: { how: "measured", from: "Memctl Target MBytes of web01 in capture.csv" } },
    });
    const MIB = 256;
    expect((header as { host: { target: { points: number[][] } } }).host.target.points.slice(0, 3)).toEqual([
      [0, 900 * MIB],
      [5, 862.5 * MIB],
      [10, 825 * MIB],
    ]);
    expect(rows).toHaveLength(30);
    // At 7 s the host's last sample is that of 5 s.
    const used = 524_288 - (300_000 + 10_000 + 200_000) / 4;
    expect(rows.map(({ t, anon }) => [t, anon]).slice(4, 8)).toEqual([
      [4, used - 900 * MIB],
      [5, used - 862.5 * MIB],
      [6, used - 862.5 * MIB],
      [7, used - 862.5 * MIB],
    ]);
    const view = simulate(readFileSync(join(directory, "joined.jsonl"), "utf8"));
    expect(view.balloon.state.size).toBe(view.host.target);
  });

  it("take the host's clock in a zone of its own", async () => {
    const [header] = await joined(
      guestLog(0, 40, () => 300_000),
      { hostOffset: "-10s" },
    );
    // What the host's clock calls 23:59:10 is 23:59:00 of the guest's.
    expect(header).toMatchObject({ guest: { balloon: 211_200 } });
  });

  it("leave values unknown that the host did not log, from two of its steps behind its last sample on", async () => {
    // The host's log has no sample between 40 s and 65 s.
    const [header, ...rows] = await joined(guestLog(0, 70, () => 300_000));
    const known = rows.filter(({ anon }) => anon !== null).map(({ t }) => t);
    expect(known.slice(49, 53)).toEqual([49, 50, 65, 66]);
    const { points } = (header as { host: { target: { points: [number, number | null][] } } }).host.target;
    expect(points.filter(([, pages]) => pages === null)).toEqual([[50, null]]);
  });

  it("are doubted where the guest's own log has another size of the balloon than the host's", async () => {
    const remarks = async (pagesAt: (second: number) => number): Promise<string> => {
      const lines: string[] = [];
      for (let s = 0; s < 40; s += 5) {
        lines.push(`### ${BEGIN / 1000 + s}`, "MemTotal: 2097152 kB", "MemFree: 300000 kB", "Buffers: 10000 kB");
        lines.push("Cached: 200000 kB", "SwapTotal: 0 kB", "SwapFree: 0 kB", "### vmmemctl");
        lines.push(`target: ${pagesAt(s)} pages`, `current: ${pagesAt(s)} pages`);
      }
      const path = join(directory, "snapshots.log");
      writeFileSync(path, `${lines.join("\n")}\n`);
      const output = join(directory, "compared.jsonl");
      const { status, stderr } = await callBalloonSim([
        "import",
        path,
        "--host-log",
        HOST,
        "--host-vm",
        "web01",
        "-o",
        output,
      ]);
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      return stderr;
    };
    const [titles, ...samples] = readFileSync(HOST, "utf8")
      .split("\n")
      .map((line) => line.slice(1).split('","'));
    const column = (titles as string[]).findIndex((title) => /web01\)\\Memctl MBytes/.test(title));
    const doubt = /the balloon's size differs between the guest's log and .* in 8 of 8 samples: the clocks may differ/;
    expect(await remarks(() => 0)).toMatch(doubt);
    expect(await remarks((s) => Number(samples[s / 5]?.[column]) * 256)).not.toContain("differs");
  });

  it("find the VM by the guest's name", async () => {
    const path = join(directory, "web01.log");
    writeFileSync(
      path,
      readFileSync(
        guestLog(0, 20, () => 300_000),
        "utf8",
      ),
    );
    const output = join(directory, "named.jsonl");
    await importLog([path], { output, quiet: true, hostLog: [HOST], swap: "1GiB" }, "0.0.0");
    expect(JSON.parse(readFileSync(output, "utf8").split("\n")[0] as string).guest.balloon).toBe(230_400);
  });

  it.each<[string, number, Partial<ImportCommandOptions>, RegExp]>([
    [
      "no time in common",
      3600,
      {},
      /--host-log .*: no time in common: it covers the time from 2025-11-03T23:59:00Z to .*, and .* from 2025-11-04T00:59:00Z/,
    ],
    [
      "another machine's size",
      0,
      { memory: "8GiB" },
      /"web01" has 2GiB in this log, and "guest" has 8GiB in its own: they are not the same machine/,
    ],
    [
      "a size that is too small for the machine",
      0,
      { memory: "1GiB" },
      /"web01" has 2GiB in this log, and "guest" has 1GiB in its own: they are not the same machine/,
    ],
    [
      "no VM of that name",
      0,
      { hostVm: "web02" },
      /--host-vm "web02": .* has no machine with this name or id; did you mean "web01"\?/,
    ],
    ["a balloon said twice", 0, { balloon: "1GiB" }, /--balloon: the log contains the balloon's size/],
    [
      "several VMs to choose from",
      0,
      { hostVm: undefined as never },
      /can't tell which of its VMs is "guest": select it with --host-vm \(it has web01, db/,
    ],
    ["an offset that is none", 0, { hostOffset: "soon" }, /--host-offset/],
  ])("are refused with %s", async (_, from, options, message) => {
    await expect(
      joined(
        guestLog(from, 30, () => 300_000),
        options,
      ),
    ).rejects.toThrow(message);
  });

  it("need a host's log for options about one", async () => {
    const log = guestLog(0, 30, () => 300_000);
    await expect(importLog([log], { memory: "2GiB", hostVm: "web01", quiet: true }, "0.0.0")).rejects.toThrow(
      "--host-vm: applies to the log that --host-log names, and none is given",
    );
  });
});
