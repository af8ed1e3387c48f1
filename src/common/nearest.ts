import { distance } from "fastest-levenshtein";

/** The known name that the user who typed `name` most likely meant; null if none is near enough for a hint. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const typed = name.slice(0, 64).toLowerCase();
  let best: string | null = null;
  // One typing error in three letters is accepted.
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

/** `; did you mean "alloc-max"?`, or an empty text without a near name. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === null ? "" : `; did you mean "${near}"?`;
}
