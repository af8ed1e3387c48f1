import { type BalloonDevice, Command, Status } from "../../src/engine/index.ts";
import { VirtualClock } from "../support/fakes/virtual-clock.ts";
import { describeDevice, describeKernelPorts, promptLongAnswers } from "../support/suites/kernel-ports.ts";
import { describeClock, describePorts, promptAnswers } from "../support/suites/ports.ts";
import { BatchPorts } from "../support/worlds/batch-ports.ts";
import { BatchWorld, CALM } from "../support/worlds/batch-world.ts";
import { QUIET } from "../support/worlds/life.ts";
import { PageWorld } from "../support/worlds/page-world.ts";
import { RunPorts } from "../support/worlds/run-ports.ts";
import { VirtioWorld } from "../support/worlds/virtio-world.ts";

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

for (const pieces of [[Number.POSITIVE_INFINITY], [7, 1, 50]]) {
  describeKernelPorts(
    `a world of pages of two sizes, allocations in runs of up to ${pieces}`,
    ({ pages, target, capabilities, lock, unlock, command }) => {
      const seen = { lock: 0, unlock: 0 };
      let isRefused = false;
      /** Number of the command that is being carried out; NaN for those without pages. */
      const number = (): number => Number(world.commands.at(-1)?.split(" ")[0]);
      const world: BatchWorld = new BatchWorld({
        ...CALM,
        ...{ capabilities, targets: [target], small: pages, large: pages >= 100_000 ? 1e9 : Math.floor(pages / 512) },
        page: () => {
          const isLock = number() === Command.BatchedLock || number() === Command.Batched2mLock;
          const refused = isLock ? lock : unlock;
          return seen[isLock ? "lock" : "unlock"]++ === refused?.at ? refused.status : Status.Success;
        },
        command: () => {
          if (command === undefined || isRefused || number() !== command.number) return Status.Success;
          isRefused = true;
          return command.status;
        },
      });
      const ports = new BatchPorts(world);
      ports.pieces = pieces;
      return { allocator: ports, hypervisor: ports, ask: promptLongAnswers, hostHas: () => world.locked };
    },
  );

  describeDevice(`a world of messages, allocations in runs of up to ${pieces}`, ({ pages }) => {
    const world = new VirtioWorld();
    world.free = pages;
    world.most = pieces.at(-1) as number;
    const { allocator, device, clock, hypervisor } = world.ports;
    return {
      ...{
        allocator,
        clock,
        hypervisor,
        device: device as BalloonDevice,
        ask: promptLongAnswers,
        hostHas: () => world.balloon,
      },
      aim: (target: number) => {
        world.target = target;
      },
    };
  });
}

describeClock("the tests' virtual clock", () => {
  const clock = new VirtualClock(250, 1234);
  return { clock, advance: () => clock.next() };
});
