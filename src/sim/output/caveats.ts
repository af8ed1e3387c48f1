/** What recordings say of a driver's results, or that there are none, wherever its figures are shown. */
import type { BalloonPolicy } from "../../engine/index.ts";

/** The caveat of a driver as a sentence that names it; null: a reader of its figures must know nothing. */
export const caveatOf = ({ name, caveat }: BalloonPolicy): string | null =>
  caveat === undefined ? null : `${name}: ${caveat}.`;
