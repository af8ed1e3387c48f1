import type { Pages, Us } from "../../common/units.ts";
import type { Simulation } from "../run/simulation.ts";
import type { Observer, RunView } from "../view/types.ts";
import type { OtherWaits } from "./waits.ts";

/** A part of a run, in microseconds of it. */
export interface Window {
  readonly fromUs: Us;
  readonly untilUs: Us;
}

/** What is measured of a run, or of a part of it: sums over its time. */
export interface Measured {
  readonly kills: number;
  /** Time that the driver waited for memory, in seconds. */
  readonly driver: number;
  /** Time that workloads and kernel waited for anything that lack of memory causes: stalls and `OtherWaits`, in seconds. */
  readonly waits: number;
  /** Pressure stall information, in seconds. */
  readonly full: number;
  /** Accesses that workloads did not make, because they waited or were killed; in pages. */
  readonly undone: Pages;
  /** What the balloon lacked of the target, and its size, over the time: page seconds. */
  readonly deficit: number;
  readonly size: number;
}

export const MEASURES = [
  "kills",
  "driver",
  "waits",
  "full",
  "undone",
  "deficit",
  "size",
] as const satisfies readonly (keyof Measured)[];

/** Adds up the balloon's size and what it lacks of the target. Both change in cycles, and with targets. */
export class BalloonSums implements Observer {
  #deficit = 0;
  #size = 0;
  #sinceUs: Us = 0;
  #lacks: Pages = 0;
  #had: Pages = 0;

  cycle(view: RunView): void {
    this.settle(view);
  }

  target(view: RunView): void {
    this.settle(view);
  }

  end(view: RunView): void {
    this.settle(view);
  }

  settle({ timeUs, host, balloon }: RunView): void {
    const seconds = (timeUs - this.#sinceUs) / 1e6;
    this.#deficit += this.#lacks * seconds;
    this.#size += this.#had * seconds;
    this.#sinceUs = timeUs;
    this.#had = balloon.size;
    this.#lacks = Math.max(0, host.target - balloon.size);
  }

  /** The sums up to the last event. */
  sums(view: RunView): Pick<Measured, "deficit" | "size"> {
    this.settle(view);
    return { deficit: this.#deficit, size: this.#size };
  }
}

/** What adds up during a run: the first is an observer of it, the second its sink of causes. */
export interface Sums {
  readonly balloon: BalloonSums;
  readonly others: OtherWaits;
}

/** The sums of a run up to now. */
function upToNow({ view, parts }: Simulation, { balloon, others }: Sums): Measured {
  parts.guest.pressure.settle(view.timeUs);
  const { guest } = view;
  return {
    kills: guest.oomKills,
    driver: guest.balloonStallUs / 1e6,
    waits: (guest.workloadStallUs + others.us) / 1e6,
    full: guest.psiFullUs / 1e6,
    undone: guest.undonePages + guest.lostPages,
    ...balloon.sums(view),
  };
}

const difference = (to: Measured, from: Measured): Measured =>
  Object.fromEntries(MEASURES.map((name) => [name, to[name] - from[name]])) as unknown as Measured;

/** Called between slices of a run. */
export type Turn = () => Promise<void> | void;

const SLICE_EVENTS = 4096;

/** Runs a simulation to its end. @returns what was measured in each window, and in the whole run */
export async function measure(
  simulation: Simulation,
  sums: Sums,
  windows: readonly Window[],
  turn: Turn = () => {},
): Promise<{ readonly windows: readonly Measured[]; readonly run: Measured }> {
  const times = [...new Set(windows.flatMap(({ fromUs, untilUs }) => [fromUs, untilUs]))].sort((a, b) => a - b);
  const states = new Map<Us, Measured>();
  for (const us of times) {
    while (simulation.runFor(SLICE_EVENTS, us)) await turn();
    states.set(us, upToNow(simulation, sums));
  }
  while (simulation.runFor(SLICE_EVENTS)) await turn();
  const at = (us: Us): Measured => states.get(us) as Measured;
  return {
    windows: windows.map(({ fromUs, untilUs }) => difference(at(untilUs), at(fromUs))),
    run: upToNow(simulation, sums),
  };
}
