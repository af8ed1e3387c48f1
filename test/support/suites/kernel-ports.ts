import { describe, expect, it } from "vitest";
import {
  Allocation,
  type BalloonDevice,
  type BatchHypervisor,
  Capability,
  Command,
  Custody,
  type KernelAllocator,
  type KernelClock,
  LARGE_PAGE_FRAMES,
  Status,
  SUCCESS_WITH_CAPABILITIES,
} from "../../../src/engine/index.ts";
import { KernelRequest, type RequestMachine, request } from "../../../src/engine/requests.ts";
import { VirtioBalloonMachine } from "../../../src/engine/virtio-balloon/machine.ts";
import { VIRTIO_BALLOON_DEFAULTS } from "../../../src/engine/virtio-balloon/params.ts";
import { VmwBalloonMachine } from "../../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../../src/engine/vmw-balloon/params.ts";
import type { RefusedCommand } from "./ports.ts";

/** The largest lot in which a kernel takes single pages: its last one may reach below what it keeps free. */
const LOT = 63;

/** All pages that there are, and no more than a lot beside. */
function expectAll(got: number, pages: number): void {
  expect(got).toBeGreaterThanOrEqual(pages);
  expect(got).toBeLessThan(pages + LOT);
}

// What the drivers of today's kernels rely on in any allocator, any host and any device: beyond `describePorts`.

/** The world that a conformance test wants: it grants everything but what is said here. */
export interface KernelScenario {
  /**
   * Pages of 4 KiB that can be allocated before all allocations fail; as far as these are whole blocks, in pages of 2 MiB. From
   * 100,000 on: more than a test has at a time.
   */
  readonly pages: number;
  readonly target: number;
  readonly capabilities: number;
  /** Entries of a batch of their kind, from 0, that are refused. */
  readonly lock?: RefusedCommand;
  readonly unlock?: RefusedCommand;
  /** The first command of this number is refused as a whole. */
  readonly command?: { readonly number: number; readonly status: number };
}

/** One answer to one request. */
export type LongAnswer = readonly [first: number, second: number, third: number, fourth: number];

/** A reply to a request of any kind. */
export type AnyReply = (first: number, second: number, third?: number, fourth?: number) => void;

interface Asking {
  /** Sends a request and lets the world go on until nothing is under way; returns the answers that came. */
  ask(send: (reply: AnyReply) => void): readonly LongAnswer[];
  /** Frames that the host has, by its own account. */
  hostHas(): number;
}

/** Ports under test in such a world. */
export interface KernelRig extends Asking {
  readonly allocator: KernelAllocator;
  readonly hypervisor: BatchHypervisor;
}

/** A device under test, with the allocator and the clock of its guest. */
export interface DeviceRig extends Asking {
  readonly allocator: KernelAllocator;
  readonly device: BalloonDevice;
  readonly clock: KernelClock;
  /** For the ports of a driver that has no such host. */
  readonly hypervisor: BatchHypervisor;
  /** Changes the host's target. */
  aim(target: number): void;
}

/** What `ask` does for ports that answer at once. */
export function promptLongAnswers(send: (reply: AnyReply) => void): LongAnswer[] {
  const answers: LongAnswer[] = [];
  send((first, second, third = 0, fourth = 0) => answers.push([first, second, third, fourth]));
  return answers;
}

const ALL = Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Doorbell | Capability.Target64;

/** The one answer to a request. */
function askerOf(rig: Asking) {
  return (send: (reply: AnyReply) => void): LongAnswer => {
    const answers = rig.ask(send);
    expect(answers, "one answer a request").toHaveLength(1);
    return answers[0] as LongAnswer;
  };
}

/** Runs a machine's piece of work to its end. */
function finish(rig: Parameters<typeof request>[1] & Asking, machine: RequestMachine, first: number): void {
  const ask = askerOf(rig);
  for (let next = first; next !== KernelRequest.None; ) {
    next = machine.step(...ask((reply) => request(machine.state, rig, reply)));
  }
}

