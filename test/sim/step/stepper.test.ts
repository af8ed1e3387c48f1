import fc from "fast-check";
import { expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Stepper } from "../../../src/sim/step/stepper.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { traceDocuments } from "../../support/generators/traces.ts";

/** What there is to see where a stepper stands. */
function sight({ position, actor, simulation }: Stepper): string {
  const { view } = simulation;
  const { timeUs, host, cycle } = view;
  const engine = view.balloon.state;
  const { free, anon, cache, swap, psiSomeUs, swapOut } = view.guest;
  return JSON.stringify([
    position,
    actor,
    timeUs,
    engine,
    host.locked,
    cycle.number,
    free,
    anon,
    cache,
    swap,
    psiSomeUs,
    swapOut,
  ]);
}

it("the stepper shows the same at an event by each way there", () => {
  fc.assert(
    fc.property(traceDocuments, fc.array(fc.nat(700), { minLength: 1, maxLength: 8 }), (document, positions) => {
      const open = () => readTrace(JSON.stringify(document));
      const forward = new Stepper(open, { rates: DEFAULT_RATES });
      const seen = [sight(forward)];
      while (seen.length <= 700 && forward.forward()) seen.push(sight(forward));
      const walker = new Stepper(open, { rates: DEFAULT_RATES });
      for (const position of positions) {
        walker.seek(position);
        const at = Math.min(position, seen.length - 1);
        expect(walker.position).toBe(at);
        // The last step says whose event it was, unless there was none.
        expect(sight(walker)).toBe(seen[at]);
      }
    }),
    { numRuns: 40 },
  );
});

it("the stepper goes back far in a long run", () => {
  const stepper = new Stepper(() => openTrace("thrash"), { rates: DEFAULT_RATES });
  stepper.seek(40);
  const early = sight(stepper);
  stepper.seek(Number.POSITIVE_INFINITY);
  expect(stepper.simulation.isOver).toBe(true);
  expect(stepper.forward()).toBe(false);
  stepper.seek(40);
  expect(sight(stepper)).toBe(early);
});
