/**
 * Logs that were misread once, each with what is right: small files as users have them, imported as the command does. What
 * they stand for is a kind of mistake, which the tests of the readers look for elsewhere.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { type AllOptions, importFiles } from "../../support/in-process/import-log.ts";
import { ROOT } from "../../support/processes/command.ts";

const CASES = join(ROOT, "test/sim/import/cases");
const PAGES_PER_MIB = 256;

/** A row of a trace, or an event. */
interface Line {
  readonly t: number;
  readonly anon?: number | null;
  readonly kernelMemory?: number | null;
  readonly fileSet?: number | null;
  readonly measured?: Readonly<Record<string, number | null>>;
  readonly event?: { readonly type: string; readonly until?: number; readonly text?: string };
}

/** What these tests read of a trace's header. */
interface Header {
  readonly duration: number;
  readonly origin: {
    readonly epoch: string | null;
    readonly note: string;
    readonly importer: { readonly options: { readonly demand: { readonly model: string | null } } };
  };
  readonly guest: { readonly memory: number; readonly swap: number; readonly cpus?: number };
}

interface MachineTrace {
  readonly header: Header;
  readonly rows: readonly Line[];
  readonly events: readonly Line[];
}

/** Imports a case: the header of each machine's trace, its rows and events, and the remarks. */
async function importCase(name: string, options: AllOptions = {}) {
  const { traces, remarks } = await importFiles([new InputFile(join(CASES, name), name)], options);
  const machines = new Map(
    [...traces].map(([id, text]): [string, MachineTrace] => {
      const [header, ...lines] = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const rows = (lines as Line[]).filter(({ event }) => event === undefined);
      const events = (lines as Line[]).filter(({ event }) => event !== undefined);
      return [id, { header, rows, events }];
    }),
  );
  const only = () => {
    expect([...machines.keys()]).toHaveLength(1);
    return [...machines.values()][0] as MachineTrace;
  };
  return { machines, remarks, only };
}

