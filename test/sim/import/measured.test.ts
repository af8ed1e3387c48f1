import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatSize } from "../../../src/common/units.ts";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

/** Logs that were really measured, which stand beside the repository where it is developed, and belong to others. */
const LOGS = join(ROOT, "../shared/data/vm-traces");
const scratch = scratchDirectory();

/** Imports a log, and looks at the trace and runs the beginning of it, as a user would. */
async function importShowRun(log: string, options: readonly string[] = []) {
  const trace = join(scratch, `${log.replace(/\W+/g, "-")}${options.join("").replace(/\W+/g, "-")}.jsonl`);
  const imported = await callBalloonSim(["import", join(LOGS, log), "-o", trace, ...options]);
  expect(imported.stderr).not.toMatch(/^balloon-sim: (?!warning)/m);
  expect(imported.status).toBe(0);
  expect((await callBalloonSim(["validate", trace])).stdout).toBe(`${trace}: ok\n`);
  const run = await callBalloonSim(["run", trace, "--until", "3h", "--summary", "--format", "json"]);
  expect([run.status, run.stderr]).toEqual([0, ""]);
  return {
    text: readFileSync(trace, "utf8"),
    remarks: imported.stderr,
    shown: JSON.parse((await callBalloonSim(["show", trace, "--json"])).stdout),
    summary: JSON.parse(run.stdout),
  };
}

