import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { decodeState, encodeState } from "../../../src/sim/run/checkpoint.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { simulate, traceOf } from "../../support/in-process/curves.ts";

const S = 1_000_000;
/** 512 MiB of a guest of 1 GiB; a first touch takes 10 µs. */
const PAGES = 131_072;
const FAULT_US = 10;

/** A workload whose memory the balloon asks for at second 5, and does not want any more at second `releasedAtS`. */
function squeezed(workload: object, releasedAtS = 40, more: { workloads?: object[]; guest?: object } = {}): string {
  return traceOf(120, {
    guest: { memory: "1GiB", swap: 0, kernelMemory: "64MiB", costs: { fault: "10us" }, ...more.guest },
    workloads: [{ name: "app", anon: PAGES, ...workload }, ...(more.workloads ?? [])],
    host: {
      target: [
        [0, 0],
        [5, "700MiB"],
        [releasedAtS, 0],
      ],
    },
  });
}

/** A run's damage: when the kills were, and what they cost in the end. */
function damage(text: string): { killsUs: number[]; view: RunView } {
  const killsUs: number[] = [];
  const view = simulate(text, { kill: ({ timeUs }) => killsUs.push(timeUs) });
  expect(view.guest.oomKills).toBe(killsUs.length);
  return { killsUs, view };
}

describe("a workload that is killed", () => {
  it("is down until it is started again and has its memory, and loses its pages and what it would have touched", () => {
    const { killsUs, view } = damage(squeezed({ restart: "60s", touch: 1000 }));
    expect(killsUs).toHaveLength(1);
    const down = 60 * S + PAGES * FAULT_US;
    expect(view.guest.downtimeUs).toBe(down);
    expect(view.workloads).toMatchObject([{ oomKills: 1, firstKillUs: killsUs[0], downtimeUs: down }]);
    expect(view.guest.lostPages).toBe(PAGES + Math.floor((1000 * down) / S));
  });

  it("loses the reads and writes of its files while it is dead, and no more once it is back", () => {
    const files = { fileSet: 1000, fileRead: 300, fileWrite: 50 };
    const { view } = damage(squeezed({ restart: "60s", ...files }));
    expect(view.guest.lostPages).toBe(PAGES + 350 * 60);
  });

  it("is down to the end of the run where it is not started again", () => {
    const { killsUs, view } = damage(squeezed({ touch: 64 }));
    const down = 120 * S - (killsUs[0] as number);
    expect(view.guest.downtimeUs).toBe(down);
    expect(view.guest.lostPages).toBe(PAGES + Math.floor((64 * down) / S));
  });

  it("is not down while its demand is 0, and is down again when it is not", () => {
    const anon = [
      [0, PAGES],
      [50, 0],
      [70, 1],
    ];
    const { killsUs, view } = damage(squeezed({ anon, touch: 100 }));
    expect(view.guest.downtimeUs).toBe(50 * S - (killsUs[0] as number) + 50 * S);
    expect(view.guest.lostPages).toBe(PAGES + Math.floor((100 * view.guest.downtimeUs) / S));
  });

  it("is down on a falling line until less than a page is wanted, to the microsecond", () => {
    const anon = {
      points: [
        [0, PAGES],
        [40, PAGES],
        [50, 0],
      ],
      hold: "linear",
    };
    const { killsUs, view } = damage(squeezed({ anon }));
    // A page less than nothing every 76 µs.
    const last = 50 * S - Math.floor((10 * S) / PAGES);
    expect(view.guest.downtimeUs).toBe(last - (killsUs[0] as number));
  });

  it("has its demand met where that has fallen meanwhile", () => {
    const anon = [
      [0, PAGES],
      [50, 1000],
    ];
    const { view } = damage(squeezed({ anon, restart: "60s" }));
    expect(view.guest.downtimeUs).toBe(60 * S + 1000 * FAULT_US);
  });

  it("stays down where it is killed again while it grows back, and no time counts twice", () => {
    const { killsUs, view } = damage(squeezed({ restart: "1s" }, 60));
    expect(killsUs.length).toBeGreaterThan(5);
    const since = view.guest.downtimeUs + (killsUs[0] as number);
    // It is back soon after the balloon has gone.
    expect(since).toBeGreaterThan(60 * S);
    expect(since).toBeLessThan(75 * S);
    // Each kill has taken what it had filled by then.
    expect(view.guest.lostPages).toBeGreaterThan(PAGES + 5 * 50_000);
  });

  it("adds its downtime to that of others", () => {
    const { view } = damage(squeezed({}, 60, { workloads: [{ name: "other", anon: PAGES / 2, touch: 10 }] }));
    const [app, other] = view.workloads;
    expect(app?.oomKills).toBe(1);
    expect(view.guest.downtimeUs).toBe((app?.downtimeUs as number) + (other?.downtimeUs as number));
    expect(view.guest.lostPages).toBe((app?.lostPages as number) + (other?.lostPages as number));
  });
});

describe("downtime and lost work", () => {
  it("are 0 where swap keeps the workload alive, and most of the run where there is none", () => {
    const guest = { memory: "4GiB" };
    const target = [
      [0, 0],
      [10, "2GiB"],
    ];
    const text = (swap: string) =>
      traceOf(180, {
        guest: { ...guest, swap },
        workloads: [{ name: "web", anon: "3GiB", restart: "5s", touch: "1MiB/s" }],
        host: { target },
      });
    const without = damage(text("0KiB")).view.guest;
    const withSwap = damage(text("4GiB")).view.guest;
    expect([without.psiSomeUs, without.psiFullUs]).toEqual([0, 0]);
    expect(without.downtimeUs).toBeGreaterThan(150 * S);
    expect(without.lostPages).toBeGreaterThan(786_432);
    expect([withSwap.oomKills, withSwap.downtimeUs, withSwap.lostPages]).toEqual([0, 0, 0]);
    expect(withSwap.psiSomeUs).toBeGreaterThan(S);
  });

  it("are the same in a run that is observed all the time, and suspended while a workload is down", () => {
    const text = squeezed({ restart: "20s", touch: 333.3, fileSet: 1000, fileRead: 77.7, fileWrite: 0.3 });
    const { killsUs, view: whole } = damage(text);
    const first = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
    // In the middle of the first downtime, and every third of a second of it looked at.
    const atUs = (killsUs[0] as number) + 7_654_321;
    for (let us = killsUs[0] as number; us < atUs; us += 333_333) {
      first.runFor(Number.POSITIVE_INFINITY, us);
      expect(first.view.guest.lostPages).toBeGreaterThan(0);
    }
    first.runFor(Number.POSITIVE_INFINITY, atUs);
    expect(first.view.guest.downtimeUs).toBeGreaterThan(6 * S);
    const second = new Simulation(readTrace(text), { rates: DEFAULT_RATES });
    restoreState([second], decodeState(encodeState(saveState([first]))) as Float64Array);
    second.run();
    const { guest, workloads } = second.view;
    expect([guest.downtimeUs, guest.lostPages]).toEqual([whole.guest.downtimeUs, whole.guest.lostPages]);
    expect(workloads[0]).toMatchObject({
      oomKills: killsUs.length,
      firstKillUs: killsUs[0],
      downtimeUs: guest.downtimeUs,
      lostPages: guest.lostPages,
    });
  });
});