/** What the driver `vmw-balloon` relies on in any allocator and any host. */
export function describeKernelPorts(name: string, create: (scenario: KernelScenario) => KernelRig): void {
  const rig = (scenario: Partial<KernelScenario> = {}) => {
    const made = create({ pages: 200_000, target: 100, capabilities: ALL, ...scenario });
    const { allocator, hypervisor } = made;
    const ask = askerOf(made);
    /** Allocates `count` pages in as many runs as it takes. */
    const take = (way: number, count: number) => {
      for (let left = count; left > 0; ) {
        const [got, failed] = ask((reply) => allocator.take(way, left, reply));
        expect([failed, got >= 1, got <= left]).toEqual([0, true, true]);
        left -= got;
      }
    };
    const send = (command: number, count: number) => ask((reply) => hypervisor.transfer(command, count, reply));
    const free = (count: number, custody: number) => ask((reply) => allocator.free(count, custody, reply));
    const start = (wanted = ALL) => ask((reply) => hypervisor.start(wanted, reply));
    const hostHas = () => made.hostHas();
    return { made, allocator, hypervisor, ask, take, send, free, start, hostHas };
  };
  /** A host that has granted what it can. */
  const started = (scenario: Partial<KernelScenario> = {}) => {
    const made = rig(scenario);
    made.start();
    return made;
  };
  const target = 100;

  describe(`${name} as ports of a kernel's driver`, () => {
    it.each([
      [ALL, Capability.Basic | Capability.Batched, SUCCESS_WITH_CAPABILITIES],
      [Capability.Basic | Capability.Batched, ALL, SUCCESS_WITH_CAPABILITIES],
      [Capability.Basic, ALL, Status.Success],
      [ALL, Capability.Basic, Status.Success],
    ])("grants what is wanted and what it has: 0x%s of 0x%s", (wanted, capabilities, status) => {
      const [got, granted] = rig({ capabilities }).start(wanted);
      expect(got).toBe(status);
      if (got === SUCCESS_WITH_CAPABILITIES) expect(granted).toBe(wanted & capabilities);
    });

    it("answers GUEST_ID, GET_TARGET and DOORBELL_SET", () => {
      const { hypervisor, ask } = started({ target: 77 });
      expect(ask((reply) => hypervisor.guestId(1, reply))[0]).toBe(Status.Success);
      expect(ask((reply) => hypervisor.getTarget(1 << 20, reply)).slice(0, 2)).toEqual([Status.Success, 77]);
      for (const isSet of [1, 0]) {
        expect(ask((reply) => hypervisor.setDoorbell(isSet, reply))[0]).toBe(Status.Success);
      }
    });

    it.each([
      ["4 KiB", Allocation.OneRound, 1],
      ["2 MiB", Allocation.Large, LARGE_PAGE_FRAMES],
    ])("allocates pages of %s in runs that add up, until one fails", (_, way, frames) => {
      const { allocator, ask } = started({ pages: 3000 });
      let got = 0;
      for (let failed = 0; failed === 0; ) {
        const wanted = 1700;
        const [run, end] = ask((reply) => allocator.take(way, wanted, reply));
        expect([0, 1]).toContain(end);
        expect(run).toBeGreaterThanOrEqual(end === 1 ? 0 : 1);
        expect(run).toBeLessThanOrEqual(end === 1 ? wanted - 1 : wanted);
        got += run;
        failed = end;
      }
      if (frames === 1) expectAll(got, 3000);
      else expect([got >= 1, got * frames <= 3000]).toEqual([true, true]);
    });

    it("locks and unlocks a page by the commands for one, and takes it back", () => {
      const { take, send, free, hostHas } = started({ capabilities: Capability.Basic });
      take(Allocation.OneRound, 2);
      expect(send(Command.Lock, 1)).toEqual([Status.Success, 0, 0, target]);
      expect(send(Command.Lock, 1)).toEqual([Status.Success, 0, 0, target]);
      expect(hostHas()).toBe(2);
      expect(send(Command.Unlock, 1)).toEqual([Status.Success, 0, 0, target]);
      free(1, Custody.Unlocked);
      expect(send(Command.Unlock, 1)).toEqual([Status.Success, 0, 0, target]);
      free(1, Custody.Unlocked);
    });

    it.each<[size: string, way: number, lock: number, unlock: number, large: number, frames: number]>([
      ["4 KiB", Allocation.OneRound, Command.BatchedLock, Command.BatchedUnlock, 0, 1],
      ["2 MiB", Allocation.Large, Command.Batched2mLock, Command.Batched2mUnlock, Custody.Large, LARGE_PAGE_FRAMES],
    ])("locks and unlocks batches of pages of %s, and takes them back, again and again", (...page) => {
      const [, way, lock, unlock, large, frames] = page;
      const { take, send, free, hostHas } = started();
      // More in all than the guest has.
      for (let turn = 0; turn < 12; turn++) {
        take(way, 60);
        expect(send(lock, 40)).toEqual([Status.Success, 0, 0, target]);
        expect(send(lock, 20)).toEqual([Status.Success, 0, 0, target]);
        expect(hostHas()).toBe(60 * frames);
        expect(send(unlock, 25)).toEqual([Status.Success, 0, 0, target]);
        expect(hostHas()).toBe(35 * frames);
        free(25, Custody.Unlocked | large);
        expect(send(unlock, 35)).toEqual([Status.Success, 0, 0, target]);
        free(35, Custody.Unlocked | large);
        expect(hostHas()).toBe(0);
      }
    });

    it.each([
      [Status.PpnPinned, 1],
      [Status.PpnInvalid, 1],
      [Status.Busy, 0],
    ])("refuses one entry of a LOCK and goes on behind it: status %s, of which %s unfit", (status, unfit) => {
      const { take, send, free, hostHas } = started({ lock: { at: 3, status } });
      take(Allocation.OneRound, 10);
      expect(send(Command.BatchedLock, 10)).toEqual([Status.Success, 1, unfit, target]);
      expect(hostHas()).toBe(9);
      free(1, Custody.Rest);
      expect(send(Command.BatchedUnlock, 9)).toEqual([Status.Success, 0, 0, target]);
      free(9, Custody.Unlocked);
    });

    it("keeps the page of an entry of an UNLOCK that is refused", () => {
      const { take, send, free, hostHas } = started({ unlock: { at: 4, status: Status.Busy } });
      take(Allocation.OneRound, 20);
      send(Command.BatchedLock, 20);
      expect(send(Command.BatchedUnlock, 12)).toEqual([Status.Success, 1, 0, target]);
      expect(hostHas()).toBe(9);
      free(11, Custody.Unlocked);
      expect(send(Command.BatchedUnlock, 9)).toEqual([Status.Success, 0, 0, target]);
      free(9, Custody.Unlocked);
    });

    it.each<[what: string, number: number]>([
      ["a LOCK", Command.BatchedLock],
      ["an UNLOCK", Command.BatchedUnlock],
    ])("refuses all pages of %s that fails as a whole", (_, number) => {
      const { take, send, free, hostHas } = started({ command: { number, status: Status.Busy } });
      take(Allocation.OneRound, 8);
      const first = send(Command.BatchedLock, 8);
      if (number === Command.BatchedLock) {
        expect(first.slice(0, 2)).toEqual([Status.Busy, 8]);
        expect(hostHas()).toBe(0);
        free(8, Custody.Rest);
        return;
      }
      expect(send(Command.BatchedUnlock, 8).slice(0, 2)).toEqual([Status.Busy, 8]);
      expect(hostHas()).toBe(8);
      expect(send(Command.BatchedUnlock, 8)).toEqual([Status.Success, 0, 0, target]);
      free(8, Custody.Unlocked);
    });

    it("frees refused pages and those that were not offered together", () => {
      const { take, send, free } = started({ lock: { at: 0, status: Status.PpnPinned } });
      take(Allocation.OneRound, 5);
      expect(send(Command.BatchedLock, 3)).toEqual([Status.Success, 1, 1, target]);
      free(3, Custody.Rest);
      expect(send(Command.BatchedUnlock, 2)).toEqual([Status.Success, 0, 0, target]);
      free(2, Custody.Unlocked);
    });

    it("splits refused pages of 2 MiB into pages that can be offered", () => {
      const { allocator, ask, take, send, free } = started({ lock: { at: 1, status: Status.PpnPinned } });
      take(Allocation.Large, 3);
      expect(send(Command.Batched2mLock, 3)).toEqual([Status.Success, 1, 1, target]);
      ask((reply) => allocator.split(1, reply));
      expect(send(Command.BatchedLock, 512)).toEqual([Status.Success, 0, 0, target]);
      expect(send(Command.BatchedUnlock, 512)).toEqual([Status.Success, 0, 0, target]);
      free(512, Custody.Unlocked);
      expect(send(Command.Batched2mUnlock, 2)).toEqual([Status.Success, 0, 0, target]);
      free(2, Custody.Unlocked | Custody.Large);
    });

    it("takes back a whole balloon that was not unlocked, and begins anew after START", () => {
      const { take, send, free, start } = started();
      const fill = () => {
        take(Allocation.Large, 2);
        send(Command.Batched2mLock, 2);
        take(Allocation.OneRound, 50);
        expect(send(Command.BatchedLock, 50)).toEqual([Status.Success, 0, 0, target]);
      };
      fill();
      start();
      free(50, Custody.Balloon);
      free(2, Custody.Balloon | Custody.Large);
      fill();
    });

    it("serves a driver from loading to unloading", () => {
      const { made } = rig({ target: 1500, lock: { at: 1, status: Status.PpnInvalid } });
      const machine = new VmwBalloonMachine(VMW_BALLOON_DEFAULTS, 250);
      machine.load();
      finish(made, machine, machine.cycle());
      // A page of 2 MiB is refused, another one takes its place.
      expect(machine.state).toMatchObject({ target: 1500, reset: 1, errAlloc2m: 1, large: 3, small: 0 });
      finish(made, machine, machine.exit());
      expect(machine.state).toMatchObject({ large: 0, small: 0, free2m: 3 });
    });
  });
}

