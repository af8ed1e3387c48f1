import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RECORDED_RUNS } from "../../support/data/recorded-runs.ts";
import { eachCycle, eachSecond, goldenCurve, simulate, traceOf } from "../../support/in-process/curves.ts";

/**
 * Runs of the reference driver in a real Linux 6.1 kernel, recorded once a second (`kernel/NAME.csv`), and traces that say
 * what was set up there (`kernel/NAME.json`). Their costs are those of that machine; see `docs/profiles.md`.
 */
const directory = new URL("./kernel/", import.meta.url);
const trace = (name: string): string => readFileSync(new URL(`${name}.json`, directory), "utf8");

/** The rows of a recorded run, by column. */
function recorded(name: string): Record<string, number>[] {
  const lines = readFileSync(new URL(`${name}.csv`, directory), "utf8")
    .split("\n")
    .filter((line) => /^(t_s|\d)/.test(line));
  const [header = "", ...rows] = lines;
  const columns = header.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, i) => [columns[i] as string, Number(cell)])));
}

const PAGE_KB = 4;

describe("a run is as near to the recorded one, second by second, as its limits say", () => {
  it.each(RECORDED_RUNS)("$name", ({ name, ...limits }) => {
    const rows = recorded(name);
    const run = eachSecond(trace(name), ({ balloon: { state: engine }, guest }) => ({
      target: engine.target,
      size: engine.size,
      rateAlloc: engine.rateAlloc,
      rateFree: engine.rateFree,
      sleepFail: engine.sleepAllocFail,
      free: guest.free,
      anon: guest.anon,
      some: guest.psiSomeUs / 1e6,
      kills: guest.oomKills,
    }));
    const worst = { size: 0, free: 0, anon: 0, some: 0 };
    rows.forEach((row, second) => {
      const now = run[second] as (typeof run)[number];
      expect([second, now.target]).toEqual([second, row.target]);
      expect([now.rateAlloc, now.rateFree]).toEqual([row.rate_alloc, row.rate_free]);
      expect([now.kills, now.sleepFail]).toEqual([row.oom_kill, row.sleep_fail]);
      const off = (key: keyof typeof worst, seen: number) => {
        worst[key] = Math.max(worst[key], Math.abs(now[key] - seen));
      };
      off("size", row.size as number);
      off("free", (row.free_kB as number) / PAGE_KB);
      off("anon", (row.anon_kB as number) / PAGE_KB);
      off("some", (row.psi_some_us as number) / 1e6);
    });
    for (const key of Object.keys(worst) as (keyof typeof worst)[]) {
      expect(worst[key], key).toBeLessThanOrEqual(limits[key]);
    }
  });

  it("with a refusing host, to the last page", () => {
    const counters = eachSecond(trace("refusals-resets"), ({ balloon: { state: engine } }) => [
      engine.size,
      engine.alloc,
      engine.allocFail,
    ]);
    const seen = recorded("refusals-resets").map((row) => [row.size, row.nosleep, row.nosleep_fail]);
    expect(counters.slice(0, seen.length)).toEqual(seen);
  });

  it("in the number of pages swapped out", () => {
    for (const name of ["static-swap", "spike-swap", "cache-reread-swap"]) {
      const seen = recorded(name).at(-1)?.pswpout as number;
      const ratio = simulate(trace(name)).guest.swapOut / seen;
      expect(ratio, name).toBeGreaterThan(0.5);
      expect(ratio, name).toBeLessThan(1.5);
    }
  });
});

