import type { Bytes } from "../../../../common/units.ts";

/** What a VM may get of a sum. */
export interface Claim {
  readonly name: string;
  /** It gets a part in proportion to this weight, within its bounds. */
  readonly weight: number;
  /** Bounds: `least` is at most `most`. */
  readonly least: Bytes;
  readonly most: Bytes;
}

/**
 * Shares out a sum in proportion to weights, within the bounds of each: the equilibrium of min-funding revocation, in which
 * memory has moved from the VM that pays the lowest price for a page until all that are at no bound pay the same. If the sum
 * is less than all lower bounds, each VM gets its lower bound; if it is more than all upper bounds, the upper one.
 * @returns whole bytes by name; their sum is at most the given one, and less by no more than a byte a VM, where the bounds permit
 */
export function shareOut(total: Bytes, claims: readonly Claim[]): Map<string, Bytes> {
  // In an order of their own, so that rounding does not depend on that of the list.
  const open = claims.toSorted(byFigures);
  const factor = factorFor(total, open);
  return new Map(claims.map((claim) => [claim.name, Math.floor(partOf(claim, factor))]));
}

const byFigures = (a: Claim, b: Claim): number =>
  a.weight - b.weight || a.least - b.least || a.most - b.most || (a.name < b.name ? -1 : 1);

const partOf = ({ weight, least, most }: Claim, factor: number): number => {
  // No weight times an infinite factor is no number.
  const wanted = weight === 0 ? least : weight * factor;
  return Math.min(most, Math.max(least, wanted));
};

/** The factor of the weights with which the parts have the given sum. */
function factorFor(total: Bytes, claims: readonly Claim[]): number {
  const sumAt = (factor: number): number => claims.reduce((sum, claim) => sum + partOf(claim, factor), 0);
  const weighted = claims.filter(({ weight }) => weight > 0);
  // At these factors a part reaches a bound; between two of them the sum is a straight line.
  const corners = weighted.flatMap(({ weight, least, most }) => [least / weight, most / weight]).sort((a, b) => a - b);
  // The first corner at which the sum is too large.
  let [from, to] = [0, corners.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sumAt(corners[middle] as number) > total) to = middle;
    else from = middle + 1;
  }
  const above = corners[from];
  // Without one, all are at their upper bounds.
  return above === undefined ? Number.POSITIVE_INFINITY : between(corners[from - 1] ?? 0, above);

  function between(from: number, to: number): number {
    const moving = weighted.filter(({ weight, least, most }) => least / weight <= from && most / weight >= to);
    const slope = moving.reduce((sum, { weight }) => sum + weight, 0);
    return slope === 0 ? from : from + Math.max(0, total - sumAt(from)) / slope;
  }
}
