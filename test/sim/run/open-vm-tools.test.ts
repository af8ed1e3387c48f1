import { describe, expect, it, test } from "vitest";
import { OPEN_VM_TOOLS } from "../../../src/engine/index.ts";
import type { Observer } from "../../../src/sim/view/types.ts";
import { driverRuns } from "../../support/in-process/driver-runs.ts";

const GIB = 262_144;
const SOLARIS = 1;
const LINUX = 2;

const { simulation, run, expectResumable } = driverRuns(OPEN_VM_TOOLS);
type Options = Parameters<typeof run>[0] & object;

/** Beginning, size and number of all cycles. */
function cyclesOf(options: Options) {
  const cycles: { us: number; size: number; number: number }[] = [];
  const observer: Observer = {
    cycle: ({ cycle, balloon }) => cycles.push({ us: cycle.startUs, size: balloon.size, number: cycle.number }),
  };
  run({ ...options, observer });
  return cycles;
}

const stateOf = (options: Options) => run(options).parts.driver.state;

describe("a guest with the driver of open-vm-tools", () => {
  it("gives 16,384 pages a cycle, the first one a second after loading, in batches", () => {
    const cycles = cyclesOf({ host: { target: "1GiB" } });
    expect(cycles.slice(0, 17).map(({ size }) => size)).toEqual(
      Array.from({ length: 17 }, (_, i) => Math.min(GIB, (i + 1) * 16_384)),
    );
    expect(cycles[0]?.us).toBe(1_000_000);
    expect(stateOf({ host: { target: "1GiB" } })).toMatchObject({ small: GIB, large: 0, lock: 512, largeLock: 0 });
  });

  it("works a second after the end of a cycle, to the tick: it loses no second, and gains none", () => {
    // 16,384 allocations and 32 commands of 10 ms.
    const cycles = cyclesOf({ guest: { hz: 1000 }, host: { target: "1GiB", callCost: "10ms" } });
    const gaps = cycles.slice(1, 10).map(({ us }, i) => us - (cycles[i]?.us as number));
    for (const gap of gaps) {
      expect(gap).toBeGreaterThan(1_330_000);
      expect(gap).toBeLessThan(1_400_000);
      expect(gap % 1000).toBe(0);
    }
  });

  it("takes it back at 16,384 pages a cycle, but not the last 511", () => {
    const points = [
      [0, "1GiB"],
      [5, 1000],
      [40, 600],
    ];
    const { view, parts } = run({ guest: { balloon: "1GiB" }, host: { target: { points } } });
    expect(view.balloon.size).toBe(1000);
    expect(parts.driver.state).toMatchObject({ free: GIB - 1000, counted: 1000 });
    expect(parts.frames.locked.frames).toBe(1000);
  });

  it("sends a command for each page on Solaris, or where the host has no batches", () => {
    expect(stateOf({ params: { system: SOLARIS }, host: { target: 500 } })).toMatchObject({ small: 500, lock: 500 });
    expect(stateOf({ host: { target: 500, capabilities: [] } })).toMatchObject({ small: 500, lock: 500 });
    expect(cyclesOf({ params: { system: SOLARIS }, host: { target: 500 } })[0]).toMatchObject({ us: 0, size: 500 });
  });

  it("has pages of 2 MiB only where it is compiled for them", () => {
    expect(stateOf({ host: { target: "1GiB" } })).toMatchObject({ capabilities: 6, largeAlloc: 0 });
    const linux = run({ params: { system: LINUX }, host: { target: "1GiB" } });
    expect(linux.view.balloon).toMatchObject({ size: GIB, large: GIB });
    expect(linux.parts.driver.state).toMatchObject({ largeLock: 1, largeAlloc: 512 });
    const before = run({ params: { system: LINUX }, guest: { balloon: 5000 }, host: { target: 5000 } });
    expect([before.view.balloon.size, before.view.balloon.large]).toEqual([5000, 9 * 512]);
  });

  it("keeps 16 of the pages that the host refuses, and goes on", () => {
    const { parts, view } = run({ host: { target: 5000, refusals: [{ count: 40, status: "pinned" }] } });
    expect(parts.driver.state).toMatchObject({ refusedAlloc: 16, refusedFree: 16, small: 5000 });
    expect([view.balloon.size, view.balloon.refused, view.balloon.held]).toEqual([5000, 40, 0]);
  });

  const tight: Options = {
    guest: { memory: "256MiB", swap: "256MiB" },
    host: { target: "200MiB" },
    workloads: [{ name: "a", anon: "150MiB" }],
  };

  it("slows down when free memory is at an end, and has the guest swap", () => {
    const { view, parts } = run(tight);
    const { allocFail, sleepAlloc } = parts.driver.state;
    expect([allocFail, sleepAlloc].map((count) => (count as number) > 0)).toEqual([true, true]);
    expect(view.guest.swapOut).toBeGreaterThan(0);
    expect(view.guest.oomKills).toBe(0);
  });

  it("kills nothing on FreeBSD for a target that the guest can't reach, and halves its rate", () => {
    const { view, parts } = run({ ...tight, guest: { memory: "256MiB" }, host: { target: "1GiB" } });
    expect(view.guest.oomKills).toBe(0);
    expect(parts.driver.state.rateAlloc).toBe(512);
  });

  it("crashes with a host that refuses START and names a target, in one line", () => {
    const host = { target: 500, faults: [{ command: "start", status: "busy", until: 5 }] };
    expect(() => run({ host })).toThrow(/^at 1\.0\d* s the guest's kernel crashes: the host refused START/);
    expect(stateOf({ host: { ...host, target: 0 } })).toMatchObject({ startFail: 4, start: 5, guestType: 1 });
  });

  it("frees the balloon for a reset, and inflates it again", () => {
    const { view, parts } = run({ host: { target: 5000, resets: [10] } });
    expect(parts.driver.state).toMatchObject({ free: 5000, unlock: 0, start: 2, small: 5000 });
    expect(view.balloon.resets).toBe(1);
  });

  it("is no daemon's", () => {
    expect(() => simulation({ guest: { profile: "balloon-hw" } })).toThrow("runs in the kernel");
  });
});

const busy = (target: unknown): Options => ({
  host: {
    target: [
      [0, 0],
      [3, target],
      [20, 700],
    ],
    refusals: [{ every: 7, until: 10 }],
    resets: [12],
  },
});

test.each([0, SOLARIS, LINUX])("a run with system %i goes on from a checkpoint as if nothing had been", (system) => {
  const target = system === SOLARIS ? 5000 : "1GiB";
  expectResumable({ ...busy(target), params: { system } }, [...Array(20).keys(), 40, 100, 101]);
});

test.each(["2us", "900us", "1100us"])(
  "a run that skips idle cycles is the run that makes them (a command of %s)",
  (callCost) => {
    for (const hz of [100, 250, 300, 1000]) {
      const ends = [false, true].map((everyCycle) => {
        const shown: unknown[] = [];
        const observer: Observer = {
          cycle: ({ cycle, timeUs }) => shown.push([cycle.number, cycle.startUs, timeUs, cycle.totalUs]),
        };
        const made = simulation({ guest: { hz }, host: { ...busy("1GiB").host, callCost }, observer, everyCycle });
        made.run();
        return { shown, end: { ...made.parts.driver.state }, draw: made.finalDraw(), calls: made.parts.channel.calls };
      });
      const [skipping, whole] = ends as [(typeof ends)[number], (typeof ends)[number]];
      expect({ ...skipping, shown: [] }).toEqual({ ...whole, shown: [] });
      for (const row of skipping.shown) expect(whole.shown).toContainEqual(row);
      // The target rests for 40 s; a tick of 1,000 Hz is too short for a command of 1.1 ms.
      const isSkipped = skipping.shown.length < whole.shown.length - 10;
      expect(isSkipped).toBe(hz < 1000 || callCost !== "1100us");
    }
  },
);
