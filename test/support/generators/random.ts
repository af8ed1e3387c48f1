import seedrandom from "seedrandom";

/** Draws a number from 0 up to, and not including, 1. */
export type Random = () => number;

/** The same draws for the same seed, everywhere. */
export function seeded(seed: string): Random {
  return seedrandom.alea(seed);
}

/** A whole number from `min` to `max`. */
export function whole(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** One of the values, each as likely as the others. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
