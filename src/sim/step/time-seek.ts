import type { Us } from "../../common/units.ts";
import type { Stepper } from "./stepper.ts";

/** Events between two pauses: some two milliseconds. */
const EVENTS = 1000;

/**
 * Goes to the last event at a time or before it, back or forward. The way may be long: it pauses after every thousand events, for
 * a caller that has other work.
 */
export function* seekTime(stepper: Stepper, us: Us): Generator<void, void, void> {
  const timeUs = (): Us => stepper.simulation.view.timeUs;
  for (let step = 64; timeUs() > us && stepper.position > 0; step *= 2) {
    stepper.seek(Math.max(0, stepper.position - step));
    yield;
  }
  const isBefore = (): boolean => !stepper.simulation.isOver && stepper.simulation.parts.timeline.nextUs() <= us;
  for (let events = 1; isBefore(); events++) {
    stepper.forward();
    if (events % EVENTS === 0) yield;
  }
}
