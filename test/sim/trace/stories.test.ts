import { describe, expect, test } from "vitest";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";

/** Figures of the summary that tell the bundled traces apart. */
interface Figures {
  readonly final_target_pages: number;
  readonly final_size_pages: number;
  readonly changes: number;
  readonly changes_reached: number;
  readonly inflated_pages: number;
  readonly inflation_mean_pages_per_s: number;
  readonly refused_pages: number;
  readonly resets: number;
  readonly cycles: number;
  readonly stall_some_s: number;
  readonly swap_out_pages: number;
  readonly swap_in_pages: number;
  readonly refault_pages: number;
  readonly oom_kills: number;
}

const figures = new Map(
  await inTurn(bundledTraces(), async (name): Promise<[string, Figures]> => {
    const { stdout } = await callBalloonSim(["run", name, "--summary", "--format", "json"]);
    return [name, JSON.parse(stdout)];
  }),
);
const of = (name: string): Figures => figures.get(name) as Figures;

describe("a run of a bundled trace shows what its description says", () => {
  test("spike: the guest swaps while the balloon does not give way, and nothing is killed", () => {
    const { swap_out_pages, swap_in_pages, oom_kills, final_size_pages } = of("spike");
    expect(swap_out_pages).toBeGreaterThan(100_000);
    expect(swap_in_pages).toBeGreaterThan(10_000);
    expect([oom_kills, final_size_pages]).toEqual([0, 262_144]);
  });

  test("steady: the balloon grows by 64 MiB a second", () => {
    const { inflation_mean_pages_per_s, stall_some_s, swap_out_pages, refault_pages } = of("steady");
    expect(inflation_mean_pages_per_s).toBe(16_384);
    expect([stall_some_s, swap_out_pages, refault_pages]).toEqual([0, 0, 0]);
  });

  test("ramp: the driver reaches the top, and is on its way down in the end", () => {
    const { inflated_pages, final_size_pages, final_target_pages } = of("ramp");
    expect(inflated_pages).toBe(983_040);
    expect(final_size_pages - final_target_pages).toBeGreaterThanOrEqual(0);
    expect(final_size_pages - final_target_pages).toBeLessThan(4096);
  });

  test("sawtooth: the peaks cost cache, without a kill", () => {
    expect(of("sawtooth").refault_pages).toBeGreaterThan(10_000);
    expect(of("sawtooth").oom_kills).toBe(0);
  });

  test("cache-heavy: nothing swaps and nothing is killed, but files are read again", () => {
    const { swap_out_pages, oom_kills, refault_pages } = of("cache-heavy");
    expect([swap_out_pages, oom_kills]).toEqual([0, 0]);
    expect(refault_pages).toBeGreaterThan(500_000);
  });

  test("thrash: the same pages go out and come back", () => {
    const { swap_out_pages, swap_in_pages, stall_some_s } = of("thrash");
    expect(swap_out_pages).toBeGreaterThan(2 * 327_680);
    expect(swap_in_pages).toBeGreaterThan(2 * 327_680);
    expect(stall_some_s).toBeGreaterThan(10);
  });

  test("no-swap-oom: the workload is killed, returns, and is killed again", () => {
    expect(of("no-swap-oom").oom_kills).toBeGreaterThan(1);
    expect(of("no-swap-oom").swap_out_pages).toBe(0);
  });

  test("refusals: pages are refused, the target is reached all the same", () => {
    expect(of("refusals").refused_pages).toBeGreaterThan(100);
    expect(of("refusals").inflated_pages).toBe(1_310_720);
  });

  test("reset-storm: every reset costs the whole balloon", () => {
    const { resets, inflated_pages, final_size_pages } = of("reset-storm");
    expect(resets).toBe(13);
    expect(inflated_pages).toBeGreaterThan(4 * final_size_pages);
  });

  test("idle-month: two and a half million cycles, one inflation", () => {
    expect(of("idle-month").cycles).toBeGreaterThan(2_500_000);
    expect([of("idle-month").changes, of("idle-month").inflated_pages]).toEqual([1, 196_608]);
  });

  test("anonymous-waves: the peaks cost cache and stalls, without a kill", () => {
    const { stall_some_s, refault_pages, oom_kills, swap_out_pages } = of("recorded/anonymous-waves");
    expect(stall_some_s).toBeGreaterThan(0.01);
    expect(refault_pages).toBeGreaterThan(10_000);
    expect([oom_kills, swap_out_pages]).toEqual([0, 0]);
  });

  test("page-cache: only the file is read again from disk", () => {
    const { stall_some_s, refault_pages, oom_kills } = of("recorded/page-cache");
    expect(refault_pages).toBeGreaterThan(10_000);
    expect(stall_some_s).toBeLessThan(1);
    expect(oom_kills).toBe(0);
  });

  test("kernel-build: the build waits for memory, and ends", () => {
    const { stall_some_s, refault_pages, oom_kills } = of("recorded/kernel-build");
    expect(stall_some_s).toBeGreaterThan(0.01);
    expect(refault_pages).toBeGreaterThan(100_000);
    expect(oom_kills).toBe(0);
  });

  test("proc-capture: the recorded teeth meet the balloon", () => {
    expect(of("recorded/proc-capture").refault_pages).toBeGreaterThan(1000);
    expect(of("recorded/proc-capture").oom_kills).toBe(0);
  });
});
