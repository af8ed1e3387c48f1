import { distance } from "fastest-levenshtein";

/**
 * The known name that somebody who typed `name` most likely meant; null where none is near enough to be worth a hint.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  const typed = name.slice(0, 64).toLowerCase();
  let best: string | null = null;
  // One slip in three letters is still a slip; more is another word.
  let bestDistance = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(typed, candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** `; did you mean "alloc-max"?`, or nothing where no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === null ? "" : `; did you mean "${near}"?`;
}
