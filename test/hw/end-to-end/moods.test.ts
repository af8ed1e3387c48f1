import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Command } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(8);

const missing = addonMissing();

describe.skipIf(missing !== undefined)(`the daemon under a strict host${because(missing)}`, () => {
  const start = (...script: string[]) => new EmulatedDaemon({ directory: scratchDirectory(), strict: true, script });
  const PAGES = 60_000;

  it.concurrent("tries START each second until the host takes it", async () => {
    const daemon = start("rule start 0 - 3 1 1 8", "target 0 500");
    await daemon.until(() => daemon.cycles().at(-1)?.size === 500, "its target");
    // Each time with capabilities and without; when it takes the latter, once more with them.
    expect(daemon.host()?.commands[Command.Start]).toBe(5);
    expect(daemon.host()?.refused[Command.Start]).toBe(3);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.report()).toMatchObject({ violation: null, locked: 0 });
  });

  it.concurrent.each(["SIGTERM", "SIGINT"] as const)(
    "sends START and then frees its memory on %s in mid-inflation",
    async (signal) => {
      const daemon = start(`target 0 ${PAGES}`);
      await daemon.until(() => (daemon.host()?.locked ?? 0) > PAGES / 10, "locked pages");
      daemon.child.kill(signal);
      expect(await daemon.exited).toEqual({ status: 0, signal: null });
      expect(daemon.host()?.commands[Command.Start]).toBe(2);
      expect(daemon.report()).toMatchObject({ violation: null, locked: 0 });
    },
  );

  it.concurrent("follows a target that changes in mid-cycle", async () => {
    const daemon = start("target 0 20000", "target-at lock 3000 1000");
    // The cycle that runs goes on to the target that it was told; the next one gives back.
    await daemon.until(() => daemon.cycles().at(-1)?.target === 1000, "the new target");
    await daemon.until(() => daemon.cycles().at(-1)?.size === 1000, "a balloon that has followed it");
    expect(daemon.host()?.mostLocked).toBe(16_385);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.report()).toMatchObject({ violation: null, locked: 0 });
  });

  it.concurrent("goes on when the host stops answering, and ends in order", async () => {
    const daemon = start("target 0 2000", "rule any 4000000 - - 1 1 -1");
    await daemon.until(() => (daemon.host()?.refused[Command.GetTarget] ?? 0) >= 3, "a silent host");
    expect(daemon.cycles().at(-1)?.size).toBe(2000);
    await sleep(100);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.report()).toMatchObject({ violation: null, locked: 2000 });
  });
});
