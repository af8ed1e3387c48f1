import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Capability } from "../../../src/engine/index.ts";
import { KernelRequest, RequestLoop } from "../../../src/engine/requests.ts";
import { VmwBalloonMachine } from "../../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../../src/engine/vmw-balloon/params.ts";
import { NaiveVmwBalloon } from "../../support/drivers/naive-vmw-balloon.ts";
import { batchScript, batchTarget } from "../../support/generators/batch-scripts.ts";
import { BatchPorts } from "../../support/worlds/batch-ports.ts";
import { type BatchScript, BatchWorld, CALM } from "../../support/worlds/batch-world.ts";

// The proof by a second model: the driver's loops written down once more, page by page. Both see the same world: the n-th
// command and the n-th page of a batch are answered alike.

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
        fc.array(batchScript, { minLength: 1, maxLength: 8 }),
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
      fc.property(batchTarget, batchTarget, fc.constantFrom(0x2e, 0x06, 0x02), (first, second, capabilities) => {
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
