/**
 * Splits a whole number into whole parts in proportion to weights, none larger than its weight. The parts add up to the total, or
 * to the sum of the weights if that is less.
 * @param weights whole numbers; negative ones count as 0
 */
export function split(total: number, weights: readonly number[]): number[] {
  let sum = 0;
  for (const weight of weights) sum += Math.max(0, weight);
  const all = Math.min(total, sum);
  let before = 0;
  let given = 0;
  return weights.map((weight) => {
    // Sums are rounded, not parts: so the parts add up. As the total is at most the sum, none is larger than its weight.
    before += Math.max(0, weight);
    const upTo = sum === 0 ? 0 : Math.floor((all * before) / sum);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}
