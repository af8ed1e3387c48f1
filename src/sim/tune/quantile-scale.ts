/**
 * The fraction of `values` that is smaller than a value, equal ones counting half; linear between two of them, 0 below
 * all and 1 above all.
 */
export function quantileScale(values: readonly number[]): (value: number) => number {
  const ascending = values.toSorted((a, b) => a - b);
  const levels: number[] = [];
  const parts: number[] = [];
  for (let from = 0; from < ascending.length; ) {
    let to = from + 1;
    while (ascending[to] === ascending[from]) to++;
    levels.push(ascending[from] as number);
    parts.push((from + to) / 2 / ascending.length);
    from = to;
  }
  return (value) => {
    const above = lowerBound(levels, value);
    if (above === levels.length) return 1;
    const [level, part] = [levels[above] as number, parts[above] as number];
    if (level === value) return part;
    if (above === 0) return 0;
    const [before, less] = [levels[above - 1] as number, parts[above - 1] as number];
    return less + ((part - less) * (value - before)) / (level - before);
  };
}

/** The first index with a level of at least `value`. */
function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
