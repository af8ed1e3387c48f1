/** Index of the last row at a time or before it; 0 before the first. @param times in ascending order */
export function rowAt(times: ArrayLike<number>, time: number): number {
  let [low, high] = [0, Math.max(0, times.length - 1)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((times[middle] as number) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
