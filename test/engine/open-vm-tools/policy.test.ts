import { expect, test } from "vitest";
import { OPEN_VM_TOOLS, openVmToolsStatistics, Status } from "../../../src/engine/index.ts";
import { OpenVmToolsLife } from "../../support/worlds/open-vm-tools-life.ts";

test("the statistics text is that of sysctl on FreeBSD, to the letter", () => {
  const life = new OpenVmToolsLife();
  life.cycle({ targets: [4000], small: 700, sleeping: 300, page: (n) => (n < 2 ? Status.PpnPinned : 0) });
  life.cycle({ targets: [400] });
  expect(openVmToolsStatistics(life.state)).toBe(
    [
      "target:                  400 pages",
      "current:                 400 pages",
      "rateNoSleepAlloc:      16384 pages/sec",
      "rateSleepAlloc:         1024 pages/sec",
      "rateFree:              16384 pages/sec",
      "",
      "timer:                     3",
      "start:                     1 (   0 failed)",
      "guestType:                 1 (   0 failed)",
      "lock:                      2 (   0 failed)",
      "unlock:                    2 (   0 failed)",
      "target:                    3 (   0 failed)",
      "primNoSleepAlloc:        701 (   1 failed)",
      "primCanSleepAlloc:       301 (   1 failed)",
      "primFree:                598",
      "errAlloc:                  2",
      "errFree:                   2",
      "",
    ].join("\n"),
  );
  life.cycle({ targets: [2 ** 32 - 1], small: 0, sleeping: 0 });
  expect(openVmToolsStatistics(life.state)).toContain("target:             4294967295 pages\n");
});

test("the parameters are those of 1.2.1.2-k but for their meaning, and three of its own", () => {
  expect(OPEN_VM_TOOLS.params.map(({ name, default: value }) => `${name} ${value}`)).toEqual([
    ...["nosleep-alloc-max 16384", "alloc-min 512", "alloc-max 2048", "alloc-inc 16"],
    ...["free-min 512", "free-max 16384", "free-inc 16", "slow-cycles 4"],
    ...["error-pages 16", "batch-pages 512", "system 0"],
  ]);
  for (const { key, name, min, max } of OPEN_VM_TOOLS.params) {
    for (const value of [min - 1, max + 1, 0.5]) {
      expect(() => OPEN_VM_TOOLS.validate({ ...OPEN_VM_TOOLS.defaults, [key]: value })).toThrow(
        `${name} is ${value}: expected a whole number from ${min} to ${max}`,
      );
    }
  }
  expect(() => OPEN_VM_TOOLS.validate({ ...OPEN_VM_TOOLS.defaults, allocMin: 2049 })).toThrow(
    "alloc-min is 2049: expected no more than alloc-max, which is 2048",
  );
});
