import { describe, expect, it } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { leavesMargin, marginPages, regionPages } from "../../../src/sim/gauge/kept-memory.ts";
import { type MachineMemory, machineMemory } from "../../../src/sim/gauge/machine-memory.ts";
import { meminfo } from "../../support/fakes/fake-gauge.ts";

const MIB = 2 ** 20;
const from = (files: Readonly<Record<string, string>>) =>
  machineMemory((path) => files[path] ?? (path === "/proc/meminfo" ? meminfo(800_000) : null));

describe("the memory of a machine", () => {
  it("is what the kernel says, without cgroups", () => {
    expect(from({})).toEqual({
      totalPages: 262_144,
      availablePages: 200_000,
      swapTotalPages: 262_144,
      swapFreePages: 262_144,
    });
  });

  it("is within the tightest limit of the cgroups above a process; the cache of files counts as free", () => {
    const group = "/sys/fs/cgroup/a";
    const files = {
      "/proc/self/cgroup": "0::/a/b",
      [`${group}/b/memory.max`]: "max",
      [`${group}/b/memory.current`]: `${10 * MIB}`,
      [`${group}/memory.max`]: `${300 * MIB}`,
      [`${group}/memory.high`]: `${200 * MIB}`,
      [`${group}/memory.current`]: `${150 * MIB}`,
      [`${group}/memory.stat`]: `anon 1\ninactive_file ${50 * MIB}\nactive_file 7`,
      [`${group}/memory.swap.max`]: `${80 * MIB}`,
      [`${group}/memory.swap.current`]: `${16 * MIB}`,
    };
    expect(from(files)).toMatchObject({ totalPages: 200 * 256, availablePages: 100 * 256, swapFreePages: 64 * 256 });
    expect(from({ ...files, [`${group}/memory.swap.max`]: "0" })).toMatchObject({ swapFreePages: 0 });
  });

  it("is within a limit of version 1, whose largest number is none", () => {
    const group = "/sys/fs/cgroup/memory/a";
    const files = {
      "/proc/self/cgroup": "5:cpu,memory:/a\n3:pids:/elsewhere",
      [`${group}/memory.limit_in_bytes`]: `${100 * MIB}`,
      [`${group}/memory.usage_in_bytes`]: `${60 * MIB}`,
    };
    expect(from(files).availablePages).toBe(40 * 256);
    expect(from({ ...files, [`${group}/memory.limit_in_bytes`]: "9223372036854771712" }).availablePages).toBe(200_000);
  });

  it("must be known", () => {
    expect(() => from({ "/proc/meminfo": "MemTotal: 1 kB" })).toThrow(RunError);
  });
});

describe("the memory that is kept", () => {
  const of = (totalMib: number, availableMib: number): MachineMemory => ({
    totalPages: totalMib * 256,
    availablePages: availableMib * 256,
    swapTotalPages: 0,
    swapFreePages: 0,
  });

  it.each([
    // Total, available, and the margin and the region in MiB.
    [512, 400, 64, 64],
    [16_384, 8000, 1024, 64],
    [16_384, 1200, 1024, 44],
    [1024, 80, 64, 4],
  ])("of %i MiB with %i available is %i, with regions of %i", (total, available, margin, region) => {
    const memory = of(total, available);
    expect([marginPages(memory), regionPages(memory)]).toEqual([margin * 256, region * 256]);
  });

  it("leaves nothing to measure in where little is available, and says how much is needed", () => {
    expect(() => regionPages(of(1024, 79))).toThrow(
      "79MiB of memory are available, expected at least 80MiB, of which 64MiB stay free",
    );
  });

  it("does not go below the margin by a region", () => {
    expect(leavesMargin(of(1024, 68), 4 * 256)).toBe(true);
    expect(leavesMargin(of(1024, 67), 4 * 256)).toBe(false);
  });
});
