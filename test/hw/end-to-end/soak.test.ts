import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { median, processFigures } from "../../support/processes/process-figures.ts";
import { LONG } from "../../support/setup/long.ts";

const missing = addonMissing();

/** `npm run soak` takes 35 minutes. */
const SECONDS = LONG ? 2100 : 15;
/** The target is high and low in turn, this many seconds each. */
const HALF_PERIOD = LONG ? 5 : 2.5;
/** When the host first demands a reset. */
const FIRST_RESET = LONG ? 15 : 7;
const HIGH = 16_384;
const LOW = 4096;
const KIB_PER_PAGE = 4;

/** Pages come and go all the time, some are refused, and every few minutes the host demands a reset. */
function soakScript(): string[] {
  const script: string[] = ["rule lock 0 - - 997 1 5"];
  for (let second = 0; second < SECONDS; second += HALF_PERIOD) {
    script.push(`target ${second * 1e6} ${(second / HALF_PERIOD) % 2 === 0 ? HIGH : LOW}`);
  }
  for (let second = FIRST_RESET; second < SECONDS; second += 200)
    script.push(`rule get-target ${second * 1e6} - 1 1 1 7`);
  return script;
}

describe.skipIf(missing !== undefined)(`a soak${because(missing)}`, () => {
  it(`keeps the daemon's memory flat for ${SECONDS} s`, { timeout: (SECONDS + 120) * 1000 }, async () => {
    const directory = scratchDirectory();
    const daemon = new EmulatedDaemon({ directory, script: soakScript() });
    await daemon.until(() => daemon.cycles().length > 3, "some cycles");
    const pid = daemon.child.pid as number;
    const first = processFigures(pid);
    const began = performance.now();
    /** Memory beside the balloon, sampled where the balloon does not change. */
    const own: number[] = [];
    while (performance.now() - began < SECONDS * 1000) {
      await sleep(500);
      const { rssKib } = processFigures(pid);
      const [before, last] = daemon.cycles().slice(-2);
      if (before !== undefined && last !== undefined && before.size === last.size) {
        own.push(rssKib - last.size * KIB_PER_PAGE);
      }
    }
    const { cpuMs, threads } = processFigures(pid);
    const host = daemon.host();
    const cycles = daemon.cycles().length;
    const end = await daemon.stop();
    expect({ ...end, log: daemon.log }).toMatchObject({ status: 0, signal: null });
    expect(daemon.host()).toMatchObject({ locked: 0, violations: 0 });
    expect(host?.resets).toBe(Math.ceil((SECONDS - FIRST_RESET) / 200));
    // On a busy machine a cycle may take so long that it costs the next second.
    expect(cycles).toBeGreaterThan(SECONDS * (LONG ? 0.9 : 0.4));
    expect(threads).toBe(first.threads);

    const third = Math.floor(own.length / 3);
    const [early, late] = [median(own.slice(third, 2 * third)), median(own.slice(2 * third))];
    expect(late - early).toBeLessThan(4096);
    if (LONG) {
      const share = ((cpuMs - first.cpuMs) / (performance.now() - began)) * 100;
      const figures = [
        `${cycles} cycles, ${host?.commands[2]} LOCK, ${host?.commands[3]} UNLOCK, ${host?.resets} resets`,
        `memory beside the balloon: ${median(own.slice(0, third))} KiB, ${early} KiB, ${late} KiB in the thirds of the time`,
        `processor: ${share.toFixed(2)} % of a core`,
      ];
      process.stderr.write(`${figures.join("\n")}\n`);
    }
  });
});
