import { describe, expect, it } from "vitest";
import {
  type Clock,
  Custody,
  DEFAULT_RATES,
  dispatch,
  Engine,
  type Hypervisor,
  Life,
  type PageAllocator,
  type Reply,
  Request,
  Status,
} from "../../../src/engine/index.ts";

/** A command that is refused: the `at`-th of its kind, from 0. */
export interface RefusedCommand {
  readonly at: number;
  readonly status: number;
}

/** The world that a conformance test wants: it grants everything but what is said here. */
export interface PortsScenario {
  /** Allocations that succeed before all others fail. */
  readonly pages: number;
  readonly target: number;
  readonly lock?: RefusedCommand;
  readonly unlock?: RefusedCommand;
}

/** Ports under test in such a world. */
export interface PortsRig {
  readonly allocator: PageAllocator;
  readonly hypervisor: Hypervisor;
  /** Whether a run is a batch: the pages after a refused one are offered, too, and counted before it. */
  readonly isBatched?: boolean;
  /** Sends a request and lets the world go on until nothing is under way; returns the answers that came. */
  ask(send: (reply: Reply) => void): Answers | Promise<Answers>;
}

/** Answers to one request; there should be one. */
export type Answers = ReadonlyArray<readonly [first: number, second: number]>;

/** What `ask` does for ports that answer through the reply that they are given, at once. */
export function promptAnswers(send: (reply: Reply) => void): Array<readonly [number, number]> {
  const answers: Array<readonly [number, number]> = [];
  send((first, second) => answers.push([first, second]));
  return answers;
}

/** What the engine relies on in any allocator and any host, simulated or real. */
export function describePorts(name: string, create: (scenario: PortsScenario) => PortsRig | Promise<PortsRig>): void {
  const rig = async (scenario: Partial<PortsScenario> = {}) => {
    const made = await create({ pages: 500, target: 100, ...scenario });
    const { allocator, hypervisor, isBatched = false } = made;
    const ask = async (send: (reply: Reply) => void) => {
      const answers = await made.ask(send);
      expect(answers, "one answer a request").toHaveLength(1);
      return answers[0] as readonly [number, number];
    };
    /** Allocates `count` pages in as many runs as it takes, and offers them; returns the last answer. */
    const inflate = async (count: number) => {
      for (let left = count; left > 0; ) {
        const [got, failed] = await ask((reply) => allocator.allocate(left, false, reply));
        expect(failed).toBe(0);
        const [accepted] = await ask((reply) => hypervisor.lock(got, reply));
        expect(accepted).toBe(got);
        left -= got;
      }
    };
    return { allocator, hypervisor, isBatched, ask, inflate };
  };

  describe(`${name} as ports of the engine`, () => {
    it("answers START, GUEST_ID and GET_TARGET", async () => {
      const { hypervisor, ask } = await rig({ target: 77 });
      expect((await ask((reply) => hypervisor.start(2, reply)))[0]).toBe(Status.Success);
      expect((await ask((reply) => hypervisor.guestId(1, reply)))[0]).toBe(Status.Success);
      expect(await ask((reply) => hypervisor.getTarget(1 << 20, reply))).toEqual([Status.Success, 77]);
    });

    it("says how many pages the guest has", async () => {
      const { allocator, ask } = await rig();
      const [pages] = await ask((reply) => allocator.totalPages(reply));
      expect(Number.isSafeInteger(pages)).toBe(true);
      expect(pages).toBeGreaterThan(0);
    });

    it.each([false, true])("allocates in runs that add up, until one fails (may sleep: %s)", async (canSleep) => {
      const { allocator, hypervisor, ask } = await rig({ pages: 40 });
      let got = 0;
      for (let failed = 0; failed === 0; ) {
        const wanted = 15;
        const [run, end] = await ask((reply) => allocator.allocate(wanted, canSleep, reply));
        expect(run).toBeGreaterThanOrEqual(end === 1 ? 0 : 1);
        expect(run).toBeLessThanOrEqual(end === 1 ? wanted - 1 : wanted);
        expect([0, 1]).toContain(end);
        if (run > 0) expect(await ask((reply) => hypervisor.lock(run, reply))).toEqual([run, 0]);
        got += run;
        failed = end;
      }
      expect(got).toBe(40);
    });

    it("locks what was allocated, in full", async () => {
      const { inflate } = await rig();
      await inflate(100);
    });

    it("ends a run of LOCK at the page that is refused, and goes on with the next one", async () => {
      const { allocator, hypervisor, isBatched, ask } = await rig({ lock: { at: 3, status: Status.PpnPinned } });
      const [got] = await ask((reply) => allocator.allocate(10, false, reply));
      expect(got).toBe(10);
      expect(await ask((reply) => hypervisor.lock(10, reply))).toEqual([isBatched ? 9 : 3, Status.PpnPinned]);
      if (!isBatched) expect((await ask((reply) => hypervisor.lock(6, reply)))[0]).toBe(6);
      await ask((reply) => allocator.free(1, Custody.Rest, reply));
    });

    it("takes back what is refused and what was not offered", async () => {
      const { allocator, hypervisor, isBatched, ask } = await rig({ lock: { at: 0, status: Status.Busy } });
      await ask((reply) => allocator.allocate(5, false, reply));
      expect(await ask((reply) => hypervisor.lock(5, reply))).toEqual([isBatched ? 4 : 0, Status.Busy]);
      await ask((reply) => allocator.free(isBatched ? 1 : 5, Custody.Rest, reply));
    });

    it("unlocks in full, and takes the pages back", async () => {
      const { allocator, hypervisor, ask, inflate } = await rig();
      await inflate(100);
      expect((await ask((reply) => hypervisor.unlock(60, reply)))[0]).toBe(60);
      await ask((reply) => allocator.free(60, Custody.Unlocked, reply));
      expect((await ask((reply) => hypervisor.unlock(40, reply)))[0]).toBe(40);
      await ask((reply) => allocator.free(40, Custody.Unlocked, reply));
    });

    it("ends a run of UNLOCK at the page that is refused, which stays in the balloon", async () => {
      const { allocator, hypervisor, isBatched, ask, inflate } = await rig({ unlock: { at: 4, status: Status.Busy } });
      await inflate(20);
      const unlocked = isBatched ? 19 : 4;
      expect(await ask((reply) => hypervisor.unlock(20, reply))).toEqual([unlocked, Status.Busy]);
      await ask((reply) => allocator.free(unlocked, Custody.Unlocked, reply));
      expect((await ask((reply) => hypervisor.unlock(20 - unlocked, reply)))[0]).toBe(20 - unlocked);
      await ask((reply) => allocator.free(20 - unlocked, Custody.Unlocked, reply));
    });

    it("takes back a whole balloon that was not unlocked, after START", async () => {
      const { allocator, hypervisor, ask, inflate } = await rig();
      await inflate(50);
      await ask((reply) => hypervisor.start(2, reply));
      await ask((reply) => allocator.free(50, Custody.Balloon, reply));
      await inflate(10);
    });

    it("serves an engine from loading to unloading", async () => {
      const { allocator, hypervisor, ask } = await rig({ target: 100, lock: { at: 9, status: Status.PpnInvalid } });
      const engine = new Engine(DEFAULT_RATES);
      const work = async (first: number) => {
        for (let request = first; request !== Request.None; ) {
          const [one, two] = await ask((reply) => dispatch(engine.state, allocator, hypervisor, reply));
          request = engine.step(one, two);
        }
      };
      await work(engine.load());
      await work(engine.cycle());
      expect(engine.state).toMatchObject({ life: Life.Loaded, size: 100, refusedAlloc: 1, refusedFree: 1 });
      await work(engine.exit());
      expect(engine.state).toMatchObject({ life: Life.Exited, size: 0, free: 100 });
    });
  });
}

