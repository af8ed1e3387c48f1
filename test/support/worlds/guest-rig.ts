import type { LongReply, Reply } from "../../../src/engine/index.ts";
import { Guest } from "../../../src/sim/guest/guest.ts";
import { HostChannel } from "../../../src/sim/host/channel.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { BalloonFrames } from "../../../src/sim/state/balloon-frames.ts";
import type { AnswerPath } from "../../../src/sim/time/pending-answer.ts";
import { Slot, VmSlots } from "../../../src/sim/time/slots.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { traceSource } from "../../../src/sim/trace/changes.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { Change, GuestSpec, HostRule } from "../../../src/sim/trace/types.ts";
import type { Answers, PortsRig } from "../suites/ports.ts";

/** A simulated guest and its host without a driver: the test that holds the rig is the driver. */
export interface GuestRig extends PortsRig {
  ask(send: (reply: Reply) => void): Answers;
  readonly guest: Guest;
  readonly host: HostChannel;
  readonly frames: BalloonFrames;
  readonly timeline: Timeline;
  /** What the work for the last answer costs, in nanoseconds. */
  readonly workNs: number;
  /** Lets time go on up to `us`; actors that are due act. */
  runUntil(us: number): void;
}

/**
 * @param guestSpec what a trace would say of the guest
 * @param workloads what it would say of the workloads; their series must be constants
 */
export function guestRig(
  guestSpec: Readonly<Record<string, unknown>>,
  options: { workloads?: readonly unknown[]; rules?: readonly HostRule[]; target?: number } = {},
): GuestRig {
  const { workloads = [], rules = [], target = 0 } = options;
  const { trace } = readTrace(
    JSON.stringify({
      format: "balloon-sim/trace",
      version: 1,
      name: "rig",
      duration: 1000,
      guest: guestSpec,
      workloads,
      host: { target },
    }),
  );
  const timeline = new Timeline();
  const slots = new VmSlots(timeline, trace.workloads.length);
  const answers: [number, number][] = [];
  let workNs = 0;
  // Time does not go on for the work itself.
  let reply: LongReply = () => {};
  const path: AnswerPath = {
    expect: (to) => {
      reply = to;
    },
    give: (first, second, ns, third = 0, fourth = 0) => {
      workNs = ns;
      reply(first, second, third, fourth);
    },
    wake: () => reply(0, 0, 0, 0),
  };
  const frames = new BalloonFrames();
  const guest = new Guest(trace.guest as GuestSpec, trace.workloads, { timeline, slots, frames, answers: path });
  const host = new HostChannel({ ...trace.host, rules }, frames, randomStream("rig", "host"), path, {
    targetNow: () => target,
    nowUs: () => timeline.nowUs,
  });
  const source = traceSource(trace);
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  while (source.next(change)) {
    if (change.series > 0) guest.change(change);
  }
  guest.warmUp();

  const event = () => {
    const slot = timeline.next();
    if (slot === Slot.Balloon) guest.balloon.resume();
    else guest.resume(slot);
  };
  return {
    guest,
    host,
    frames,
    timeline,
    get workNs() {
      return workNs;
    },
    allocator: guest.balloon,
    hypervisor: host,
    ask(send: (reply: Reply) => void) {
      answers.length = 0;
      send((first, second) => answers.push([first, second]));
      while (answers.length === 0 && timeline.nextUs() < Number.POSITIVE_INFINITY) event();
      return [...answers];
    },
    runUntil(us) {
      while (timeline.nextUs() <= us) event();
    },
  };
}
