import { describe, expect, it } from "vitest";
import { measureMachine } from "../../../src/sim/gauge/measure-machine.ts";
import { measuredMachine } from "../../../src/sim/gauge/measured-machine.ts";
import { bundledMachine, machineText, parseMachine } from "../../../src/sim/trace/machines.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";
import { FakePlace } from "../../support/fakes/fake-gauge.ts";

const BASE = bundledMachine("server") as MachineProfile;

async function measured(change: (at: FakePlace) => void = () => {}) {
  const at = new FakePlace();
  at.memoryFigures = () => ({ faultNs: 1523.3738, touchNs: 12.3456, releaseNs: 80 });
  change(at);
  return measuredMachine(BASE, await measureMachine({ forUs: 1, swap: false, directory: "/home/me" }, at), "prog 1");
}

describe("the machine of a measurement", () => {
  it("has the measured costs to three digits, and the others of the base", async () => {
    expect(await measured()).toEqual({
      ...BASE,
      name: "here",
      description: expect.any(String),
      hz: 1000,
      cpus: 4,
      costs: { ...BASE.costs, faultNs: 1520, touchNs: 12.3, unmapNs: 800, fileReadNs: 7000, fileWriteNs: 9000 },
    });
  });

  it("can be read from the file that is written", async () => {
    const machine = await measured();
    expect(parseMachine(machineText(machine), "here.json")).toEqual(machine);
  });

  it("says where its numbers are from, and nothing about who measured", async () => {
    const { description } = await measured();
    expect(description).toBe(
      [
        "Measured by prog 1 on Linux 6.1.0-test, 4 processors, in regions of at most 64MiB; load average 0.1. Medians with 90 % intervals.",
        "fault 1.52us (1.52us to 1.52us), 3 passes: first store to a page, 4 KiB, zeroed by the kernel.",
        "unmap 800ns (800ns to 800ns), 3 passes: MADV_PAGEOUT of mapped clean pages of a file, less dropping unmapped ones.",
        "fileRead 7us (7us to 7us), 3 passes: reading in order, with readahead; a cache behind the disk may answer.",
        "fileWrite 9us (9us to 9us), 3 passes: fsync of a new file.",
        "touch 12.3ns (12.3ns to 12.3ns), 3 passes: a store to a page that is there, in order.",
        "Kept from server: alloc, free, scan, swapWrite, swapRead, swapQueue, daemonCosts.",
      ].join(" "),
    );
    expect(description).not.toContain("/home/me");
  });

  it("keeps the ticks of the base where those of the kernel are unknown or none of Linux's", async () => {
    for (const hz of [0, 24]) {
      const machine = await measured((at) => {
        at.gauge.ticksPerSecond = () => hz;
      });
      expect(machine.hz).toBe(BASE.hz);
      expect(machine.description).toContain("scan, swapWrite, swapRead, hz, swapQueue");
    }
  });
});
