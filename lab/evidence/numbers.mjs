/** A generator of numbers in 0 to 1, the same for each seed (Park and Miller's, which needs no package in the lab). */
export function numbers(seed) {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
