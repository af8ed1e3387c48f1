import { describe, expect, it } from "vitest";
import { eachSecond, traceOf } from "../../support/curves.ts";

const GUEST = { memory: 65_536, kernelMemory: 5536 };
/** Free memory and cache together. */
const ROOM = 60_000;

/** Dirty pages at each second of a run with 30,000 pages of cache. */
const dirty = (seconds: number, fileWrite: unknown, costs: object = {}): number[] =>
  eachSecond(
    traceOf(seconds, { guest: { ...GUEST, costs }, workloads: [{ name: "log", fileSet: 30_000, fileWrite }] }),
    ({ guest }) => guest.dirty,
  );

describe("Flusher", () => {
  it("writes at once what is more than a tenth of free memory and cache", () => {
    const pages = dirty(60, 1000);
    expect(pages.slice(0, 6)).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
    const later = pages.slice(7);
    expect(Math.max(...later)).toBeLessThanOrEqual(ROOM / 10 + 1000);
    expect(Math.min(...later)).toBeGreaterThan(ROOM / 10 - 2 * 1024 - 1000);
  });

  it("lets no more than a fifth be dirty, however fast somebody writes and however slow the disk is", () => {
    const pages = dirty(30, 100_000, { fileWrite: "10ms" });
    expect(Math.max(...pages)).toBe(ROOM / 5);
    expect(pages.at(-1)).toBeGreaterThan(ROOM / 5 - 200);
  });

  it("writes a sixth of what is dirty every five seconds", () => {
    const pages = dirty(31, [
      [0, 900],
      [1, 0],
    ]);
    expect([1, 4, 6, 11, 16, 21].map((second) => pages[second])).toEqual([900, 900, 750, 625, 520, 433]);
  });

  it("goes on for somebody who writes a page now and then", () => {
    const pages = dirty(3600, 0.1);
    expect(Math.max(...pages)).toBeLessThanOrEqual(2);
    expect(pages.slice(-60)).toContain(1);
  });

  it("shares what may be dirty, and what is written, among all writers", () => {
    const workloads = [
      { name: "a", fileSet: 20_000, fileWrite: 50_000 },
      { name: "b", fileSet: 20_000, fileWrite: 50_000 },
    ];
    const pages = eachSecond(
      traceOf(20, { guest: { ...GUEST, costs: { fileWrite: "1ms" } }, workloads }),
      ({ guest }) => guest.dirty,
    );
    expect(Math.max(...pages)).toBe(ROOM / 5);
  });
});
