import { distance } from "fastest-levenshtein";

/** Fewest letters of a name whose beginning alone is recognized: shorter ones begin too many names. */
const LEAST_BEGINNING = 3;

/**
 * The known name that the user who typed `name` most likely meant: one with a single typing error, else the only one that
 * begins with `name`, else the one with the fewest typing errors; null if none is near enough.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  const typed = name.slice(0, 64).toLowerCase();
  let best: string | null = null;
  let bestDistance = errorsIn(typed) + 1;
  const begun = new Set<string>();
  for (const candidate of known) {
    const d = errorsBetween(typed, candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
    if (candidate.toLowerCase().startsWith(typed)) begun.add(candidate);
  }
  const [only] = begun.size === 1 && typed.replace(/^-+/, "").length >= LEAST_BEGINNING ? begun : [];
  return bestDistance <= 1 ? best : (only ?? best);
}

/** Letters that are missing, wrong or too many; two neighbours in the wrong order are one error. */
const errorsBetween = (typed: string, name: string): number => (isSwapped(typed, name) ? 1 : distance(typed, name));

function isSwapped(typed: string, name: string): boolean {
  let at = 0;
  while (at < typed.length && typed[at] === name[at]) at++;
  return at + 1 < typed.length && typed[at] !== typed[at + 1] && swapped(typed, at) === name;
}

const swapped = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`;

/** The most typing errors: two, or one in three letters of a long name; in a short one fewer than half of its letters. */
const errorsIn = (typed: string): number => Math.max(Math.min(2, typed.length >> 1), Math.floor(typed.length / 3));

/**
 * `; did you mean "alloc-max"?`, or an empty text without a near name.
 * @param meant the name to show for a known one, which may be another word for it
 */
export function didYouMean(name: string, known: Iterable<string>, meant = (near: string): string => near): string {
  const near = nearest(name, known);
  return near === null ? "" : `; did you mean "${meant(near)}"?`;
}
