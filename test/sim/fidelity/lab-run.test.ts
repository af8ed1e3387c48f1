import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readLabRun } from "../../../src/sim/fidelity/lab/lab-run.ts";
import { replay } from "../../../src/sim/fidelity/replay.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace, validateText } from "../../../src/sim/trace/read.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { comparedText } from "../../support/data/compared-runs.ts";
import { driverRunText, labRunFiles, labRunText, vmRunText } from "../../support/data/lab-runs.ts";

const run = (file: string) => readLabRun(labRunText(file), file, "scenario");
/** Recorded on another machine, once each. */
const OLDER_RUNS = new URL("../run/kernel/", import.meta.url);
const text = (trace: object): string => JSON.stringify(trace);

describe("a recorded run as a trace", () => {
  test.each(["refusals.1.csv", "spike-touched.1.csv", "reread-noswap.1.csv"])("%s", async (file) => {
    const json = `${JSON.stringify(run(file).replay.trace, null, 2)}\n`;
    await expect(json).toMatchFileSnapshot(`golden/${file.replace(".1.csv", "")}.trace.json`);
  });

  const older = readdirSync(OLDER_RUNS).filter((name) => name.endsWith(".csv"));
  const recordings = [
    ...labRunFiles().map((file) => [file, labRunText(file)] as const),
    ...["seed-thp-static.csv", "seed-nothp-static.csv"].map((file) => [`VM lab ${file}`, vmRunText(file)] as const),
    ...["plenty", "static", "cache"].map((name) => {
      const file = `virtio-${name}.1.csv`;
      return [`VM lab ${file}`, driverRunText(file)] as const;
    }),
    ...["working-daemon", "reading-low"].map((name) => {
      const file = `compare-${name}.1.csv`;
      return [`VM lab ${file}`, comparedText(file)] as const;
    }),
    ...older.map((file) => [`older ${file}`, readFileSync(new URL(file, OLDER_RUNS), "utf8")] as const),
  ];

  test.each(recordings)("%s begins as it was recorded", (file, log) => {
    const { replay: asked, curves, timeUs } = readLabRun(log, file, "scenario");
    expect(validateText(text(asked.trace))).toEqual([]);
    const simulation = new Simulation(readTrace(text(asked.trace)), {
      rates: asked.rates,
      // The first command of a script may come at one second.
      untilUs: asked.leadUs + 900_000,
    });
    simulation.run();
    const { guest, trace }: RunView = simulation.view;
    const first = (id: "free" | "cache" | "anon" | "swap" | "size") => curves.get(id)?.[1];
    const files = simulation.parts.guest.memory.workloads
      .filter(({ spec }) => asked.tmpfs.includes(spec.name))
      .reduce((sum, { resident }) => sum + resident, 0);
    const cache = guest.cache + asked.fixedCache + files;
    expect([guest.free, cache, guest.anon - files, guest.swap, guest.balloon]).toEqual(
      (["free", "cache", "anon", "swap", "size"] as const).map(first),
    );
    expect(trace.durationUs).toBeGreaterThanOrEqual((timeUs.at(-1) as number) + asked.leadUs);
  });

  test("a run of the daemon has its limits, its own memory, and its balloon apart from the anonymous memory of others", () => {
    const { replay, curves, unmodelled } = readLabRun(comparedText("compare-working-low.1.csv"), "run.csv", "x");
    const { guest, workloads } = replay.trace as { guest: object; workloads: { name: string; fileSet?: number }[] };
    expect(guest).toMatchObject({ profile: "balloon-hw", floor: 8192 });
    expect(guest).not.toHaveProperty("psiLimit");
    expect(replay.rates).toMatchObject({ nosleepAllocMax: 94_689, slowCycles: 1 });
    expect(workloads.map(({ name }) => name)).toEqual(["root", "system", "hog", "programs", "balloon-hw"]);
    expect(workloads.at(-1)?.fileSet).toBeGreaterThan(10_000);
    // The first row of a run has no balloon; 400 MiB of a hog and the daemon's own anonymous memory stay beside it.
    const anon = curves.get("anon") as readonly number[];
    expect(Math.max(...anon)).toBeLessThan(1.1 * (anon[0] as number));
    expect(curves.has("rate")).toBe(false);
    expect(unmodelled).toEqual(["driver=balloon-hw (how it uses its own memory)"]);
  });

  test("a run that ends before all commands of its script is replayed with those that were given", () => {
    const commands = "target=200000 hold=25 hog2=9 hog2at=30 hogstop=30 refuse=1:5@2,9:5@30 resets=3,30 secs=8";
    const log = vmRunText("seed-nothp-static.csv").replace(/^# mem=.*$/m, `# mem=1024M cpus=2 hog=300 ${commands}`);
    const lines = log.split("\n").filter((line) => !/^\d/.test(line) || Number.parseFloat(line) < 9);
    const { trace } = readLabRun(lines.join("\n"), "run.csv", "x").replay;
    expect(validateText(text(trace))).toEqual([]);
    const { host, workloads } = trace as { host: Record<string, unknown[]>; workloads: { name: string }[] };
    expect([host.target?.length, host.refusals?.length, host.resets?.length]).toEqual([2, 1, 1]);
    expect(workloads.map(({ name }) => name)).not.toContain("hog2");
  });

  test("a guest with a zone DMA keeps a 256th of the memory above it free there, one of Linux 6.12 seems not to", () => {
    const reserveOf = (log: string) => (readLabRun(log, "run.csv", "x").replay.trace as { guest: object }).guest;
    const vm = vmRunText("seed-nothp-static.csv");
    // MemTotal 996,340 KiB less the 3,807 pages of the zone.
    expect(reserveOf(vm)).toMatchObject({ lowmemReserve: 958 });
    expect(reserveOf(vm.replace("lab kernel 6.1.0", "lab kernel 6.12.0"))).not.toHaveProperty("lowmemReserve");
    expect(reserveOf(labRunText("refusals.1.csv"))).not.toHaveProperty("lowmemReserve");
  });

  test("a run with the multi-generational LRU has it, and the programs of its root file system as young as its hogs", () => {
    const log = vmRunText("seed-nothp-static.csv").replace("thp=never", "thp=never mglru=y");
    const { replay, unmodelled } = readLabRun(log, "run.csv", "x");
    expect([validateText(text(replay.trace)), unmodelled]).toEqual([[], []]);
    const { guest, workloads } = replay.trace as { guest: object; workloads: { name: string; anon: number }[] };
    expect(guest).toMatchObject({ lru: "mglru" });
    expect(workloads.map(({ name }) => name)).toEqual(["root", "system", "hog", "programs"]);
    const inFiles = workloads.filter(({ name }) => replay.tmpfs.includes(name)).map(({ anon }) => anon);
    expect(inFiles.reduce((a, b) => a + b)).toBe(readLabRun(log, "run.csv", "x").curves.get("cache")?.[1]);
  });

  test("a stall of the growing balloon that a row meets says how long before it the cycle began", () => {
    const rows = (us: number) =>
      labRunText("refusals.1.csv").replace(/^(1[5-9]|2\d)(.*),0,0$/gm, (_, t, rest) => {
        const sofar = t === "15" ? us : us + 400_000;
        return `${t}${rest},${sofar},${sofar}`;
      });
    const lead = (us: number) => readLabRun(rows(us), "run.csv", "x").replay.leadUs;
    expect(lead(250_000) - lead(30_000)).toBe(220_000);
    // A stall that is over by then says nothing.
    expect(lead(900_000)).toBe(run("refusals.1.csv").replay.leadUs);
  });

  test("in the VM lab the first pages in the balloon say how long before the row the cycle began: 12 µs for each", () => {
    const log = vmRunText("seed-nothp-static.csv");
    const withPages = (pages: number) => log.replace(/^(3\.\d+,200000),16385,/m, `$1,${pages},`);
    const lead = (pages: number) => readLabRun(withPages(pages), "run.csv", "x").replay.leadUs;
    expect([lead(16_000) - lead(10_000), lead(40_000) - lead(30_000)]).toEqual([72_000, 120_000]);
  });

  test("in the VM lab the script's clock is ahead of the rows' where the driver has worked for longer than its target was there", () => {
    const changedUs = (log: string): number => {
      const { trace, leadUs } = readLabRun(log, "run.csv", "x").replay;
      const { target } = (trace as { host: { target: [number, number][] } }).host;
      return Math.round(((target[1] as [number, number])[0] as number) * 1e6) - leadUs;
    };
    const log = vmRunText("seed-nothp-static.csv");
    expect(changedUs(log)).toBe(2_000_000);
    // 5,000 pages at 2.02 s are 60 ms: the cycle began at 1.96, and the change 50 ms before it.
    expect(changedUs(log.replace(/^2\.\d+,0,0,/m, "2.020,200000,5000,"))).toBe(1_910_000);
  });

  test("a hog that touches its memory again has done so for 0.7 s when the rows begin", () => {
    const phase = (settings: string): number | undefined => {
      const log = vmRunText("seed-nothp-static.csv").replace(
        /^# mem=.*$/m,
        `# mem=1024M cpus=2 driver=seed thp=never swap=1 ${settings}`,
      );
      return readLabRun(log, "run.csv", "x").replay.lapPhases?.get("hog");
    };
    expect(phase("hog=280 hograte=100 target=200000")).toBeCloseTo(0.25, 10);
    expect(phase("hog=28 hograte=100 target=200000")).toBeCloseTo(0.5, 10);
    expect([phase("hog=280 target=200000"), phase("target=200000")]).toEqual([0, 0]);
  });

  test("a host of the VM lab takes its time for each page, that of the kernel lab has it in the driver's costs", () => {
    const callCost = (log: string): unknown =>
      (readLabRun(log, "run.csv", "x").replay.trace as { host: { callCost: string } }).host.callCost;
    expect(callCost(vmRunText("seed-nothp-static.csv"))).toBe("12us");
    expect(callCost(labRunText("refusals.1.csv"))).toBe("100ns");
  });

  test("of a driver that the host interrupts follows the script, which is ahead of the rows as the first pages show", () => {
    const log = driverRunText("virtio-plenty.1.csv").replace(/^2\.\d+,120000,\d+,/m, "2.017,120000,17664,");
    const targetsOf = (recorded: string) => {
      const { trace, leadUs } = readLabRun(recorded, "run.csv", "x").replay;
      const { target } = (trace as { host: { target: [number, number][] } }).host;
      return target.map(([s, pages]) => [Math.round(s * 1e6) - leadUs, pages]);
    };
    // 17,664 pages at 190,000 a second are 93 ms before 2.017.
    expect(targetsOf(log).slice(1, 3)).toEqual([
      [1_924_032, 120_000],
      [7_924_032, 10_000],
    ]);
    const later = log.replace("2.017,120000,17664,", "2.017,120000,1900,");
    expect(targetsOf(later)[1]).toEqual([2_007_000, 120_000]);
    // What can't be the two clocks is not taken for it.
    expect(targetsOf(log.replace("2.017,120000,17664,", "2.017,120000,117664,"))[1]).toEqual([1_800_000, 120_000]);
    expect(targetsOf(log.replace(/^(\d[\d.]*,\d+),\d+,/gm, "$1,0,"))[1]).toEqual([2_000_000, 120_000]);
  });

  test("of a driver has the costs of its host", () => {
    const host = (recorded: string) => (readLabRun(recorded, "run.csv", "x").replay.trace as { host: object }).host;
    expect(host(driverRunText("virtio-plenty.1.csv"))).toMatchObject({
      ...{ callCost: "10us", entryCost: "4.9us", unlockEntryCost: "1.5us" },
    });
    expect(host(driverRunText("mainline-2m-plenty.1.csv"))).toMatchObject({
      ...{
        callCost: "1us",
        entryCost: "9us",
        largeEntryCost: "4608us",
        unlockEntryCost: "2us",
        capabilities: ["batched", "batched-2m"],
      },
    });
    expect(host(driverRunText("mainline-4k-plenty.1.csv"))).toMatchObject({ callCost: "9us", capabilities: [] });
    expect(host(labRunText("refusals.1.csv"))).toMatchObject({ callCost: "100ns" });
  });

  test("with a slow disk has the costs of that disk at least, on any machine", () => {
    const text = driverRunText("mainline-2m-touched.1.csv");
    const on = (disk: string) => readLabRun(text.replace(" swap=1 ", ` swap=1 disk=${disk} `), "run.csv", "x");
    const stall = (disk: string, swapReadNs: number) => replay(on(disk), { swapReadNs }).curves.get("some")?.at(-1);
    expect(on("ram").replay.leastCosts).toEqual({});
    expect(on("ssd").replay.leastCosts).toEqual({ swapReadNs: 130_000, swapFaultNs: 43_000, swapWriteNs: 15_400 });
    expect(stall("san", 1)).toBe(stall("san", 185_000));
    expect(stall("san", 1)).not.toBe(stall("san", 1e6));
    expect(stall("san", 1)).not.toBe(stall("ram", 1));
    expect(() => on("floppy")).toThrow('run.csv:1: disk: expected one of ram, ssd, san, found "floppy"');
  });

  test("names the figures that its driver does not have", () => {
    const { unrecorded } = readLabRun(driverRunText("virtio-plenty.1.csv"), "run.csv", "x");
    expect(unrecorded).toEqual(["rate_alloc", "rate_free", "nosleep", "nosleep_fail", "sleep", "sleep_fail"]);
    expect(run("refusals.1.csv").unrecorded).toEqual([]);
  });

  test("workloads of every kind that the labs' scripts start", () => {
    const more = "hog=150 hograte=20 hogstop=7 hog2=10 hog3=5 hog3rate=1 hog3at=4 swappiness=10";
    const log = labRunText("reread-noswap.1.csv").replace(/hog=150/, more);
    const { trace, leadUs } = readLabRun(log, "run.csv", "x").replay;
    expect(validateText(text(trace))).toEqual([]);
    const at = (seconds: number) => (seconds * 1e6 + leadUs) / 1e6;
    expect(trace).toMatchObject({
      guest: { swappiness: 10 },
      workloads: expect.arrayContaining([
        expect.objectContaining({
          name: "hog",
          anon: [
            [0, 38_400],
            [at(7), 0],
          ],
          touch: 5120,
        }),
        {
          name: "hog2",
          anon: [
            [0, 0],
            [at(10), 2560],
          ],
        },
        {
          name: "hog3",
          anon: [
            [0, 0],
            [at(4), 1280],
          ],
          touch: 256,
        },
      ]),
    });
    const written = labRunText("reread-noswap.1.csv").replace("cache=400", "cache=380 dirty=20");
    expect(readLabRun(written, "run.csv", "x").replay.trace).toMatchObject({
      workloads: expect.arrayContaining([{ name: "dirty", fileSet: 5120, fileWrite: expect.any(Number) }]),
    });
  });

  test("refusals that come take the place of those that were left", () => {
    const { trace } = readTrace(text(run("refusals.1.csv").replay.trace));
    const [first, second, reset] = trace.host.rules;
    expect(first).toMatchObject({ command: "lock", count: 16, status: 5, untilUs: second?.fromUs });
    expect(second).toMatchObject({ command: "lock", count: 2000, status: 2, untilUs: Number.POSITIVE_INFINITY });
    expect(reset).toMatchObject({ command: "get-target", count: 1, status: 7 });
  });
});

describe("a recorded run that can't be replayed is refused", () => {
  const log = labRunText("reread-noswap.1.csv");
  test.each([
    [
      log.replace("low ", "low 9"),
      /^run\.csv:3: expected the watermarks low \d+ and high \d+, those of Linux 6\.1 with this min, found 9\d+ and \d+$/,
    ],
    [
      log.replace("reread=150", "reread=500"),
      /^run\.csv:1: reread=500: expected no more than cache=400, which was read/,
    ],
    [
      log.replace("hog=150", "hog=950"),
      /^run\.csv:7: expected hog and cache in memory when the recording begins, found less$/,
    ],
    [
      labRunText("refusals.1.csv").replaceAll(",1048572,", ",1048000,"),
      /^run\.csv:7: expected empty swap, an empty balloon and no OOM kills at the beginning of the recording$/,
    ],
  ])("%#", (damaged, message) => {
    expect(() => readLabRun(damaged, "run.csv", "x")).toThrow(message);
  });
});
