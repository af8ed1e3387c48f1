import { restoreState, saveState } from "../run/checkpoint.ts";
import { Simulation, type SimulationOptions } from "../run/simulation.ts";
import { SLOTS_BEFORE_WORKLOADS, Slot } from "../time/slots.ts";
import type { TraceSource } from "../trace/types.ts";

/** States that are kept to go back to; when there are more, every second one is dropped. */
const MAX_STATES = 256;

/**
 * Walks through a run event by event, in both directions: back is forward again from the last state that was kept before.
 */
export class Stepper {
  /** Events so far. */
  position = 0;
  /** Whose event the last one was; empty at the beginning. */
  actor = "";
  readonly #open: () => TraceSource;
  readonly #options: SimulationOptions;
  readonly #states = new Map<number, Float64Array>();
  /** Events between two states that are kept. */
  #distance = 64;
  #simulation: Simulation;

  /**
   * @param open opens the trace, as often as it takes
   * @throws {InputError} if it can't be simulated
   */
  constructor(open: () => TraceSource, options: Pick<SimulationOptions, "policy" | "rates">) {
    this.#open = open;
    this.#options = options;
    this.#simulation = this.#begin();
    this.#keep();
  }

  /** The run as it stands now. After a step back it is another one than before. */
  get simulation(): Simulation {
    return this.#simulation;
  }

  /** Makes the next event; false where the run is over. */
  forward(): boolean {
    const simulation = this.#simulation;
    if (simulation.isOver) return false;
    const slot = simulation.parts.timeline.nextSlot();
    simulation.runFor(1);
    this.position++;
    this.actor = simulation.isOver ? "end" : this.#nameOf(slot);
    if (this.position % this.#distance === 0) this.#keep();
    return true;
  }

  /** Goes to where so many events have been, back or forward; to the end where there are not so many. */
  seek(position: number): void {
    if (position < this.position) {
      let from = 0;
      for (const kept of this.#states.keys()) if (kept <= position && kept > from) from = kept;
      // One before, so that the last step says whose event it was.
      if (from === position && from > 0) return this.#seekBefore(position);
      this.#return(from);
    }
    while (this.position < position && this.forward());
  }

  /** Closes the trace. */
  close(): void {
    this.#simulation.close();
  }

  #seekBefore(position: number): void {
    this.seek(position - 1);
    this.forward();
  }

  #return(position: number): void {
    this.#simulation.close();
    this.#simulation = this.#begin();
    restoreState([this.#simulation], this.#states.get(position) as Float64Array);
    this.position = position;
    this.actor = "";
  }

  #begin(): Simulation {
    // Each cycle by itself: a walk shows what happens, skipped idle cycles too.
    return new Simulation(this.#open(), { ...this.#options, everyCycle: true });
  }

  #keep(): void {
    this.#states.set(this.position, saveState([this.#simulation]));
    if (this.#states.size <= MAX_STATES) return;
    this.#distance *= 2;
    for (const kept of this.#states.keys()) if (kept % this.#distance !== 0) this.#states.delete(kept);
  }

  #nameOf(slot: number): string {
    const fixed = NAMES.get(slot);
    if (fixed !== undefined) return fixed;
    const index = slot - SLOTS_BEFORE_WORKLOADS;
    const name = this.#simulation.view.trace.workloads[index >> 1]?.name ?? "?";
    return `${name}, ${index % 2 === 0 ? "memory" : "files"}`;
  }
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [Slot.Trace, "trace"],
  [Slot.Cycle, "timer"],
  [Slot.Balloon, "driver"],
  [Slot.Kswapd, "kswapd"],
  [Slot.Flusher, "flusher"],
  [Slot.Kernel, "kernel"],
  [Slot.Sample, "sample"],
]);
