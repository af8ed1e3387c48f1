import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Command } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { because, emulationMissing, runGuest } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";

// It gives the machine a swap device for a moment.
const missing = emulationMissing() ?? (LONG ? undefined : "changes the machine: npm run test:long");

/** Does something while the machine has a little swap, in memory. */
function withSwap<T>(work: () => T): T {
  const sh = (line: string): string => {
    const { status, stdout, stderr } = spawnSync("bash", ["-ec", line], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${line}: ${stderr}`);
    return stdout.trim();
  };
  const device = sh("cat /sys/class/zram-control/hot_add");
  try {
    sh(`echo 32M > /sys/block/zram${device}/disksize; mkswap /dev/zram${device}; swapon /dev/zram${device}`);
    try {
      return work();
    } finally {
      sh(`swapoff /dev/zram${device}`);
    }
  } finally {
    sh(`echo ${device} > /sys/class/zram-control/hot_remove`);
  }
}

describe.skipIf(missing !== undefined)(`the strict host and a page that is not pinned${because(missing)}`, () => {
  it("notices that the page was swapped out while it was locked", () => {
    const start = `send ${Command.Start} 2`;
    const lines = [start, "page 1", "lock 1", "swap-out 1", `send ${Command.GetTarget} 9`];
    const { status, report } = withSwap(() => runGuest("strict", scratchDirectory(), [], lines));
    expect(status).toBe(3);
    expect(report?.violation).toMatch(/^frame \d+ at 0x[0-9a-f]+ was swapped out while it was locked$/);
  });
});