describe("the model shows what a real kernel shows:", () => {
  it("a cycle under pressure takes rate_alloc pages after a failed allocation, and one more without", () => {
    let before = { size: 0, fails: 0 };
    let slow = 0;
    const grown = { afterFailure: new Set<number>(), without: new Set<number>() };
    eachCycle(trace("static-swap"), ({ balloon: { state: engine } }) => {
      const pages = engine.size - before.size;
      const failed = engine.allocFail > before.fails;
      // The first failing cycle came at the full rate, the last one had less to do.
      if (before.fails > 0 && engine.size < 199_000 && engine.target === 200_000) {
        (failed ? grown.afterFailure : grown.without).add(pages);
        slow++;
      }
      before = { size: engine.size, fails: engine.allocFail };
    });
    expect(slow).toBeGreaterThan(5);
    expect([...grown.afterFailure]).toEqual([2048]);
    expect([...grown.without]).toEqual([2049]);
  });

  it("the first reclaim of memory that was never scanned stalls for seconds, later ones do not", () => {
    const stalls: number[] = [];
    let before = 0;
    eachCycle(trace("static-swap"), ({ guest }) => {
      if (guest.balloonStallUs > before) stalls.push(guest.balloonStallUs - before);
      before = guest.balloonStallUs;
    });
    const [first = 0, ...later] = stalls;
    expect(first).toBeGreaterThan(4_000_000);
    expect(later.length).toBeGreaterThan(3);
    expect(Math.max(...later)).toBeLessThan(300_000);
  });

  it("free memory stays above min while the balloon grows, and near high as it is raised meanwhile", () => {
    const free: number[] = [];
    eachSecond(trace("static-swap"), ({ balloon: { state: engine }, guest }) => {
      if (engine.allocFail > 0 && engine.size < engine.target) free.push(guest.free);
    });
    const { min, high } = { min: 1010, high: 1520 };
    expect(Math.min(...free)).toBeGreaterThanOrEqual(min);
    const median = free.toSorted((a, b) => a - b)[free.length >> 1] as number;
    expect(median).toBeGreaterThan(high);
    expect(median).toBeLessThan(2.5 * high);
  });

  it("without swap the workload is killed while the balloon still grows, and the allocation succeeds", () => {
    const kills: { grown: number; fails: number; anon: number }[] = [];
    let before = { size: 0, kills: 0 };
    eachCycle(trace("oom-noswap"), ({ balloon: { state: engine }, guest }) => {
      if (guest.oomKills > before.kills) {
        kills.push({ grown: engine.size - before.size, fails: engine.sleepAllocFail, anon: guest.anon });
      }
      before = { size: engine.size, kills: guest.oomKills };
    });
    expect(kills).toEqual([{ grown: 2048, fails: 0, anon: 0 }]);
    expect(simulate(trace("oom-noswap"), {}, { untilUs: 31_000_000 }).balloon.state.size).toBe(150_000);
  });

  it("deflation alone brings nothing back from swap", () => {
    const end = simulate(trace("static-swap"));
    expect(end.balloon.state.size).toBe(50_000);
    expect(end.guest.swapOut).toBeGreaterThan(10_000);
    expect([end.guest.swapIn, end.guest.swap]).toEqual([0, end.guest.swapOut]);
  });

  it("a sleeping allocation fails only when no workload is left to kill, and halves the rate then", () => {
    const guest = { memory: "256MiB", kernelMemory: "16MiB" };
    const workloads = [
      { name: "small", anon: "30MiB" },
      { name: "large", anon: "90MiB" },
    ];
    const states = eachCycle(
      traceOf(60, { guest, workloads, host: { target: "512MiB" } }),
      ({ balloon: { state: engine }, guest }) => ({
        fails: engine.sleepAllocFail,
        anon: guest.anon,
        kills: guest.oomKills,
        rate: engine.rateAlloc,
      }),
    );
    const failed = states.findIndex(({ fails }) => fails > 0);
    expect(failed).toBeGreaterThan(0);
    expect(states[failed]).toMatchObject({ anon: 0, kills: 2, rate: 1024 });
    // The larger one first.
    const firstKill = states.find(({ kills }) => kills === 1);
    expect(firstKill?.anon).toBe(30 * 256);
    expect(states.at(-1)).toMatchObject({ rate: 512 });
  });
});

describe("whole curves", () => {
  it.each(RECORDED_RUNS)("$name", async ({ name }) => {
    await expect(goldenCurve(trace(name))).toMatchFileSnapshot(`golden/${name}.csv`);
  });
});
