import { spawn, spawnSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { formatTime } from "../../../src/common/units.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { MemoryCap } from "../../support/processes/memory-cap.ts";
import { LONG } from "../../support/setup/long.ts";

const GIB = 2 ** 18;
const MIB = 2 ** 8;
const BYTES_PER_PAGE = 4096;
/** How much more the host asks for than the floor allows: what else runs may give memory back meanwhile. */
const BEYOND = 6 * GIB;
/** Four times the driver's, so that a large machine is full in minutes. */
const RATE = 65_536;
const SHORT_TIMES = { stressFrom: 14, fallAt: 20 };
const LONG_TIMES = { stressFrom: 130, fallAt: 155 };

/**
 * Sizes in pages, times in cycles. At full length the machine's free memory is used up, so that the kernel really reclaims:
 * what is left is page cache, at least 4 GiB of it. Otherwise the floor does the work of scarcity.
 */
const PLAN = LONG
  ? { cache: 6 * GIB, floor: () => 5.5 * GIB, stress: 1.25 * GIB, ...LONG_TIMES, fall: 3 * GIB }
  : { cache: 0, floor: () => availablePages() - GIB, stress: 256 * MIB, ...SHORT_TIMES, fall: 960 * MIB };

const missing = addonMissing() ?? (spawnSync("stress-ng", ["--version"]).status === 0 ? undefined : "needs stress-ng");

const number = (file: string, name: string): number =>
  Number(new RegExp(`^${name}:?\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1]);
const availablePages = (): number => number("/proc/meminfo", "MemAvailable") / 4;
const vmstat = (name: string): number => number("/proc/vmstat", name);

/** Fills the page cache with a file of so many pages, which is read over and over; answers how to end that. */
function keepCache(directory: string, pages: number): () => void {
  const path = join(directory, "cache");
  const piece = Buffer.alloc(MIB * BYTES_PER_PAGE, 1);
  const file = openSync(path, "w");
  for (let done = 0; done < pages; done += MIB) writeSync(file, piece);
  fsyncSync(file);
  closeSync(file);
  const reader = spawn("bash", ["-c", 'while cat "$1" > /dev/null; do sleep 3; done', "bash", path], {
    stdio: "ignore",
  });
  return () => reader.kill();
}

/** Touches so much memory over and over, in a group that may have little more; answers its exit status. */
async function stress(pages: number, seconds: number): Promise<number | null> {
  const mib = Math.round(pages / MIB);
  const cap = new MemoryCap("balloon-stress", 2 * pages * BYTES_PER_PAGE);
  try {
    const command = `stress-ng --quiet --vm 1 --vm-bytes ${mib}M --vm-keep --timeout ${seconds}s`;
    const child = spawn("bash", ["-c", cap.around(command)], { stdio: "ignore" });
    return await new Promise((resolve) => child.once("close", resolve));
  } finally {
    // The group is free when the last of its processes has been waited for.
    await sleep(200);
    cap.remove();
  }
}

describe.skipIf(missing !== undefined)(`the daemon under memory pressure${because(missing)}`, () => {
  const timeoutMs = LONG ? 1_800_000 : 120_000;

  it("goes on without an OOM kill, and deflates when the target falls", { timeout: timeoutMs }, async () => {
    const { stressFrom, fallAt } = PLAN;
    const directory = scratchDirectory();
    onTestFinished(keepCache(directory, PLAN.cache));
    const floor = Math.round(PLAN.floor());
    const toFloor = Math.round(availablePages() - floor);
    const [high, low] = [toFloor + BEYOND, toFloor - PLAN.fall];
    const killed = vmstat("oom_kill");
    const scanned = vmstat("pgscan_direct") + vmstat("pgscan_kswapd");

    const script = [`target 0 ${high}`, `target-at get-target ${fallAt} ${low}`];
    const rates = join(directory, "rates.json");
    writeFileSync(rates, JSON.stringify({ "nosleep-alloc-max": RATE, "free-max": RATE }));
    const args = ["--floor", `${floor * 4}KiB`, "--rates", rates];
    const daemon = new EmulatedDaemon({ directory, script, args });
    const cyclesAre = (count: number) =>
      daemon.until(() => daemon.cycles().length >= count, `${count} cycles`, timeoutMs);
    await cyclesAre(stressFrom);
    // Twice as long as it takes until the target falls, and then some.
    const stressed = stress(PLAN.stress, 2 * (fallAt - stressFrom));
    await cyclesAre(fallAt);
    const available = availablePages();
    await daemon.until(() => daemon.cycles().at(-1)?.size === low, "the lower target", timeoutMs);
    const rows = daemon.cycles();
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(await stressed).toBe(0);
    expect(vmstat("oom_kill")).toBe(killed);
    expect(available).toBeGreaterThan(LONG ? 4 * GIB : 0);

    // It had what the floor left it, which depends on what else runs on the machine, and was refused the rest.
    const most = Math.max(...rows.map((row) => row.size));
    expect(most).toBeGreaterThan(low);
    expect(most).toBeLessThan(high);
    expect(rows.some((row) => row.rate_alloc < 2048 && row.slow > 0)).toBe(true);
    // No cycle hung, whatever it had to wait for.
    const slowest = Math.max(...rows.map((row) => row.duration_us));
    expect(slowest).toBeLessThan(10_000_000);
    // What it let go, it let go at its rate.
    const falling = rows.filter((row) => row.target === low && row.freed > 0);
    for (const { freed, size } of falling) expect(freed === RATE || size === low).toBe(true);

    const reclaimed = vmstat("pgscan_direct") + vmstat("pgscan_kswapd") - scanned;
    if (LONG) {
      expect(reclaimed).toBeGreaterThan(0);
      const memory = `at most ${most} pages, ${Math.round(available)} available under stress, ${reclaimed} scanned by reclaim`;
      process.stderr.write(`${rows.length} cycles, ${memory}, slowest cycle ${formatTime(slowest)}\n`);
    }
  });
});
