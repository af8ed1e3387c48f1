import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because, emulationProgram } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(15);

const UNEVICTABLE = "/proc/sys/vm/compact_unevictable_allowed";
const missing = addonMissing();

/** Balloon, and memory in whose gaps it comes to lie. */
const PAGES = LONG ? 65_536 : 16_384;
const MIB = (2 * 2 * PAGES * 4096) / 2 ** 20;

/** Balloons that are tried until the kernel moves a page of one. */
const ATTEMPTS = 5;

/** Pages that the kernel has moved to other frames since it was booted. */
const migrated = (): number => Number(/^pgmigrate_success (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8"))?.[1]);

/** A process that has every other page of a piece of memory; answers how to end it. */
async function fragmentMemory(): Promise<() => void> {
  const holder = spawn(emulationProgram("test-guest"), { stdio: ["pipe", "pipe", "inherit"] });
  holder.stdin.write(`fragment ${MIB}\n`);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  return () => holder.stdin.end();
}

describe.skipIf(missing !== undefined)(`compaction of an inflated balloon${because(missing)}`, () => {
  /** Inflates in fragmented memory, lets the kernel compact it, and ends; what the strict host says. */
  const compacted = async (pin: "io_uring" | "mlock") => {
    const directory = scratchDirectory();
    const giveBack = await fragmentMemory();
    const daemon = new EmulatedDaemon({
      ...{ directory, strict: true, script: ["capabilities batched batched-2m", `target 0 ${PAGES}`] },
      // Compaction does not move pages of 2 MiB.
      args: ["--pin", pin, ...(pin === "mlock" ? ["--allow-unpinned-moves", "--protocol", "batched"] : [])],
    });
    await daemon.until(() => (daemon.cycles().at(-1)?.size ?? 0) === PAGES, "an inflated balloon");
    giveBack();
    await sleep(200);
    const before = migrated();
    for (let round = 0; round < 3; round++) writeFileSync("/proc/sys/vm/compact_memory", "1");
    const moved = migrated() - before;
    const cycles = daemon.cycles().length;
    // The strict host looks at all frames in each cycle.
    await daemon.until(() => daemon.isOver || daemon.cycles().length > cycles + 1, "two more cycles");
    const end = await daemon.stop();
    return { ...end, moved, report: daemon.report() };
  };

  it("moves no frame that io_uring pins", async () => {
    const { status, report, moved } = await compacted("io_uring");
    expect({ status, violation: report.violation, mostLocked: report.mostLocked }).toEqual({
      ...{ status: 0, violation: null, mostLocked: PAGES },
    });
    if (LONG) process.stderr.write(`compaction moved ${moved} pages, none of the ${PAGES} pinned ones\n`);
  });

  it("moves frames that are only locked by mlock, and the strict host notices", async () => {
    const allowed = readFileSync(UNEVICTABLE, "utf8");
    writeFileSync(UNEVICTABLE, "1");
    try {
      // Which pages the kernel moves is its own choice: where none of the balloon's was among them, another balloon is tried.
      let end = await compacted("mlock");
      for (let tries = 1; end.status === 0 && tries < ATTEMPTS; tries++) end = await compacted("mlock");
      const { status, report, moved } = end;
      expect(moved).toBeGreaterThan(0);
      expect(status).toBe(3);
      expect(report.violation).toMatch(/^frame \d+ at 0x[0-9a-f]+ has moved to frame \d+ while it was locked$/);
    } finally {
      writeFileSync(UNEVICTABLE, allowed);
    }
  });
});