describe("a log that was misread", () => {
  it("04: series of one instance in two clusters are two machines, named by the label", async () => {
    const { machines, remarks } = await importCase("04-prom-same-instance-two-clusters.json");
    expect([...machines.keys()]).toEqual(['10.0.0.5:9100{cluster="east"}', '10.0.0.5:9100{cluster="west"}']);
    const anonOf = (id: string) => new Set(machines.get(id)?.rows.map(({ anon }) => anon));
    expect(anonOf('10.0.0.5:9100{cluster="east"}')).toEqual(new Set([1024 * PAGES_PER_MIB]));
    expect(anonOf('10.0.0.5:9100{cluster="west"}')).toEqual(new Set([6144 * PAGES_PER_MIB]));
    expect(remarks.join("\n")).toContain('10.0.0.5:9100: the series of 2 machines, which differ in "cluster"');
  });

  it("19: answers of Prometheus appended to one file are one log", async () => {
    const { rows } = (await importCase("19-prom-answers-appended.json")).only();
    expect(rows.map(({ t, anon }) => [t, anon])).toEqual([
      [0, 262_144],
      [60, 287_744],
      [120, 313_344],
      [180, 338_944],
    ]);
  });

  const UTC = { tz: "UTC" };

  it("01: a comment in one report of sar does not move the next report", async () => {
    const { header, rows, events } = (await importCase("01-sar-comment-two-reports.txt", UTC)).only();
    expect([header.origin.epoch, header.duration]).toEqual(["2024-03-05T00:10:01Z", 1800]);
    expect(rows.map(({ t, measured }) => [t, measured?.swapUsed])).toEqual([
      [0, 100_000],
      [600, 100_000],
      [1200, 100_000],
    ]);
    expect(events).toEqual([{ t: 911, event: { type: "comment", text: "backup begins" } }]);
  });

  it("09: figures that a converted file never had are unknown, and the model is another", async () => {
    const { only, remarks } = await importCase("09-sadf-j-converted-old-file.json");
    const { header, rows } = only();
    expect(header.origin.importer.options.demand.model).toBe("used");
    expect(header.guest.memory).toBe(1_000_000);
    expect(rows.map(({ anon }) => anon)).toEqual([500_000, 625_000]);
    expect(remarks).toContain(
      "hosta: kbanonpg, kbslab, kbkstack, kbpgtbl: 0 in all samples, which is impossible: set to unknown",
    );
  });

  it("10: a date with dashes has the day first, with a remark", async () => {
    const { only, remarks } = await importCase("10-sar-dash-date.txt", UTC);
    expect(only().header.origin.epoch).toBe("2021-06-05T13:10:01Z");
    expect(remarks.join("\n")).toContain(
      '10-sar-dash-date.txt:1:31: "05-06-2021" is read as 2021-06-05 (day, month, year); the log has no proof of this order: --date-order month-first changes it',
    );
    const other = await importCase("10-sar-dash-date.txt", { ...UTC, dateOrder: "month-first" });
    expect(other.only().header.origin.epoch).toBe("2021-05-06T13:10:01Z");
  });

  it("11: sadf -d may begin with a restart", async () => {
    const { header, rows, events } = (await importCase("11-sadf-d-begins-with-restart.csv")).only();
    expect([header.origin.epoch, rows.length, header.guest.cpus]).toEqual(["2024-03-05T00:20:01Z", 2, 2]);
    // 00:01:10 is 18m51s before 00:20:01.
    expect(events).toEqual([
      { t: 0, event: { type: "restart", text: "the machine started anew, 18m51s before the first sample" } },
    ]);
  });

  it("13: sadf -d may have decimal commas", async () => {
    const { rows } = (await importCase("13-sadf-d-decimal-comma.csv")).only();
    expect(rows.map(({ measured }) => measured?.["x-used-part"])).toEqual([16.69, 19.07]);
  });

  it("14: sar of RHEL 5 has neither processors nor their kind in its first line", async () => {
    const { header, rows } = (await importCase("14-sar-rhel5.txt", UTC)).only();
    expect([header.origin.epoch, header.guest.memory]).toEqual(["2008-01-22T00:10:01Z", 250_000]);
    expect(rows.map(({ t, measured }) => [t, measured?.free])).toEqual([
      [0, 300_000],
      [600, 250_000],
    ]);
  });

  it("15: a date may be in words, and a blank stand for AM or PM", async () => {
    const { only, remarks } = await importCase("15-sar-date-in-words.txt", UTC);
    expect(only().header.origin.epoch).toBe("2014-09-04T02:14:30Z");
    expect(remarks.join("\n")).toContain("AM or PM is blank");
  });

  it("21: whole percents show no RAM", async () => {
    await expect(importCase("21-sar-dec0.txt", UTC)).rejects.toThrow(
      /can't be inferred \(%memused with no decimals leaves 7\.71GiB to 9\.92GiB\): give it with --memory/,
    );
    const { rows } = (await importCase("21-sar-dec0.txt", { ...UTC, memory: "8144000KiB" })).only();
    expect(rows.map(({ anon }) => anon)).toEqual([223_500, 223_500]);
  });

  it("25: what sar shows of memory is of the instant of its row", async () => {
    const { header, rows } = (await importCase("25-sar-gauge-one-step-early.txt", UTC)).only();
    expect(header.origin.epoch).toBe("2024-03-05T00:10:01Z");
    expect([rows[0]?.t, rows[0]?.measured?.free]).toEqual([0, 3_000_000]);
  });

  const guest = { memory: "2GiB" };

  it("02: rows of RHEL 6's vmstat end in date, time and zone without a title for them", async () => {
    const { only, remarks } = await importCase("02-vmstat-rhel6-t.txt", guest);
    const { rows, events } = only();
    expect(rows.filter(({ anon }) => anon !== null).map(({ t }) => t)).toEqual([0, 30, 60, 360]);
    expect(events).toEqual([{ t: 90, event: { type: "gap", until: 360, text: "no samples" } }]);
    expect(remarks.join("\n")).toContain('the zone "EDT" of the log is ambiguous');
    const { header } = (await importCase("02-vmstat-rhel6-t.txt", { ...guest, tz: "America/New_York" })).only();
    expect(header.origin.epoch).toBe("2014-05-21T16:44:01Z");
  });

  it("17: an esxtop capture that relog wrote has a zone's offset and fractions of a second", async () => {
    const { header, rows } = (await importCase("17-esxtop-relog-ms.csv", { vm: ["web01"] })).only();
    expect([header.origin.epoch, rows.length]).toEqual(["2015-03-26T17:11:12.123Z", 4]);
  });

  it("23: the first row of each run of vmstat has no rates, though runs are as long as screens", async () => {
    const { rows } = (await importCase("23-vmstat-cron-12-rows.log", guest)).only();
    expect(rows.filter(({ measured }) => measured?.ioRead === null).map(({ t }) => t)).toEqual([0, 60, 120]);
    expect(rows.every(({ measured }) => measured?.ioRead === null || measured?.ioRead === 0)).toBe(true);
  });

  it("24: runs of vmstat without dates have gaps between them, with a remark", async () => {
    const { only, remarks } = await importCase("24-vmstat-runs-no-dates.log", { ...guest, interval: "5s" });
    const { rows, events } = only();
    expect(rows.filter(({ anon }) => anon !== null)).toHaveLength(21);
    expect(events.map(({ t, event }) => [t, event?.type, event?.until])).toEqual([
      [35, "gap", 45],
      [80, "gap", 90],
    ]);
    expect(remarks.join("\n")).toContain(
      "24-vmstat-runs-no-dates.log:12:1: another run of vmstat without a date: the time since the previous run is unknown. The run is assumed to begin 15s after the last row of the previous one; values in between are unknown (and 1 more like it)",
    );
  });

  const kernelOf = (rows: readonly Line[]) => new Set(rows.map(({ kernelMemory }) => kernelMemory));

  it("05: what RAM loses is the balloon's of a virtio guest, and not the kernel's", async () => {
    const { only, remarks } = await importCase("05-snapshots-virtio-balloon.txt");
    const { header, rows } = only();
    expect(header.guest.memory).toBe(1_000_000);
    // 166 MiB with every size of the balloon.
    expect(kernelOf(rows)).toEqual(new Set([42_500]));
    expect(rows.map(({ measured }) => measured?.balloonSize)).toEqual(
      [4_000_000, 3_500_000, 3_000_000, 2_500_000, 2_000_000, 1_500_000].map((kib) => (4_000_000 - kib) / 4),
    );
    expect(remarks.join("\n")).toContain(
      "it is the largest MemTotal, and the balloon is the largest MemTotal, without",
    );
  });

  it("06: a balloon that RAM has no room for is beside it", async () => {
    const { header, rows } = (await importCase("06-snapshots-virtio-inflated.txt")).only();
    expect(header.guest.memory).toBe(1_000_000);
    expect(kernelOf(rows)).toEqual(new Set([92_500]));
    expect(new Set(rows.map(({ measured }) => measured?.balloonSize))).toEqual(new Set([500_000]));
  });

  it("08: a unit that does not fit the given size gets a remark", async () => {
    const doubted = await importCase("08-vmstat-S-M.log", { memory: "8GiB" });
    expect(doubted.remarks.join("\n")).toContain(
      "free + buff + cache are at most 0.05 % of --memory 8GiB: if the log is in MiB, as with -S M: --unit MiB",
    );
    const { only, remarks } = await importCase("08-vmstat-S-M.log", { memory: "8GiB", unit: "MiB", swap: "0KiB" });
    expect(only().rows.map(({ anon, fileSet }) => [anon, fileSet])).toEqual(
      [
        [4096, 3584],
        [4086, 3584],
        [4076, 3584],
      ].map((row) => row.map((mib) => mib * PAGES_PER_MIB)),
    );
    expect(remarks.join("\n")).not.toContain("--unit");
  });

  it("27: a balloon that the log does not have is taken as 0, with a remark", async () => {
    const { only, remarks } = await importCase("27-prom-vmware-balloon-unseen.json");
    const { kernelMemory } = (only().header as unknown as { rows: Record<string, { from: string }> }).rows;
    expect(kernelMemory?.from).toMatch(/; balloon is not in the log, taken as 0 \(--balloon\)$/);
    expect(remarks.join("\n")).toContain("the log has no balloon size: 0 is assumed (--balloon sets it)");
    const given = await importCase("27-prom-vmware-balloon-unseen.json", { balloon: "256MiB" });
    const { rows } = given.only().header as unknown as { rows: Record<string, { from: string }> };
    expect(rows.kernelMemory?.from).toMatch(/; balloon is 256MiB \(--balloon\)$/);
    expect(given.remarks.join("\n")).not.toContain("the log has no balloon size");
  });
});
