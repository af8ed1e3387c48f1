import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelProfile } from "../../../src/sim/trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { type TraceDocument, traceDocuments } from "../../support/generators/traces.ts";
import { eachCycle, eachSecond, traceOf } from "../../support/in-process/curves.ts";
import { dump } from "../../support/in-process/dump.ts";

/**
 * The model with the kernel of the driver's own time differs from itself with a newer one in its watermarks, which newer
 * ones also raise for pages that can't be moved, in how far an allocation that may not sleep reaches and whether it wakes
 * kswapd, in the largest min_free_kbytes, and in how late timers run; in nothing else.
 */
const OLD = "linux-2.6.32";
const NEW = "linux-6.1";

/** What a cycle left behind. */
interface Seen {
  startUs: number;
  size: number;
  fails: number;
  free: number;
  scanned: number;
}

const profileOf = (name: string): Profile => PROFILES.get(name) as Profile;
const kernelOf = (name: string): KernelProfile => profileOf(name).kernel;

/**
 * A trace without pages that can't be moved, the balloon's and the kernel's, and with a `min` of which both kernels compute
 * the same watermarks.
 */
function withoutBalloon(document: TraceDocument, profile: string): string {
  const guest = document.guest as { memory: number };
  // Multiples of four are halved and quartered alike, and a quarter is more than the scaled distance.
  const minFree = (guest.memory >> 6) << 2;
  return JSON.stringify({
    ...document,
    guest: {
      ...guest,
      lru: "classic",
      thp: "never",
      swap: 0,
      profile,
      minFree,
      watermarkScaleFactor: 10,
      kernelMemory: 0,
      balloon: 0,
    },
    // Nothing to write: reclaimers wait for that in the old kernel alone, and there writes count as accesses.
    workloads: (document.workloads as object[] | undefined)?.map((one) => ({ ...one, fileWrite: 0, swapped: 0 })),
    host: { target: 0, callCost: "0ns" },
  });
}

describe("an old kernel's guest", () => {
  it("has a profile that differs in these points alone", () => {
    const [old, modern] = [kernelOf(OLD), kernelOf(NEW)];
    expect(profileOf(OLD).machine).toBe(profileOf(NEW).machine);
    expect(profileOf(OLD).balloon).toBe(profileOf(NEW).balloon);
    const keys = Object.keys(modern) as (keyof KernelProfile)[];
    expect(keys.filter((key) => old[key] !== modern[key]).sort()).toEqual([
      "generations",
      "hugePages",
      "minFreeMaxKib",
      "name",
      "nosleepReserve",
      "nosleepWakesKswapd",
      "reclaimWaits",
      "timerWheel",
      "watermarkBoost",
      "watermarks",
      "writesActivate",
    ]);
  });

  it("has the same figures as any other while there is no balloon and nothing to write, for any workloads", () => {
    const guestOf = (text: string) => eachSecond(text, (view: RunView) => dump(view).guest);
    fc.assert(
      fc.property(traceDocuments, (document) => {
        expect(guestOf(withoutBalloon(document, OLD))).toEqual(guestOf(withoutBalloon(document, NEW)));
      }),
      { numRuns: 60, endOnFailure: false },
    );
  });

  describe("under a balloon that takes all that is free", () => {
    const MIN = 1000;
    const text = (profile: string) =>
      traceOf(30, {
        guest: { memory: "1GiB", minFree: MIN, hz: 100, profile },
        workloads: [{ name: "files", fileSet: "400MiB" }],
        host: { target: [[0, "800MiB"]], callCost: "0ns" },
      });
    const cycles = (profile: string): Seen[] =>
      eachCycle(text(profile), ({ balloon: { state: engine }, guest, cycle }) => ({
        startUs: cycle.startUs,
        size: engine.size,
        fails: engine.allocFail,
        free: guest.free,
        scanned: guest.scanKswapd,
      }));
    const [old, modern] = [cycles(OLD), cycles(NEW)];
    const dry = modern.findIndex(({ fails }) => fails > 0);

    it("grows alike until free pages run out, in cycles that begin a little sooner", () => {
      expect(dry).toBeGreaterThan(5);
      const grown = (all: Seen[]) => all.slice(0, dry).map(({ size, free }) => [size, free]);
      expect(grown(old)).toEqual(grown(modern));
      for (const [i, { startUs }] of old.slice(1, dry).entries()) {
        expect(startUs % 1_000_000).toBe(0);
        // The wheel rounds up to 8 ticks.
        const late = (modern[i + 1] as Seen).startUs - startUs;
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(80_000);
      }
    });

    it("goes down to three quarters of min without sleeping, where a newer one stops at min", () => {
      const [first, second] = [old[dry] as Seen, modern[dry] as Seen];
      expect([first.fails, second.fails]).toEqual([1, 1]);
      expect(second.free).toBe(MIN);
      expect(first.size - second.size).toBe(MIN / 4);
    });

    it("is reclaimed by kswapd from then on, a newer one only when an allocation may sleep", () => {
      expect((old[dry + 1] as Seen).scanned).toBeGreaterThan(0);
      expect((modern[dry] as Seen).scanned).toBe(0);
    });
  });
});
