import { describe, expect, it } from "vitest";
import { Kind, LAST_TIER, TierFeedback, tierOf } from "../../../src/sim/guest/tier-feedback.ts";

describe("the tiers of generations", () => {
  it("have pages with 0, 1, 2 to 3 and 4 references", () => {
    expect([0, 1, 2, 3, 4].map(tierOf)).toEqual([0, 1, 2, 2, 3]);
  });

  it("are all evicted while less than 64 of their pages refault", () => {
    const feedback = new TierFeedback();
    feedback.evict(Kind.File, 1, 1000);
    feedback.refault(Kind.File, 1, 63);
    expect([feedback.lastTier(Kind.File), feedback.lastTierBesides(Kind.File, 60)]).toEqual([LAST_TIER, LAST_TIER]);
    feedback.refault(Kind.File, 1, 1);
    expect(feedback.lastTier(Kind.File)).toBe(0);
  });

  it("are protected if twice as large a part of them refaults as of the first", () => {
    const feedback = new TierFeedback();
    feedback.evict(Kind.File, 0, 10_000);
    feedback.refault(Kind.File, 0, 1000);
    feedback.evict(Kind.File, 2, 1000);
    feedback.refault(Kind.File, 2, 190);
    expect(feedback.lastTier(Kind.File)).toBe(LAST_TIER);
    feedback.refault(Kind.File, 2, 20);
    expect(feedback.lastTier(Kind.File)).toBe(1);
    // Protected pages count as evicted ones: a tier without refaults of late is evicted again.
    feedback.protect(Kind.File, 2, 1000);
    expect(feedback.lastTier(Kind.File)).toBe(LAST_TIER);
  });

  it("let the kind with fewer refaults be evicted, weighted by swappiness, files if both have few", () => {
    const feedback = new TierFeedback();
    expect([0, 60, 199].map((s) => feedback.kindToEvict(s))).toEqual([Kind.File, Kind.File, Kind.File]);
    for (const kind of [Kind.Anon, Kind.File]) feedback.evict(kind, 0, 10_000);
    feedback.refault(Kind.File, 0, 1000);
    feedback.refault(Kind.Anon, 0, 500);
    // A file page may refault 140/60 times as often as an anonymous one.
    expect(feedback.kindToEvict(60)).toBe(Kind.File);
    feedback.refault(Kind.File, 0, 200);
    expect(feedback.kindToEvict(60)).toBe(Kind.Anon);
    expect(feedback.kindToEvict(40)).toBe(Kind.File);
  });

  it("forget half with each generation", () => {
    const feedback = new TierFeedback();
    feedback.evict(Kind.File, 1, 1000);
    feedback.refault(Kind.File, 1, 200);
    feedback.endGeneration(Kind.Anon);
    feedback.endGeneration(Kind.File);
    expect(feedback.lastTier(Kind.File)).toBe(0);
    feedback.endGeneration(Kind.File);
    expect(feedback.lastTier(Kind.File)).toBe(LAST_TIER);
  });
});
