import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";

/** Kinds of pages with generations of their own. */
export const Kind = { Anon: 0, File: 1 } as const;
export const KINDS = 2;

/** Tiers of a generation: pages by the number of their reads, in powers of two (`MAX_NR_TIERS`, include/linux/mmzone.h). */
const TIERS = 4;
/** Most reads beyond the first that the kernel counts for a page (`LRU_REFS_WIDTH` bits, and PG_workingset). */
export const MAX_REFS = 4;
/** The last tier: with it as the limit, no tier is protected. */
export const LAST_TIER = TIERS - 1;
/** Fewer refaults of a tier say nothing (`MIN_LRU_BATCH`, include/linux/mmzone.h). */
const FEW_REFAULTS: Pages = 64;
/** A tier is protected within its own kind if its part of refaults is twice that of the first tier (`get_tier_idx()`). */
const OWN_GAIN = 2;

/** The tier of a page that was read `refs` times beyond the first (`lru_tier_from_refs()`). */
export const tierOf = (refs: number): number => (refs <= 1 ? refs : refs === 2 || refs === 3 ? 2 : 3);

/**
 * What the eviction learns from refaults (mm/vmscan.c, "refault feedback loop"): for each kind and tier, the pages
 * evicted from the oldest generation and those that came back while it was the oldest, with the mean of earlier
 * generations. It decides which kind is evicted, and which tiers of it are protected.
 */
export class TierFeedback implements Archived {
  readonly #refaulted = new Float64Array(KINDS * TIERS);
  readonly #evicted = new Float64Array(KINDS * TIERS);
  readonly #protected = new Float64Array(KINDS * TIERS);
  readonly #meanRefaulted = new Float64Array(KINDS * TIERS);
  readonly #meanTotal = new Float64Array(KINDS * TIERS);

  /** Pages of a tier were evicted from the oldest generation. */
  evict(kind: number, tier: number, pages: Pages): void {
    this.#evicted[kind * TIERS + tier] = (this.#evicted[kind * TIERS + tier] as number) + pages;
  }

  /** Pages of a tier were moved to the next generation instead. */
  protect(kind: number, tier: number, pages: Pages): void {
    this.#protected[kind * TIERS + tier] = (this.#protected[kind * TIERS + tier] as number) + pages;
  }

  /** Pages of a tier that were evicted from this generation have come back. */
  refault(kind: number, tier: number, pages: Pages): void {
    this.#refaulted[kind * TIERS + tier] = (this.#refaulted[kind * TIERS + tier] as number) + pages;
  }

  /** A kind's oldest generation is used up: its counts go into the means with weight 1/2 (`reset_ctrl_pos()`). */
  endGeneration(kind: number): void {
    for (let i = kind * TIERS; i < (kind + 1) * TIERS; i++) {
      this.#meanRefaulted[i] = Math.floor(this.#refaultedOf(i) / 2);
      this.#meanTotal[i] = Math.floor(this.#totalOf(i) / 2);
      this.#refaulted[i] = 0;
      this.#evicted[i] = 0;
      this.#protected[i] = 0;
    }
  }

  /** The kind to evict if both have pages in the same generation (`get_type_to_scan()`). */
  kindToEvict(swappiness: number): number {
    return this.#isNoWorse(Kind.Anon, 0, swappiness, Kind.File, 0, 200 - swappiness) ? Kind.File : Kind.Anon;
  }

  /** The last tier of a kind to evict, compared with the first tier of the other kind (`get_type_to_scan()`). */
  lastTierBesides(kind: number, swappiness: number): number {
    const gain = kind === Kind.Anon ? swappiness : 200 - swappiness;
    return this.#lastTier(kind, 1 - kind, 200 - gain, gain);
  }

  /** The last tier of a kind to evict, compared with its own first tier (`get_tier_idx()`). */
  lastTier(kind: number): number {
    return this.#lastTier(kind, kind, 1, OWN_GAIN);
  }

  archive(a: Archive): void {
    a.numbers(this.#refaulted);
    a.numbers(this.#evicted);
    a.numbers(this.#protected);
    a.numbers(this.#meanRefaulted);
    a.numbers(this.#meanTotal);
  }

  #lastTier(kind: number, other: number, otherGain: number, gain: number): number {
    let tier = 1;
    while (tier < TIERS && this.#isNoWorse(other, 0, otherGain, kind, tier, gain)) tier++;
    return tier - 1;
  }

  /** Whether a tier refaults little, or no more of its pages than a tier taken as the measure (`positive_ctrl_err()`). */
  #isNoWorse(ofKind: number, ofTier: number, ofGain: number, kind: number, tier: number, gain: number): boolean {
    const measure = ofKind * TIERS + ofTier;
    const i = kind * TIERS + tier;
    const refaulted = this.#refaultedOf(i);
    if (refaulted < FEW_REFAULTS) return true;
    const left = refaulted * (this.#totalOf(measure) + FEW_REFAULTS) * ofGain;
    return left <= (this.#refaultedOf(measure) + 1) * this.#totalOf(i) * gain;
  }

  #refaultedOf(i: number): Pages {
    return (this.#meanRefaulted[i] as number) + (this.#refaulted[i] as number);
  }

  #totalOf(i: number): Pages {
    return (this.#meanTotal[i] as number) + (this.#evicted[i] as number) + (this.#protected[i] as number);
  }
}
