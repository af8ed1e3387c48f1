import { expect } from "vitest";
import type { BalloonPolicy, Params } from "../../../src/engine/index.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { Observer } from "../../../src/sim/view/types.ts";

/** A run of a minute, of a guest of 4 GiB, but for what is said. */
export interface DriverRun<P> {
  readonly guest?: Record<string, unknown>;
  readonly host?: Record<string, unknown>;
  readonly workloads?: readonly Record<string, unknown>[];
  readonly params?: Partial<P>;
  readonly observer?: Observer;
  readonly everyCycle?: boolean;
}

/** Runs of guests with a driver. */
export function driverRuns<P extends Params>(policy: BalloonPolicy<P>) {
  const simulation = (options: DriverRun<P> = {}): Simulation => {
    const { guest, host = {}, workloads = [], params, observer, everyCycle = false } = options;
    const source = readTrace(
      JSON.stringify({
        ...{ format: "balloon-sim/trace", version: 1, duration: 60 },
        guest: { memory: "4GiB", driver: policy.name, ...guest },
        workloads,
        host,
      }),
      "test",
    );
    return new Simulation(source, { rates: { ...policy.defaults, ...params }, everyCycle }, observer);
  };

  /** Runs to the end; the invariants hold after every event. */
  const run = (options: DriverRun<P> = {}): Simulation => {
    const made = simulation(options);
    const invariants = new Invariants(made.parts);
    do expect(invariants.violated()).toBeNull();
    while (made.runFor(1));
    return made;
  };

  /** Expects that a run goes on from a checkpoint after so many events as if nothing had been. */
  const expectResumable = (options: DriverRun<P>, events: readonly number[]): void => {
    const whole = simulation(options);
    whole.run();
    const draw = whole.finalDraw();
    for (const count of events) {
      const first = simulation(options);
      first.runFor(count);
      const second = simulation(options);
      restoreState([second], saveState([first]));
      second.run();
      expect({ ...second.parts.driver.state }).toEqual({ ...whole.parts.driver.state });
      expect(second.finalDraw()).toBe(draw);
    }
  };

  return { simulation, run, expectResumable };
}