/** A clock under test. */
export interface ClockRig {
  readonly clock: Clock;
  /** Lets time go on until a waiting caller is woken; false if none waits. */
  advance(): boolean | Promise<boolean>;
  /** Of a clock of the real world, which may be late by any time on a busy machine: how long a test can wait. */
  readonly real?: { readonly longestSeconds: number };
}

/**
 * What the engine's driver relies on in any clock. `create` is given the wake-up that the driver would set, for clocks that
 * call their owner instead of it.
 */
export function describeClock(name: string, create: (wake: () => void) => ClockRig): void {
  describe(`${name} as clock of the driver`, () => {
    it("ticks at a steady rate, forward", async () => {
      const { clock, advance, real } = create(() => undefined);
      expect(Number.isSafeInteger(clock.hz) && clock.hz >= 4).toBe(true);
      const before = clock.ticks();
      expect(Number.isSafeInteger(before)).toBe(true);
      const due = before + Math.min(3, real?.longestSeconds ?? 3) * clock.hz;
      clock.wakeAt(due, () => undefined);
      expect(await advance()).toBe(true);
      expect(clock.ticks()).toBeGreaterThanOrEqual(due);
    });

    it("wakes once, not before the tick that was asked for, and at most an eighth of the wait after it", async () => {
      let woken = 0;
      const wake = () => {
        woken++;
      };
      const { clock, advance, real } = create(wake);
      const longestSeconds = real?.longestSeconds ?? 10;
      for (const ticks of [1, clock.hz - 1, clock.hz, clock.hz + 1, longestSeconds * clock.hz]) {
        const now = clock.ticks();
        clock.wakeAt(now + ticks, wake);
        const before = woken;
        while (await advance());
        expect(woken).toBe(before + 1);
        expect(clock.ticks()).toBeGreaterThanOrEqual(now + ticks);
        if (real === undefined) expect(clock.ticks()).toBeLessThanOrEqual(now + ticks + Math.ceil(ticks / 8) + 1);
      }
    });
  });
}
