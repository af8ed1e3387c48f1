import { VirtualClock } from "../support/fakes/virtual-clock.ts";
import { describeClock, describePorts, promptAnswers } from "../support/suites/ports.ts";
import { QUIET } from "../support/worlds/life.ts";
import { PageWorld } from "../support/worlds/page-world.ts";
import { RunPorts } from "../support/worlds/run-ports.ts";

// The worlds that the engine is tested in keep to the rules themselves.

for (const pieces of [[Number.POSITIVE_INFINITY], [7, 1, 50]]) {
  describePorts(
    `a world of single pages, allocations in runs of up to ${pieces}`,
    ({ pages, target, lock, unlock }) => {
      // Refusals at a place in a run want the run in one piece.
      const whole = lock !== undefined || unlock !== undefined;
      const ports = new RunPorts(
        new PageWorld(
          {
            ...QUIET,
            target,
            nosleepOk: pages,
            sleepOk: pages,
            lock: lock === undefined ? [] : [lock],
            unlock: unlock === undefined ? [] : [unlock],
          },
          1000,
        ),
      );
      ports.pieces = whole ? [Number.POSITIVE_INFINITY] : pieces;
      return { allocator: ports, hypervisor: ports, ask: promptAnswers };
    },
  );
}

describeClock("the tests' virtual clock", () => {
  const clock = new VirtualClock(250, 1234);
  return { clock, advance: () => clock.next() };
});
