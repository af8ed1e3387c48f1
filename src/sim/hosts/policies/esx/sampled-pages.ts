/**
 * Which of a VM's pages are sampled. The choice is random, and yet the same in every run: it is a function of the VM's name and the
 * number of the period, so the policy needs no generator of its own, and another VM or another period does not change it.
 */

/**
 * Number of the sampled pages of a period that a VM has touched so far. Each page has a place in the memory, 0 to 1; it is touched
 * when the touched fraction has reached it. The number is therefore binomial, and does not fall while the fraction grows.
 * @param fraction of its memory that the VM has touched in the period, 0 to 1
 * @param pages number of sampled pages
 */
export function touchedPages(vm: string, period: number, fraction: number, pages: number): number {
  const seed = mixed(hashOf(vm) ^ mixed(period));
  let touched = 0;
  for (let page = 1; page <= pages; page++) if (mixed((seed + page) | 0) < fraction * 2 ** 32) touched++;
  return touched;
}

/** FNV-1a over the UTF-16 units of a text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3: 32 bits of which each depends on each bit of the number. */
function mixed(number: number): number {
  let bits = number;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
