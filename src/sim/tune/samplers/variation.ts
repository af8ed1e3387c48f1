import type { Random } from "../../random/stream.ts";
import { exp, ln } from "../elementary.ts";
import type { Axis } from "../parameter.ts";

/**
 * Distribution indices of crossover and mutation: children are nearer to their parents for larger ones. Usual values.
 */
const CROSSOVER_INDEX = 15;
const MUTATION_INDEX = 20;

const power = (base: number, exponent: number): number => (base <= 0 ? 0 : exp(exponent * ln(base)));

/**
 * A child's coordinate from its parents', all from 0 to 1: simulated binary crossover with bounds (Deb and Agrawal
 * 1995). Its distance from one of them is roughly at most that between them.
 */
export function crossover(a: number, b: number, random: Random): number {
  const low = Math.min(a, b);
  const gap = Math.max(a, b) - low;
  if (gap < 1e-12) return a;
  const isLow = random() < 0.5;
  // The spread that would reach the bound on this side.
  const reach = 1 + (2 * (isLow ? low : 1 - low - gap)) / gap;
  const mass = 2 - power(reach, -(CROSSOVER_INDEX + 1));
  const u = random() * mass;
  const spread = power(u <= 1 ? u : 1 / (2 - u), 1 / (CROSSOVER_INDEX + 1));
  return low + gap / 2 + ((isLow ? -spread : spread) * gap) / 2;
}

/** A coordinate moved by polynomial mutation within 0 to 1 (Deb and Goyal 1996), far enough to change its value. */
export function mutate(axis: Axis, unit: number, random: Random): number {
  const u = random();
  const isDown = u < 0.5;
  const room = isDown ? unit : 1 - unit;
  const tail = power(1 - room, MUTATION_INDEX + 1);
  const v = isDown ? 2 * u : 2 * (1 - u);
  const way = 1 - power(v + (1 - v) * tail, 1 / (MUTATION_INDEX + 1));
  const moved = isDown ? unit - way : unit + way;
  const value = axis.valueOf(unit);
  return axis.valueOf(moved) === value ? axis.unitOf(axis.next(value, isDown ? -1 : 1)) : moved;
}
