/** A number over worlds in words; for commands and pages. */

/** A number in several worlds, of which some may have none. */
export interface SpreadNumbers {
  /** Of the worlds that have one; NaN: there is no such world. */
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Number of worlds without one, and of all. */
  readonly none: number;
  readonly worlds: number;
}

/** The median and the range: `2.98s [2.51s .. 5.04s]`; one value if both ends read the same. */
export function spreadText(
  { median, lowest, highest }: Pick<SpreadNumbers, "median" | "lowest" | "highest">,
  format: (value: number) => string,
): string {
  const [middle, from, to] = [median, lowest, highest].map(format);
  return from === to ? `${middle}` : `${middle} [${from} .. ${to}]`;
}

/** The median and the range: `2.98s [2.51s .. 5.04s]; none in 1 of 3`; one value if it is the same in all. */
export function spreadWords({ none, worlds, ...spread }: SpreadNumbers, format: (value: number) => string): string {
  const text = spreadText(spread, format);
  return none === 0 ? text : `${text}; none in ${none} of ${worlds}`;
}

/** What is shown of a time to a target that was not reached in any world. */
export const NOT_REACHED = "not reached";

/** The value as text, marked as a lower bound if it is one. */
export const withBound = (text: string, isBound: boolean): string => (isBound ? `${LOWER_BOUND} ${text}` : text);

/** Mark of a lower bound, and a line that explains it. */
const LOWER_BOUND = ">";
export const LOWER_BOUND_LEGEND =
  "> a target was not reached: its change counts with the time until the next change or the end";