describe.skipIf(!existsSync(LOGS))("the importer, with logs of real machines,", () => {
  it.each([
    ["122", "16GiB", 12_420],
    ["132", "16GiB", 4068],
    ["142", "16GiB", 3973],
    ["188", "4GiB", 365],
    ["280", "4GiB", 8262],
    ["320", "12GiB", 2403],
  ])("infers for Bitbrains' VM %s the memory %s from its active memory", async (vm, memory, samples) => {
    const { shown, remarks } = await importShowRun(`bitbrains/2013-7_${vm}.csv`, ["--target", "40%"]);
    expect(formatSize(shown.guest.memory)).toBe(memory);
    expect(shown.origin.importer.options.memory).toMatchObject({ how: "inferred" });
    expect(shown.origin.importer.options.memory.evidence).toContain(`is a whole number of percents of ${memory} in `);
    expect(shown.description).toContain(`${samples} samples`);
    expect(shown.origin).toMatchObject({ zone: "UTC", zoneSource: "file" });
    expect(remarks).toContain("but the driver acts every second");
  });

  it("makes events of Bitbrains' gaps and of VMs that are off", async () => {
    const { shown } = await importShowRun("bitbrains/2013-7_132.csv", ["--target", "40%"]);
    const gaps = shown.events.filter(({ type }: { type: string }) => type === "gap");
    // Stamps 113,413 s apart: one step of 300 s is known.
    expect(gaps.map(({ atUs, untilUs }: { atUs: number; untilUs: number }) => (untilUs - atUs) / 1e6)).toContain(
      113_113,
    );
    const off = (await importShowRun("bitbrains/2013-7_320.csv", ["--target", "40%"])).shown;
    expect(off.events.slice(0, 2)).toMatchObject([{ type: "power-off", atUs: 0 }, { type: "power-on" }]);
    const doubled = (await importShowRun("bitbrains/2013-7_122.csv", ["--target", "40%"])).shown;
    expect(doubled.events).toContainEqual(
      expect.objectContaining({ type: "duplicate", text: expect.stringContaining("4220 samples") }),
    );
  });

  it("reads Materna's VM with the RAM of its log, and Berlin's time", async () => {
    const { shown, remarks } = await importShowRun("materna/01.csv", ["--target", "30%"]);
    expect(shown.guest.memory).toBe(1_048_576);
    expect(shown.origin).toMatchObject({ epoch: "2015-11-04T22:55:01Z", zone: "Europe/Berlin", zoneSource: "assumed" });
    expect(remarks).toContain("Europe/Berlin is assumed");
  });

  it.each([
    ["styx", "1GiB", 0],
    ["portunus", "2GiB", 1300.15],
    ["hermes", "2GiB", 1300.15],
    ["ananke", "2GiB", 1300.16],
    ["ouranos", "1GiB", 14.98],
    ["poseidon", "6GiB", 1230.57],
  ])("reads esxtop's VM %s with %s, and the target of %d MiB", async (vm, memory, target) => {
    const { shown, text } = await importShowRun("esxtop/esxtop-mem-only.derived.csv", ["--vm", vm]);
    expect(formatSize(shown.guest.memory)).toBe(memory);
    expect(shown.series[0]).toMatchObject({ name: "target", how: "measured", max: Math.round(target * 256) });
    expect(text.split("\n")[1]).toContain(`"balloonTarget":${target},`);
  });

  it("reads the same VMs in esxtop's smaller capture, without their targets", async () => {
    const { shown, remarks } = await importShowRun("esxtop/small-esxtop-data.csv", ["--vm", "poseidon"]);
    expect(formatSize(shown.guest.memory)).toBe("6GiB");
    expect(remarks).toContain("the log has no balloon target");
    const host = (await importShowRun("esxtop/small-esxtop-data.csv", ["--vm", "localhost.home"])).shown;
    expect(host.series[0]).toMatchObject({ how: "measured", min: 5329 * 256, max: 5330 * 256 });
  });

  it.each([
    [
      "vmstat/marionavarra-vmstat-t-1.log",
      ["--memory", "30GiB", "--tz", "Europe/Madrid"],
      2179,
      "2018-03-21T08:03:09Z",
    ],
    [
      "vmstat/ramindin-cron-vmstat.log",
      ["--memory", "2GiB", "--interval", "5s", "--tz", "Asia/Kolkata"],
      1460,
      "2019-08-28T10:32:01Z",
    ],
    ["proc-capture/vmstat-t-1.log", ["--memory", "24106MiB"], 50, "2026-11-22T23:20:41Z"],
    ["proc-capture/vmstat-n-w-t.log", ["--memory", "24106MiB"], 50, "2026-11-22T23:20:41Z"],
  ])("reads %s", async (log, options, samples, epoch) => {
    const { shown } = await importShowRun(log, [...options, "--target", "25%"]);
    expect(shown.description).toContain(`${samples} samples`);
    expect(shown.origin.epoch).toBe(epoch);
  });

  it("makes nearly the same trace of vmstat's two layouts", async () => {
    const [first, second] = await inTurn(
      ["proc-capture/vmstat-t-1.log", "proc-capture/vmstat-n-w-t.log"],
      async (log) =>
        (await importShowRun(log, ["--memory", "24106MiB", "--target", "25%"])).text
          .trimEnd()
          .split("\n")
          .slice(1)
          .map((line) => JSON.parse(line)),
    );
    expect(first).toHaveLength(50);
    first?.forEach(({ t, fileSet }, i) => {
      expect(second?.[i].t).toBe(t);
      expect(Math.abs(second?.[i].fileSet - fileSet)).toBeLessThan(2000);
    });
  });

  it("reads Alibaba's machines", async () => {
    const { shown } = await importShowRun("alibaba-2018/machine_usage.m_1932_m_1933.csv", [
      "--vm",
      "m_1933",
      "--memory",
      "96GiB",
    ]);
    expect(shown.description).toContain("7193 samples");
    expect(shown.events.some(({ type }: { type: string }) => type === "gap")).toBe(true);
  });

  it.each([
    ["alibaba-2018/machine_meta.slice.csv", "it has no series of memory: import machine_usage.csv"],
    ["proc-capture/local.sa", "convert it to text first: sadf -j FILE"],
    ["govc/vcenter-mem-counters.csv", "which matches none of the supported formats"],
    ["govc/esx-vm-mem.derived.csv", "which matches none of the supported formats"],
    ["vmstat/ramindin-cron-vmstat.log", "rows without times"],
  ])("refuses %s: %s", async (log, message) => {
    const { status, stderr } = await callBalloonSim(["import", join(LOGS, log), "--memory", "2GiB"]);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
