/**
 * A fleet of guests for load tests, each with its own demand and target, which change every few minutes. All values are
 * drawn from one seed, those of each guest from its own stream: guest 17 is the same in a fleet of any size.
 */
import type { Pages } from "../../common/units.ts";
import { Draws } from "../random/draws.ts";

export interface FleetOptions {
  readonly seed: string;
  readonly guests: number;
  /** Length of each trace, and time between two changes of a guest, in seconds. */
  readonly durationSeconds: number;
  readonly everySeconds: number;
  /** Possible RAM sizes of guests, in MiB, with equal probability; absent: most are small. */
  readonly sizesMib?: readonly number[];
}

/** RAM of the guests, in MiB: most virtual machines are small (Bitbrains' median is 2 GiB, by its own traces). */
const SIZES_MIB = [512, 1024, 1024, 2048, 2048, 4096] as const;
const PAGES_PER_MIB = 256;
/** A change moves the target by at least this fraction of the RAM. */
const LEAST_MOVE = 0.1;
/** Every fourth guest gets targets above the memory that it has to spare without reclaim. */
const TIGHT_EVERY = 4;
/** Fractions of the RAM: the kernel, the workload's anonymous memory, its files, the host's target. */
const KERNEL = 0.05;
const ANON = { min: 0.1, max: 0.3 } as const;
const FILES = 0.15;
/** Fractions of the RAM: the working set, and the part of it touched per second. */
const WORKING_SET = 0.08;
const TOUCH = 0.01;
const TARGET = { roomy: 0.45, tight: 0.8 } as const;

/** The name of a guest of a fleet: `guest-00017`. */
export const guestName = (index: number): string => `guest-${String(index).padStart(5, "0")}`;

/** The trace of one guest, from 0 on, as a JSON document. */
export function fleetGuest(options: FleetOptions, index: number): Record<string, unknown> {
  const draws = new Draws(options.seed, `fleet/${index}`);
  const memory = draws.pick(options.sizesMib ?? SIZES_MIB) * PAGES_PER_MIB;
  const isTight = index % TIGHT_EVERY === 0;
  const part = (fraction: number): number => Math.floor(memory * fraction);
  const demand = (): number => draws.whole(part(ANON.min), part(ANON.max));

  const anon: [number, number][] = [[0, demand()]];
  const target: [number, number][] = [[0, 0]];
  // Guests do not change at the same time.
  const phase = draws.whole(1, options.everySeconds);
  let last = 0;
  for (let at = phase; at < options.durationSeconds; at += options.everySeconds) {
    last = moved(draws, last, part(isTight ? TARGET.tight : TARGET.roomy), Math.ceil(memory * LEAST_MOVE));
    target.push([at, last]);
    anon.push([at, demand()]);
  }
  return {
    format: "balloon-sim/trace",
    version: 1,
    name: guestName(index),
    description: isTight
      ? "A guest of a fleet that is asked for more than it can spare: page cache and swap have to give."
      : "A guest of a fleet that is asked for what it can spare.",
    duration: options.durationSeconds,
    seed: `${options.seed}/${index}`,
    origin: { kind: "synthetic", note: `Made by balloon-sim generate fleet, seed ${options.seed}.` },
    guest: { memory, profile: "linux-6.1", swap: part(0.5), kernelMemory: part(KERNEL) },
    workloads: [
      {
        name: "app",
        anon: { points: anon },
        workingSet: part(WORKING_SET),
        touch: part(TOUCH),
        fileSet: part(FILES),
      },
    ],
    host: { target: { points: target } },
  };
}

/** Another target, from 0 to `max`, at least `least` pages from the last one. */
function moved(draws: Draws, last: Pages, max: Pages, least: Pages): Pages {
  const below = Math.max(0, last - least + 1);
  const above = Math.max(0, max - last - least + 1);
  const drawn = draws.whole(0, below + above - 1);
  return drawn < below ? drawn : last + least + drawn - below;
}
