import { Simulation, type SimulationOptions } from "../run/simulation.ts";
import { restoreState, saveState } from "../state/save.ts";
import { ACTOR_NAMES, SLOTS_BEFORE_WORKLOADS, workloadOf } from "../time/slots.ts";
import type { TraceSource } from "../trace/types.ts";

/** Maximum number of saved states to return to; beyond it, every second one is dropped. */
const MAX_STATES = 256;

/**
 * Walks through a run event by event, in both directions: a step back restores the last saved state before it and runs
 * forward from there.
 */
export class Stepper {
  /** Events so far. */
  position = 0;
  /** Actor of the last event; empty at the beginning. */
  actor = "";
  readonly #open: () => TraceSource;
  readonly #options: SimulationOptions;
  readonly #states = new Map<number, Float64Array>();
  /** Events between two saved states. */
  #distance = 64;
  #simulation: Simulation;

  /**
   * @param open opens the trace; called several times
   * @throws {InputError} if the trace can't be simulated
   */
  constructor(open: () => TraceSource, options: Pick<SimulationOptions, "policy" | "rates">) {
    this.#open = open;
    this.#options = options;
    this.#simulation = this.#begin();
    this.#keep();
  }

  /** The run at the current position. After a step back it is another object than before. */
  get simulation(): Simulation {
    return this.#simulation;
  }

  /** Processes the next event; false if the run is over. */
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

  /** Goes to the position after `position` events, back or forward; to the end if the run has fewer events. */
  seek(position: number): void {
    if (position < this.position) {
      let from = 0;
      for (const kept of this.#states.keys()) if (kept <= position && kept > from) from = kept;
      // One event earlier, so that the last step sets the actor.
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
    // Every cycle is simulated: a walk shows idle cycles too, which other runs skip.
    return new Simulation(this.#open(), { ...this.#options, everyCycle: true });
  }

  #keep(): void {
    this.#states.set(this.position, saveState([this.#simulation]));
    if (this.#states.size <= MAX_STATES) return;
    this.#distance *= 2;
    for (const kept of this.#states.keys()) if (kept % this.#distance !== 0) this.#states.delete(kept);
  }

  #nameOf(slot: number): string {
    const index = workloadOf(slot);
    if (index === null) return ACTOR_NAMES[slot] as string;
    const workload = this.#simulation.view.trace.workloads[index];
    // The one slot behind those of the workloads.
    if (workload === undefined) return "reporting";
    return `${workload.name}, ${(slot - SLOTS_BEFORE_WORKLOADS) % 2 === 0 ? "memory" : "files"}`;
  }
}