/** What the driver `virtio-balloon` relies on in any device, its guest's allocator, and the clock of its thread. */
export function describeDevice(name: string, create: (scenario: { readonly pages: number }) => DeviceRig): void {
  describe(`${name} as a balloon device`, () => {
    const rig = (pages = 5000) => {
      const made = create({ pages });
      const ask = askerOf(made);
      const take = (count: number) => {
        for (let left = count; left > 0; ) {
          left -= ask((reply) => made.allocator.take(Allocation.OneRound, left, reply))[0];
        }
      };
      return { ...made, made, ask, take };
    };

    it("shows the target of its configuration", () => {
      const { device, ask, aim } = rig();
      for (const pages of [0, 77, 5]) {
        aim(pages);
        expect(ask((reply) => device.readTarget(reply))[0]).toBe(pages);
      }
    });

    it("takes the pages of a message, and gives the newest ones back, to be freed", () => {
      const { made, device, allocator, ask, take } = rig();
      take(256);
      ask((reply) => device.tell(1, 256, reply));
      take(40);
      ask((reply) => device.tell(1, 40, reply));
      expect(made.hostHas()).toBe(296);
      ask((reply) => device.writeActual(296, reply));
      for (const pages of [256, 40]) {
        ask((reply) => device.tell(0, pages, reply));
        ask((reply) => allocator.free(pages, Custody.Unlocked, reply));
      }
      expect(made.hostHas()).toBe(0);
      // They can be allocated again.
      take(5000);
    });

    it("says when the guest has no more pages, and its thread sleeps for as long as it wants at least", () => {
      const { allocator, clock, ask } = rig(300);
      let got = 0;
      for (let failed = 0; failed === 0; ) {
        const [run, end] = ask((reply) => allocator.take(Allocation.OneRound, 256, reply));
        got += run;
        failed = end;
      }
      expectAll(got, 300);
      const before = clock.ticks();
      ask((reply) => clock.sleep(200, reply));
      expect(clock.ticks() - before).toBeGreaterThanOrEqual((200 * clock.hz) / 1000);
    });

    it("serves a driver from loading to unloading", () => {
      const { made, aim } = rig(700);
      const machine = new VirtioBalloonMachine(VIRTIO_BALLOON_DEFAULTS);
      machine.load();
      aim(600);
      finish(made, machine, machine.cycle());
      expect(machine.state).toMatchObject({ size: 600, inflateMessages: 3, allocationFailures: 0 });
      aim(10_000);
      finish(made, machine, machine.cycle());
      expect(machine.state.allocationFailures).toBe(1);
      const most = machine.state.size;
      expectAll(most, 700);
      aim(300);
      finish(made, machine, machine.cycle());
      expect(machine.state).toMatchObject({ size: 300, deflateMessages: 2 });
      finish(made, machine, machine.exit());
      expect(machine.state).toMatchObject({ size: 0, freed: most });
    });
  });
}
