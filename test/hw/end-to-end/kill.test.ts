import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because, HOSTS } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";
import { slow } from "../../support/setup/slow.ts";

const missing = addonMissing();

const KILLS = LONG ? 100 : 4;
const START = 0;
/** The longest that a daemon lives after its START: long enough to reach its target and to be told of another. */
const LIFE_MS = 3500;
const TARGET = 40_000;
/** Up and down at odd times, so that kills hit locking, unlocking and idling. */
const SCRIPT = [
  "capabilities batched batched-2m 64-bit-target",
  ...Array.from({ length: 2000 }, (_, i) => `target ${i * 1_700_000} ${i % 2 === 0 ? TARGET : TARGET / 4}`),
];

describe.skipIf(missing !== undefined)(`a daemon that is killed ${KILLS} times${because(missing)}`, () => {
  it.concurrent.each(HOSTS)("agrees with its host again after START, %s host", slow(KILLS * 2), async (kind) => {
    const directory = scratchDirectory();
    const random = randomStream("kill", kind);
    const strict = kind === "strict";
    // The next daemon uses the other level of the protocol.
    let protocol = "basic";
    const begin = (script: readonly string[]) => {
      rmSync(join(directory, "cycles.csv"), { force: true });
      protocol = protocol === "basic" ? "auto" : "basic";
      return new EmulatedDaemon({ directory, script, strict, args: ["--protocol", protocol] });
    };
    /** Waits until the book has the pages that the balloon has. */
    const agreed = (daemon: EmulatedDaemon) =>
      daemon.until(() => {
        const last = daemon.cycles().at(-1);
        return last !== undefined && last.size > 0 && last.size === daemon.host()?.locked;
      }, "as many pages in the host's book as in the balloon");
    let leftLocked = 0;
    let starts = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = begin(SCRIPT);
      await daemon.until(() => (daemon.host()?.commands[START] ?? 0) > starts, "START");
      // Every other one is killed whatever it does, in its first inflation, too.
      if (kill % 2 === 1) await agreed(daemon);
      await sleep(random() * LIFE_MS);
      const locked = daemon.host()?.locked ?? 0;
      await daemon.kill();
      starts = daemon.host()?.commands[START] ?? 0;
      leftLocked += locked > 0 ? 1 : 0;
    }
    // A host that is left with pages in its book has something to forget.
    expect(leftLocked).toBeGreaterThan(KILLS / 2);

    const daemon = begin(SCRIPT);
    await daemon.until(() => (daemon.host()?.commands[START] ?? 0) > starts, "START");
    await agreed(daemon);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    // A frame that the book still had from a daemon before would have been locked twice.
    expect(daemon.host()).toMatchObject({ locked: 0, violations: 0 });
  });
});
