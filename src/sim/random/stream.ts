/// <reference path="./seedrandom-alea.d.ts" />
import alea from "seedrandom/lib/alea.js";
import type { Archive, Archived } from "../state/archive.ts";

/** Uniform random numbers in [0, 1) from a separate stream. */
export type Random = () => number;

/** A stream whose position is part of a run's state. */
export interface RandomStream extends Random, Archived {}

/**
 * A stream of random numbers for one component of a run. Streams are independent by name: a further draw in one
 * component does not change another component. (Alea: only arithmetic on doubles, the same on every machine.)
 */
export function randomStream(seed: string, component: string): RandomStream {
  let generator = alea(`${seed}/${component}`, { state: true });
  const draw = () => generator();
  const archive = (a: Archive) => {
    const { c, s0, s1, s2 } = generator.state();
    const state = { c: a.number(c), s0: a.number(s0), s1: a.number(s1), s2: a.number(s2) };
    generator = alea("", { state });
  };
  return Object.assign(draw, { archive });
}

const BITS = 31;

/**
 * Draws the number of failed trials before the first success, each with probability `p` in (0, 1]: a geometric variate,
 * at most 2^31 - 1. By bisection over powers of 1 - p computed by squaring, because `Math.log` may differ between
 * engines.
 */
export function geometric(p: number, random: Random): number {
  const u = 1 - random();
  // q^(2^k) for all k; u in (0, 1] lies between q^(n+1) and q^n.
  const powers: number[] = [1 - p];
  for (let k = 1; k < BITS; k++) powers.push((powers[k - 1] as number) * (powers[k - 1] as number));
  let survived = 1;
  let trials = 0;
  for (let k = BITS - 1; k >= 0; k--) {
    const reached = survived * (powers[k] as number);
    if (reached >= u) {
      survived = reached;
      trials += 2 ** k;
    }
  }
  return trials;
}
