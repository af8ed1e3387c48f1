import { describe, expect, it } from "vitest";
import { KernelRequest, RequestLoop, type RequestMachine, runAtOnce } from "../../src/engine/requests.ts";
import { VmwBalloonMachine } from "../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../src/engine/vmw-balloon/params.ts";
import { BatchPorts } from "../support/worlds/batch-ports.ts";
import { BatchWorld, CALM } from "../support/worlds/batch-world.ts";

/** A driver whose answers wait in `late`. */
function lateDriver() {
  const world = new BatchWorld({ ...CALM, targets: [2000], large: 2 });
  const ports = new BatchPorts(world);
  const late: (() => void)[] = [];
  ports.deliver = (answer) => late.push(answer);
  const machine = new VmwBalloonMachine(VMW_BALLOON_DEFAULTS, 250);
  let ended = 0;
  const loop = new RequestLoop(machine, { allocator: ports, hypervisor: ports }, () => ended++);
  machine.load();
  return { ...{ world, ports, late, machine, loop }, ended: () => ended };
}

describe("a loop of requests", () => {
  it("makes the next request when the late answer has come, and ends as with answers at once", () => {
    const { world, ports, late, machine, loop, ended } = lateDriver();
    loop.run(machine.cycle());
    for (let made = 1; late.length > 0; made++) {
      // One request waits at a time, and the loop has not ended.
      expect([late.length, ended(), machine.state.request === KernelRequest.None]).toEqual([1, 0, false]);
      (late.shift() as () => void)();
      expect(made).toBeLessThan(100);
    }
    expect([ended(), ports.size, world.locked, machine.size]).toEqual([1, 2000, 2000, 2000]);
    const atOnce = lateDriver();
    atOnce.ports.deliver = (answer) => answer();
    atOnce.loop.run(atOnce.machine.cycle());
    expect(atOnce.machine.state).toEqual(machine.state);
    expect(atOnce.world.commands).toEqual(world.commands);
  });

  it("refuses an answer to no request, and goes on after an answer that can't be", () => {
    const { late, machine, loop, ended } = lateDriver();
    expect(() => loop.answer(0, 0, 0, 0)).toThrow("no request is waiting for an answer");
    loop.run(machine.cycle());
    const before = { ...machine.state };
    expect(() => loop.answer(-1, 0, 0, 0)).toThrow(RangeError);
    expect(machine.state).toEqual(before);
    while (late.length > 0) (late.shift() as () => void)();
    expect(ended()).toBe(1);
  });

  it("refuses a second answer while the first is on its way", () => {
    const { ports, machine, loop } = lateDriver();
    ports.deliver = (answer) => {
      answer();
      answer();
    };
    expect(() => loop.run(machine.cycle())).toThrow("a request was answered twice");
  });
});

describe("a piece of work that is done at once", () => {
  it("refuses an answer that comes late", () => {
    const { ports, machine } = lateDriver();
    const { state } = machine;
    expect(() =>
      runAtOnce(machine as RequestMachine, { allocator: ports, hypervisor: ports }, machine.cycle()),
    ).toThrow("relieve: an answer did not come at once");
    expect(state.request).toBe(KernelRequest.SetDoorbell);
  });
});
