import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GuestCrash, OPEN_VM_TOOLS } from "../../../src/engine/index.ts";
import { OpenVmToolsMachine } from "../../../src/engine/open-vm-tools/machine.ts";
import { OPEN_VM_TOOLS_DEFAULTS, type OpenVmToolsParams } from "../../../src/engine/open-vm-tools/params.ts";
import { KernelRequest, RequestLoop } from "../../../src/engine/requests.ts";
import { NaiveOpenVmTools } from "../../support/drivers/naive-open-vm-tools.ts";
import { allocations, batchScript, batchTarget } from "../../support/generators/batch-scripts.ts";
import { BatchPorts } from "../../support/worlds/batch-ports.ts";
import { type BatchScript, BatchWorld, CALM } from "../../support/worlds/batch-world.ts";

// The proof by a second model: the driver's loops written down once more, page by page. Both see the same world: the n-th
// command and the n-th page of a batch are answered alike.

const script = fc
  .tuple(batchScript, fc.option(allocations))
  .map(([all, sleeping]): BatchScript => (sleeping === null ? all : { ...all, sleeping }));

/** Bounds of a rate, the lower one first. */
const bounds = (most: number) =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.nat(most)).map(([low, more]) => [low, low + more] as const);

const rates = fc
  .record({
    ...{ alloc: bounds(600), free: bounds(600), nosleepAllocMax: fc.nat(5000) },
    ...{ allocInc: fc.nat(50), freeInc: fc.nat(50), slowCycles: fc.nat(4) },
    ...{ errorPages: fc.nat(20), batchPages: fc.integer({ min: 1, max: 512 }) },
  })
  .map(({ alloc, free, ...rest }) => ({
    ...rest,
    ...{ allocMin: alloc[0], allocMax: alloc[1], freeMin: free[0], freeMax: free[1] },
  }));

const params = fc
  .tuple(fc.option(rates), fc.integer({ min: 0, max: 2 }))
  .map(([own, system]): OpenVmToolsParams => ({ ...OPEN_VM_TOOLS_DEFAULTS, ...own, system }));

/** The machine and the naive driver, each in its own copy of the same world. */
class Pair {
  readonly machine: OpenVmToolsMachine;
  readonly ports: BatchPorts;
  readonly world: BatchWorld;
  readonly naive: NaiveOpenVmTools;
  readonly #naiveWorld: BatchWorld;
  readonly #loop: RequestLoop;

  constructor(first: BatchScript, own: OpenVmToolsParams) {
    OPEN_VM_TOOLS.validate(own);
    this.world = new BatchWorld(first);
    this.#naiveWorld = new BatchWorld(first);
    this.machine = new OpenVmToolsMachine(own);
    this.ports = new BatchPorts(this.world);
    this.#loop = new RequestLoop(this.machine, { allocator: this.ports, hypervisor: this.ports }, () => {});
    this.naive = new NaiveOpenVmTools(this.#naiveWorld, own);
    this.machine.load();
  }

  /** Runs a cycle of both; returns whether both crash. */
  cycle(next: BatchScript): boolean {
    this.world.follow(next);
    this.#naiveWorld.follow(next);
    const before = this.world.commands.length;
    const crashes = [() => this.#loop.run(this.machine.cycle()), () => this.naive.work()].map(isCrash);
    expect(crashes[0]).toBe(crashes[1]);
    expect(this.world.commands.slice(before)).toEqual(this.#naiveWorld.commands.slice(before));
    if (crashes[0]) return true;
    const s = this.machine.state;
    const { naive } = this;
    expect(s.request).toBe(KernelRequest.None);
    const counters = Object.keys(naive.counters).map((name) => [name, s[name as keyof typeof s]]);
    expect(Object.fromEntries(counters)).toEqual(naive.counters);
    expect([s.small, s.large, s.counted, s.target, s.capabilities, s.resetRequired === 1]).toEqual([
      ...[naive.small.pages.length, naive.large.pages.length, naive.counted, naive.target, naive.capabilities],
      naive.resetRequired,
    ]);
    expect([s.rateAlloc, s.rateFree, s.slow]).toEqual([naive.rateAlloc, naive.rateFree, naive.slow]);
    // Between cycles the guest has given no page beside those of the balloon, and each was counted.
    expect([this.world.held, this.ports.size]).toEqual([this.machine.size, this.machine.size]);
    const small = s.alloc - s.allocFail + s.sleepAlloc - s.sleepAllocFail;
    expect(small + 512 * (s.largeAlloc - s.largeAllocFail)).toBe(
      this.machine.size + s.free + 512 * s.largeFree + s.returned,
    );
    return false;
  }
}

function isCrash(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof GuestCrash) return true;
    throw error;
  }
}

describe("the machine and the driver's loops, page by page", () => {
  it("send the same commands, and count alike, in any world, with any constants", () => {
    fc.assert(
      fc.property(
        fc.array(script, { minLength: 1, maxLength: 8 }),
        params,
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 }),
        (scripts, own, pieces) => {
          const pair = new Pair(scripts[0] as BatchScript, own);
          pair.ports.pieces = pieces;
          scripts.every((each) => !pair.cycle(each));
        },
      ),
      { numRuns: Number(process.env.BALLOON_OVT_RUNS ?? 400) },
    );
  });

  it("reach a constant target that the rates allow, and rest there", () => {
    fc.assert(
      fc.property(batchTarget, batchTarget, fc.integer({ min: 0, max: 2 }), (first, second, system) => {
        const pair = new Pair(CALM, { ...OPEN_VM_TOOLS_DEFAULTS, system });
        for (const goal of [first, second]) {
          // 20,000 pages at 16,384 a cycle; and a deflation by pages of 2 MiB that goes too far.
          for (let cycle = 0; cycle < 4; cycle++) pair.cycle({ ...CALM, targets: [goal] });
          const surplus = pair.machine.size - goal;
          expect(surplus).toBeGreaterThanOrEqual(0);
          expect(surplus).toBeLessThan(goal === 0 ? 1 : 512);
          expect(pair.machine.isSteady).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
