import { describe, expect, it } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { NativeError } from "../../../src/common/native/native-error.ts";
import { measureMachine } from "../../../src/sim/gauge/measure-machine.ts";
import type { MeasuredCosts } from "../../../src/sim/gauge/measured-costs.ts";
import { COST_FIELDS, type Costs } from "../../../src/sim/trace/types.ts";
import { FakePlace, meminfo } from "../../support/fakes/fake-gauge.ts";

const OPTIONS = { forUs: 10_000_000, swap: true, directory: "/data" };

const measure = (at: FakePlace, options: Partial<typeof OPTIONS> = {}): Promise<MeasuredCosts> =>
  measureMachine({ ...OPTIONS, ...options }, at);

const costOf = ({ costs }: MeasuredCosts, field: keyof Costs) => {
  const cost = costs.find((each) => each.field === field);
  if (cost === undefined) throw new Error(`no cost ${field}`);
  return cost;
};

describe("measuring a machine", () => {
  it("tells every cost: its median, or why it is kept", async () => {
    const measured = await measure(new FakePlace());
    expect(measured.costs.map(({ field }) => field)).toEqual(COST_FIELDS);
    const medians = Object.fromEntries(measured.costs.map(({ field, interval }) => [field, interval?.median ?? null]));
    expect(medians).toEqual({
      ...{ allocNs: null, freeNs: null, scanNs: null, swapOutNs: null, flushNs: null },
      ...{ faultNs: 700, touchNs: 12, ageNs: 800, unmapNs: 800 },
      ...{ swapWriteNs: 15_000, swapReadNs: 25_000, swapFaultNs: 2000, fileReadNs: 7000, fileWriteNs: 9000 },
    });
    expect(costOf(measured, "freeNs").note).toContain("MADV_DONTNEED takes 80 ns");
    expect(costOf(measured, "scanNs").note).toContain("takes 300 ns");
    expect(measured).toMatchObject({ hz: 1000, processors: 4, kernel: "6.1.0-test", remarks: [] });
  });

  it("takes the median of passes, without the first of each kind", async () => {
    const at = new FakePlace();
    const faults = [99_999, 10, 30, 20];
    at.memoryFigures = (number) => ({ faultNs: faults[number] ?? 20, touchNs: 1, releaseNs: 1 });
    const measured = await measure(at, { forUs: 1 });
    expect(costOf(measured, "faultNs").interval).toEqual({ median: 20, low: 10, high: 30, count: 3, coverage: 0.75 });
  });

  it("takes three passes of each kind at least, also if the time is over, and says that it took longer", async () => {
    const at = new FakePlace();
    at.tookMs = { memory: 20, file: 2000, swap: 1000 };
    const { remarks } = await measure(at, { forUs: 1_000_000 });
    expect([at.count("memory"), at.count("file"), at.count("swap")]).toEqual([4, 4, 4]);
    expect(remarks).toEqual(["it took 12s instead of 1s: 3 passes of each kind take so long here"]);
  });

  it("says nothing of the end of the last pass", async () => {
    const at = new FakePlace();
    at.tookMs = { memory: 20, file: 3000, swap: 0 };
    // Four passes of the file and all of memory take 22 seconds.
    expect((await measure(at, { forUs: 23_000_000, swap: false })).remarks).toEqual([]);
    expect(at.nowMs() - 5000).toBeGreaterThan(24_000);
  });

  it("gives each kind the same share of the time, and writes no more than a gibibyte to a disk", async () => {
    const at = new FakePlace();
    await measure(at, { forUs: 30_000_000 });
    expect(at.count("memory")).toBeGreaterThan(400);
    expect(at.count("file") * 200).toBeGreaterThan(9000);
    expect(at.count("swap") * 400).toBeGreaterThan(9000);
    const long = new FakePlace();
    await measure(long, { forUs: 3_600_000_000 });
    expect([long.count("memory"), long.count("file"), long.count("swap")]).toEqual([501, 65, 65]);
    const toDisks = long.taken.filter(([kind]) => kind !== "memory");
    expect(new Set(toDisks.map(([, pages]) => pages))).toEqual(new Set([4096]));
  });

  it("measures a slow disk in smaller regions", async () => {
    const at = new FakePlace();
    at.tookMs = { memory: 20, file: 5000, swap: 400 };
    await measure(at);
    const sizes = at.taken.filter(([kind]) => kind === "file").map(([, pages]) => pages);
    // An eighth of ten seconds is a quarter of five.
    expect(sizes.slice(0, 3)).toEqual([4096, 1024, 1024]);
  });

  it("refuses to begin where the margin of free memory would be touched", async () => {
    const at = new FakePlace();
    at.files.set("/proc/meminfo", meminfo(70_000));
    await expect(measure(at)).rejects.toThrow(/^68\.36MiB of memory are available, expected at least 80MiB/);
    expect(at.taken).toEqual([]);
  });

  it("ends as soon as memory becomes short", async () => {
    const at = new FakePlace();
    at.beforePass = (number) => {
      if (number === 5) at.files.set("/proc/meminfo", meminfo(90_000));
    };
    await expect(measure(at)).rejects.toThrow(RunError);
    // A pass to a disk takes less memory: that to memory is the next one that is refused.
    expect(at.taken.map(([kind]) => kind)).toEqual(["memory", "memory", "file", "file", "swap", "swap"]);

    const later = new FakePlace();
    later.beforePass = (number) => {
      if (number === 50) later.files.set("/proc/meminfo", meminfo(90_000));
    };
    const { remarks } = await measure(later);
    expect(later.taken).toHaveLength(51);
    expect(remarks).toEqual(["memory became short: 87.89MiB are available: measuring has ended early"]);
  });

  it("keeps the costs of files where there is no disk, no room, or no directory", async () => {
    const inMemory = new FakePlace();
    inMemory.place = () => ({ isInMemory: true, freeBytes: 2 ** 40 });
    const full = new FakePlace();
    full.place = () => ({ isInMemory: false, freeBytes: 2 ** 24 });
    const missing = new FakePlace();
    missing.place = () => {
      throw Object.assign(new Error(), { code: "ENOENT", syscall: "statfs" });
    };
    const notes = await Promise.all(
      [inMemory, full, missing].map(async (at) => {
        const measured = await measure(at);
        expect(at.count("file")).toBe(0);
        expect(costOf(measured, "unmapNs").interval).toBeNull();
        expect(costOf(measured, "faultNs").interval).not.toBeNull();
        return costOf(measured, "fileReadNs").note;
      }),
    );
    expect(notes).toEqual([
      "not measured, kept: files in /data are in memory: set TMPDIR to a directory on a disk",
      "not measured, kept: less than 64MiB is free in /data: set TMPDIR to a directory on a disk",
      "not measured, kept: /data: no such file or directory: set TMPDIR to a directory on a disk",
    ]);
  });

  it("keeps the costs of files where the system refuses one, and measures the rest", async () => {
    const at = new FakePlace();
    at.fileFigures = () => {
      throw new NativeError("SYSTEM", "can't create a file in /data: Permission denied (EACCES)");
    };
    const measured = await measure(at);
    expect(at.count("file")).toBe(1);
    expect(costOf(measured, "fileWriteNs").note).toContain("kept: can't create a file in /data");
    expect(costOf(measured, "swapReadNs").interval).not.toBeNull();
    at.memoryFigures = () => {
      throw new NativeError("SYSTEM", "can't map memory to measure");
    };
    await expect(measure(at)).rejects.toThrow("can't map memory");
  });

  it.each([
    ["without leave", { total: 1_048_576, free: 1_048_576 }, false, "without --swap nothing is written to swap"],
    ["without swap", { total: 0, free: 0 }, true, "this machine has no swap"],
    ["half full", { total: 1_048_576, free: 530_000 }, true, "517.58MiB of swap can be used: expected half of it"],
  ])("writes nothing to swap %s", async (_what, swap, leave, why) => {
    const at = new FakePlace();
    at.files.set("/proc/meminfo", meminfo(800_000, swap));
    const measured = await measure(at, { swap: leave });
    expect(at.count("swap")).toBe(0);
    expect(costOf(measured, "swapWriteNs").note).toContain(`not measured, kept: ${why}`);
    expect(costOf(measured, "swapReadNs").interval).toBeNull();
  });

  it("keeps what the kernel does not do, and does not ask again for swap", async () => {
    const at = new FakePlace();
    at.fileFigures = () => ({ writeNs: 5, readNs: null, dropNs: null, reclaimNs: null });
    at.swapFigures = () => ({ swapWriteNs: null, swapReadNs: null, swapFaultNs: null });
    const measured = await measure(at);
    for (const field of ["fileReadNs", "fileWriteNs", "unmapNs", "swapWriteNs", "swapReadNs", "swapFaultNs"] as const) {
      expect(costOf(measured, field)).toMatchObject({
        interval: null,
        note: expect.stringMatching(/^not measured, kept: the kernel /),
      });
    }
    expect(at.count("swap")).toBe(1);
  });

  it("keeps the cost of unmapping where it is lost in the noise", async () => {
    const at = new FakePlace();
    at.fileFigures = (number) => ({ writeNs: 5, readNs: 5, dropNs: 300, reclaimNs: number % 2 === 0 ? 200 : 500 });
    expect(costOf(await measure(at), "unmapNs")).toMatchObject({
      interval: null,
      note: "not measured, kept: it is smaller than what differs between passes",
    });
  });

  it("remarks that a machine was busy", async () => {
    const at = new FakePlace();
    at.files.set("/proc/loadavg", "1.50 0.20 0.30 1/100 1234");
    const { remarks, load } = await measure(at);
    expect(load).toEqual({ average: 1.5, waited: null, stolen: null });
    expect(remarks).toEqual([
      "the machine was busy, which changes the costs: load average 1.5: measure it again when it is idle",
    ]);
  });
});
