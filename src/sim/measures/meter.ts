import type { Pages } from "../../common/units.ts";
import type { Observer, RunView } from "../view/types.ts";
import type { ChangeSums, Measures } from "./measures.ts";
import { OBJECTIVES } from "./objectives.ts";
import { DEADLINES_S, type TargetChange, TargetFollower } from "./target-follower.ts";

/** After a cycle of this length or longer a timer of whole seconds skips one; in microseconds. */
export const LONG_CYCLE_US = 250_000;

/** Whether the last cycle of a run was long. Drivers that the host interrupts have no period, so no cycle of theirs is. */
export const isLongCycle = ({ policy, cycle }: Pick<RunView, "policy" | "cycle">): boolean =>
  policy.isInterrupted !== true && cycle.endUs - cycle.startUs >= LONG_CYCLE_US;

class Sums implements ChangeSums {
  count = 0;
  unreached = 0;
  timeUs = 0;
  readonly distances: Pages[] = DEADLINES_S.map(() => 0);

  add(change: TargetChange): void {
    this.count++;
    if (change.timeToTargetUs === null) this.unreached++;
    this.timeUs += change.timeToTargetUs ?? change.untilUs - change.atUs;
    for (let i = 0; i < this.distances.length; i++) {
      (this.distances[i] as number) += Math.abs(change.deficitPages[i] ?? change.lastDeficitPages);
    }
  }
}

/**
 * Observes a run and measures every objective. Memory and time per cycle do not grow with the run. Size and target are
 * those at the end of the last cycle and at the last change of the target; they are constant in between.
 */
export class ObjectiveMeter implements Observer {
  readonly #follower = new TargetFollower((change) => this.#closed(change));
  readonly #changes = new Sums();
  readonly #raised = new Sums();
  readonly #lowered = new Sums();
  #longCycles = 0;
  #sinceUs = 0;
  #size: Pages = 0;
  /** Null before the first observation; the target then is assumed to apply since the beginning. */
  #target: Pages | null = null;
  #stallUs = 0;
  #heldArea = 0;
  #excessArea = 0;
  #stallAboveTargetUs = 0;
  #overshoot: Pages = 0;
  #movedPages = 0;
  #netPages = 0;
  /** Size at the last change of the target, and its side of the target: 1 below, -1 above, 0 not known yet. */
  #sizeAtChange: Pages = 0;
  #side = 0;
  #values: readonly number[] | null = null;

  target(view: RunView): void {
    this.#pass(view);
    this.#follower.target(view);
    this.#sizeAtChange = this.#size;
    this.#side = 0;
    this.#look(view);
  }

  cycle(view: RunView): void {
    this.#pass(view);
    this.#follower.cycle(view);
    const { size } = view.balloon;
    this.#movedPages += Math.abs(size - this.#size);
    this.#size = size;
    if (isLongCycle(view)) this.#longCycles++;
    this.#look(view);
  }

  end(view: RunView): void {
    this.#pass(view);
    this.#follower.end(view);
    const measures = this.#measures(view);
    this.#values = OBJECTIVES.map(({ value }) => Math.round(value(measures) * 1e6) / 1e6);
  }

  /**
   * One number per entry of `OBJECTIVES`, in the same order and units, to six decimals. Throws before the run is over.
   */
  get values(): readonly number[] {
    if (this.#values === null) throw new Error("the run is not over");
    return this.#values;
  }

  /** Accounts for the time since the last observation; size and target were constant. */
  #pass(view: RunView): void {
    if (this.#target === null) {
      this.#target = view.host.target;
      this.#size = view.trace.guest.balloon;
      this.#sizeAtChange = this.#size;
    }
    const us = view.timeUs - this.#sinceUs;
    const stallUs = view.guest.psiSomeUs;
    this.#heldArea += us * Math.min(this.#size, this.#target);
    if (this.#size > this.#target) {
      this.#excessArea += us * (this.#size - this.#target);
      this.#stallAboveTargetUs += stallUs - this.#stallUs;
    }
    this.#sinceUs = view.timeUs;
    this.#stallUs = stallUs;
  }

  #look(view: RunView): void {
    const { target } = view.host;
    this.#target = target;
    if (this.#side === 0) this.#side = Math.sign(target - this.#size);
    else this.#overshoot = Math.max(this.#overshoot, this.#side * (this.#size - target));
  }

  #closed(change: TargetChange): void {
    this.#changes.add(change);
    if (change.toPages > change.fromPages) this.#raised.add(change);
    else if (change.toPages < change.fromPages) this.#lowered.add(change);
    this.#netPages += Math.abs(this.#size - this.#sizeAtChange);
  }

  #measures(view: RunView): Measures {
    return {
      durationUs: view.timeUs,
      changes: this.#changes,
      raised: this.#raised,
      lowered: this.#lowered,
      longCycles: this.#longCycles,
      heldArea: this.#heldArea,
      excessArea: this.#excessArea,
      stallAboveTargetUs: this.#stallAboveTargetUs,
      overshoot: this.#overshoot,
      movedPages: this.#movedPages,
      netPages: this.#netPages,
      driverCpuUs: view.driverCpuUs,
      calls: view.host.calls,
      guest: view.guest,
    };
  }
}
