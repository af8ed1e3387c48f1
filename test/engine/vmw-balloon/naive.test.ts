import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Capability, Status } from "../../../src/engine/index.ts";
import { KernelRequest, RequestLoop } from "../../../src/engine/requests.ts";
import { VmwBalloonMachine } from "../../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../../src/engine/vmw-balloon/params.ts";
import { NaiveVmwBalloon } from "../../support/drivers/naive-vmw-balloon.ts";
import { BatchPorts } from "../../support/worlds/batch-ports.ts";
import { type BatchScript, BatchWorld, CALM } from "../../support/worlds/batch-world.ts";

// The proof by a second model: the driver's loops written down once more, page by page. Both see the same world: the n-th
// command and the n-th page of a batch are answered alike.

const target = fc.oneof(
  fc.constantFrom(0, 1, 511, 512, 513, 1023, 1024, 8 * 512, 8 * 512 + 1, 20 * 512 - 1),
  fc.integer({ min: 0, max: 20_000 }),
);
const status = fc.constantFrom<number>(...Object.values(Status).filter((each) => each !== Status.Success));
/** Answers with a status to one of every so many, from a certain one on. */
const rule = (most: number) =>
  fc.record({ every: fc.integer({ min: 1, max: most }), phase: fc.nat(most), status, isOn: fc.boolean() }).map(
    ({ every, phase, status: answer, isOn }) =>
      (n: number) =>
        isOn && n % every === phase % every ? answer : 0,
  );
const few = fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, fc.integer({ min: 0, max: 40 }));
const script = fc.record<BatchScript>({
  capabilities: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0x2e) },
    fc.constantFrom(0x3e, 0x02, 0x06, 0x0a, 0x0e, 0x2e, 0x12),
    fc.constant(null),
  ),
  targets: fc.array(target, { minLength: 1, maxLength: 4 }),
  small: fc.oneof(few, fc.integer({ min: 0, max: 5000 })),
  large: few,
  page: rule(700),
  command: fc.oneof({ weight: 3, arbitrary: fc.constant(() => 0) }, rule(12)),
  totalPages: fc.constantFrom(1 << 20, 2 ** 33),
});

/** The machine and the naive driver, each in its own copy of the same world. */
class Pair {
  readonly machine: VmwBalloonMachine;
  readonly ports: BatchPorts;
  readonly world: BatchWorld;
  readonly naive: NaiveVmwBalloon;
  readonly #naiveWorld: BatchWorld;
  readonly #loop: RequestLoop;

  constructor(first: BatchScript, doorbell: number) {
    this.world = new BatchWorld(first);
    this.#naiveWorld = new BatchWorld(first);
    this.machine = new VmwBalloonMachine({ ...VMW_BALLOON_DEFAULTS, doorbell }, 250);
    this.ports = new BatchPorts(this.world);
    this.#loop = new RequestLoop(this.machine, { allocator: this.ports, hypervisor: this.ports }, () => {});
    this.naive = new NaiveVmwBalloon(this.#naiveWorld, doorbell === 1);
    this.machine.load();
  }

  cycle(next: BatchScript): void {
    this.world.follow(next);
    this.#naiveWorld.follow(next);
    this.#loop.run(this.machine.cycle());
    this.naive.work();
    const s = this.machine.state;
    expect(s.request).toBe(KernelRequest.None);
    const counters = Object.entries(this.naive.counters).map(([name]) => [name, s[name as keyof typeof s]]);
    expect(Object.fromEntries(counters)).toEqual(this.naive.counters);
    expect([s.small, s.large, s.target, s.capabilities, s.resetRequired === 1]).toEqual([
      this.naive.small.length,
      this.naive.large.length,
      this.naive.target,
      this.naive.capabilities,
      this.naive.resetRequired,
    ]);
    expect(this.world.commands).toEqual(this.#naiveWorld.commands);
    // Between cycles the guest has given no page beside those of the balloon, and each was counted.
    expect([this.world.held, this.ports.size]).toEqual([this.machine.size, this.machine.size]);
    const allocated = s.alloc4k - s.allocFail4k + 512 * (s.alloc2m - s.allocFail2m);
    expect(allocated).toBe(this.machine.size + s.free4k + 512 * s.free2m + s.returned);
  }
}

describe("the machine and the driver's loops, page by page", () => {
  it("send the same commands, and count alike, in any world", () => {
    fc.assert(
      fc.property(
        fc.array(script, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 1 }),
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 }),
        (scripts, doorbell, pieces) => {
          const pair = new Pair(scripts[0] as BatchScript, doorbell);
          pair.ports.pieces = pieces;
          for (const each of scripts) pair.cycle(each);
        },
      ),
      { numRuns: Number(process.env.BALLOON_VMW_RUNS ?? 400) },
    );
  });

  it("reach a constant target within two cycles, and never pass it by 2 MiB", () => {
    fc.assert(
      fc.property(target, target, fc.constantFrom(0x2e, 0x06, 0x02), (first, second, capabilities) => {
        const pair = new Pair({ ...CALM, capabilities }, 1);
        const hasLarge = (capabilities & Capability.Batched2m) !== 0;
        for (const goal of [first, second]) {
          const before = pair.machine.size;
          pair.cycle({ ...CALM, capabilities, targets: [goal] });
          const surplus = pair.machine.size - goal;
          if (before <= goal) {
            expect(surplus).toBeGreaterThanOrEqual(0);
            expect(surplus).toBeLessThan(hasLarge ? 512 : 1);
          } else {
            // A deflation by pages of 2 MiB rounds up, too: the next cycle takes one of them back.
            expect(surplus).toBeGreaterThan(hasLarge ? -512 : -1);
            expect(surplus).toBeLessThan(goal === 0 ? 1 : 512);
          }
          pair.cycle({ ...CALM, capabilities, targets: [goal] });
          expect(pair.machine.size).toBeGreaterThanOrEqual(goal);
          expect(pair.machine.isSteady).toBe(true);
        }
      }),
    );
  });
});
