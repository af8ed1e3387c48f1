import { describe, expect, it } from "vitest";
import { measureMachine } from "../../../src/sim/gauge/measure-machine.ts";
import { measuredMachine } from "../../../src/sim/gauge/measured-machine.ts";
import { bundledMachine, machineText, parseMachine } from "../../../src/sim/trace/machines.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";
import { FakePlace } from "../../support/fakes/fake-gauge.ts";

const BASE = bundledMachine("server") as MachineProfile;

/** Time of five passes of two kinds, besides the first: enough for intervals of 90 %. */
const FIVE_PASSES_US = 240_000;

async function measured(change: (at: FakePlace) => void = () => {}) {
  const at = new FakePlace();
  at.memoryFigures = () => ({ faultNs: 1523.3738, touchNs: 12.3456, releaseNs: 80 });
  at.tookMs = { memory: 20, file: 20, swap: 20 };
  change(at);
  const costs = await measureMachine({ forUs: FIVE_PASSES_US, swap: false, directory: "/home/me" }, at);
  return measuredMachine(BASE, costs, { name: "box", program: "prog 1" });
}

describe("the machine of a measurement", () => {
  it("has the measured costs to three digits, and the others of the base", async () => {
    expect(await measured()).toEqual({
      ...BASE,
      name: "box",
      description: "Linux 6.1.0-test, 4 processors; measured on the machine itself.",
      hz: 1000,
      cpus: 4,
      costs: {
        ...BASE.costs,
        faultNs: 1520,
        touchNs: 12.3,
        ageNs: 800,
        unmapNs: 800,
        fileReadNs: 7000,
        fileWriteNs: 9000,
      },
      provenance: expect.anything(),
    });
  });

  it("can be read from the file that is written", async () => {
    const machine = await measured((at) => {
      at.memoryFigures = () => ({ faultNs: 64_599.999, touchNs: 0.0123, releaseNs: 80 });
    });
    expect(machine.costs.faultNs).toBeCloseTo(64_600);
    expect(parseMachine(machineText(machine), "here.json")).toEqual(machine);
    expect(machineText(machine)).toContain('"fault": "64.6us"');
  });

  it("says where its numbers are from, and nothing about who measured", async () => {
    const { provenance } = await measured();
    expect(provenance).toEqual({
      program: "prog 1",
      method: [
        "Medians of passes over regions of up to 64MiB, with intervals of order statistics; load average 0.1.",
        "fault, 5 passes, 1.52us to 1.52us: first store to a page, 4 KiB, zeroed by the kernel.",
        "age, 5 passes, 800ns to 800ns: assumed to be the cost of unmapping.",
        "unmap, 5 passes, 800ns to 800ns: MADV_PAGEOUT of mapped clean pages of a file, less dropping unmapped ones.",
        "fileRead, 5 passes, 7us to 7us: reading in order, with readahead; a cache behind the disk may answer.",
        "fileWrite, 5 passes, 9us to 9us: fsync of a new file.",
        "touch, 5 passes, 12.3ns to 12.3ns: a store to a page that is there, in order.",
        "From the base: the other costs, swapQueue, daemonCosts.",
      ].join(" "),
      base: "server",
      recordings: [],
      score: null,
      intervals: {
        faultNs: [1520, 1520],
        ageNs: [800, 800],
        unmapNs: [800, 800],
        fileReadNs: [7000, 7000],
        fileWriteNs: [9000, 9000],
        touchNs: [12.3, 12.3],
      },
      kept: ["allocNs", "freeNs", "scanNs", "swapWriteNs", "swapOutNs", "flushNs", "swapReadNs", "swapFaultNs"],
    });
    expect(JSON.stringify(provenance)).not.toContain("/home/me");
  });

  it("has no interval of 90 % from three passes", async () => {
    const { costs, provenance } = await measured((at) => {
      at.fileFigures = (number) => ({ writeNs: 1000 + number, readNs: 7000, dropNs: 300, reclaimNs: 1100 });
      at.tookMs = { memory: 20, file: 100, swap: 20 };
    });
    expect(costs.fileWriteNs).toBe(1000);
    expect(provenance?.intervals).toEqual({});
    expect(provenance?.method).toContain("fileRead, 3 passes, 7us to 7us (75 %): reading");
  });

  it("keeps the ticks of the base where those of the kernel are unknown or none of Linux's", async () => {
    for (const hz of [0, 24]) {
      const machine = await measured((at) => {
        at.gauge.ticksPerSecond = () => hz;
      });
      expect(machine.hz).toBe(BASE.hz);
      expect(machine.provenance?.method).toContain("the other costs, hz, swapQueue");
    }
  });
});
