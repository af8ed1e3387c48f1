import { Capability, Command, type Reply } from "../../../src/engine/index.ts";
import { Guest } from "../../../src/sim/guest/guest.ts";
import { HostChannel } from "../../../src/sim/host/channel.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { BalloonFrames } from "../../../src/sim/state/balloon-frames.ts";
import { PendingAnswer } from "../../../src/sim/time/pending-answer.ts";
import { Slot, VmSlots } from "../../../src/sim/time/slots.ts";
import { TickClock } from "../../../src/sim/time/ticks.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { type HostCommand, type HostRule, SERIES_KERNEL_MEMORY, type Series } from "../../../src/sim/trace/types.ts";
import {
  type AnyReply,
  describeDevice,
  describeKernelPorts,
  type LongAnswer,
} from "../../support/suites/kernel-ports.ts";
import { describePorts, type PortsScenario, type RefusedCommand } from "../../support/suites/ports.ts";

const MEMORY = 262_144;

/** The guest and the host are told what changes; the trace's own series are not looked at. */
const NOTHING: Series = { hold: "step", at: [0], value: [0], repeatUs: 0, how: "assumed", from: null };

/** A rule that answers one command, after so many others of its kind. */
function rule(command: HostCommand, refused: RefusedCommand | undefined): HostRule[] {
  if (refused === undefined) return [];
  const { at, status } = refused;
  const forever = Number.POSITIVE_INFINITY;
  return [{ command, fromUs: 0, untilUs: forever, count: 1, every: at + 1, fraction: 1, status, path: "$" }];
}

/** A simulated guest that has so many pages to give above its watermark, under a simulated host. */
function simulated({ pages, capabilities, rules }: { pages: number; capabilities: number; rules: HostRule[] }) {
  const timeline = new Timeline();
  const slots = new VmSlots(timeline, 0);
  let answers: LongAnswer[] = [];
  let target = 0;
  const pending = new PendingAnswer(timeline, slots.of(Slot.Balloon));
  const frames = new BalloonFrames();
  const guest = new Guest(
    {
      memory: MEMORY,
      profile: "linux-6.1",
      machine: null,
      lru: null,
      driver: null,
      lowmemReserve: 0,
      swap: 0,
      balloon: 0,
      swappiness: null,
      minFree: null,
      watermarkScaleFactor: null,
      thp: "never",
      floor: null,
      psiLimit: null,
      giveWay: null,
      hz: null,
      cpus: null,
      cpu: 0,
      kernelMemory: NOTHING,
      costs: {},
    },
    [],
    { timeline, slots, frames, answers: pending },
  );
  const spec = {
    ...{ target: NOTHING, callNs: 2000, entryNs: 0, unlockEntryNs: 0, largeEntryNs: 0, unlockLargeEntryNs: 0 },
    ...{ capabilities, rules },
  };
  const host = new HostChannel(spec, frames, randomStream("ports", "host"), pending, {
    targetNow: () => target,
    nowUs: () => timeline.nowUs,
  });
  const kernel = MEMORY - guest.memory.watermarks.min - pages;
  const untilUs = Number.POSITIVE_INFINITY;
  guest.change({ series: SERIES_KERNEL_MEMORY, atUs: 0, value: kernel, untilUs, untilValue: kernel });
  guest.warmUp();
  return {
    allocator: guest.balloon,
    hypervisor: host,
    device: host,
    clock: new TickClock(timeline, slots.of(Slot.Cycle), guest.timer, pending),
    hostHas: () => frames.locked.frames,
    aim(pagesWanted: number) {
      target = pagesWanted;
    },
    ask(send: (reply: AnyReply) => void): LongAnswer[] {
      answers = [];
      send((first, second, third = 0, fourth = 0) => answers.push([first, second, third, fourth]));
      for (let slot = timeline.next(); slot >= 0; slot = timeline.next()) {
        if (slot !== Slot.Balloon) guest.resume(slot);
        else if (guest.balloon.waiting) guest.balloon.resume();
        else pending.deliver();
        if (answers.length > 0) break;
      }
      return answers;
    },
  };
}

describePorts("the simulated guest and host", ({ pages, target, lock, unlock }: PortsScenario) => {
  const rules = [...rule("lock", lock), ...rule("unlock", unlock)];
  const { allocator, hypervisor, aim, ask } = simulated({ pages, capabilities: Capability.Basic, rules });
  aim(target);
  return {
    allocator,
    hypervisor,
    ask: (send: (reply: Reply) => void) => ask(send).map(([first, second]) => [first, second] as const),
  };
});

/** Names of commands in rules, by their numbers. */
const NAMES: Readonly<Record<number, HostCommand>> = {
  [Command.BatchedLock]: "batched-lock",
  [Command.BatchedUnlock]: "batched-unlock",
};

describeKernelPorts("the simulated guest and host", ({ pages, target, capabilities, lock, unlock, command }) => {
  const whole = command === undefined ? [] : rule(NAMES[command.number] as HostCommand, { at: 0, ...command });
  const made = simulated({
    pages,
    capabilities,
    rules: [...rule("lock", lock), ...rule("unlock", unlock), ...whole],
  });
  made.aim(target);
  return made;
});

describeDevice("the simulated host", ({ pages }) => simulated({ pages, capabilities: Capability.Basic, rules: [] }));
