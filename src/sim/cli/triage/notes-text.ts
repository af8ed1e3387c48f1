/** What the column "notes" of a table of many runs counts. */
import { escapeUnsafe, shorten } from "../../../common/quote.ts";
import type { TriagedCase } from "../../output/triage/triage.ts";

/** Number of texts below a table, and their maximum length; JSON has all. */
const SHOWN_NOTES = 5;
const MAX_NOTE = 160;

/** The notes of a trace, in one of its worlds at least. */
export const notesOf = ({ worlds }: TriagedCase): ReadonlySet<string> => new Set(worlds.flatMap(({ notes }) => notes));

/**
 * The notes of the shown rows, those of most rows first, each with its row or the number of rows; empty if there are none.
 * @param labels by index of the case
 */
export function notesText(shown: readonly TriagedCase[], labels: readonly string[]): string {
  const casesOf = new Map<string, TriagedCase[]>();
  for (const one of shown) {
    // Caveats stand below, in full.
    const caveats = new Set(one.worlds.map(({ caveat }) => caveat));
    for (const note of notesOf(one)) if (!caveats.has(note)) casesOf.set(note, [...(casesOf.get(note) ?? []), one]);
  }
  if (casesOf.size === 0) return "";
  const ranked = [...casesOf].sort(([, a], [, b]) => b.length - a.length);
  const lines = ranked.slice(0, SHOWN_NOTES).map(([note, cases]) => {
    const [first] = cases as [TriagedCase];
    const of = cases.length === 1 ? escapeUnsafe(labels[first.index] as string) : `${cases.length} rows`;
    return `  ${of}: ${shorten(note, MAX_NOTE)}\n`;
  });
  const hidden = ranked.length - lines.length;
  const more = hidden === 0 ? "" : `  and ${hidden} more (--format json has all, in full)\n`;
  return `\nNotes of these rows:\n${lines.join("")}${more}`;
}
