import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, RATE_FIELDS } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { because, emulationMissing } from "../../support/processes/emulation.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(5);

const missing = emulationMissing();
const PAGES = 400_000;

describe.skipIf(missing !== undefined)(`a signal in mid-cycle${because(missing)}`, () => {
  it("ends an inflation of one cycle long before its end, and all memory is given back", async () => {
    const directory = scratchDirectory();
    const rates = join(directory, "rates.json");
    const large = { ...DEFAULT_RATES, nosleepAllocMax: PAGES, yieldThreshold: PAGES };
    writeFileSync(rates, JSON.stringify(Object.fromEntries(RATE_FIELDS.map(({ flag, key }) => [flag, large[key]]))));
    // Under the strict host a command takes tens of microseconds: half a minute for all of them.
    const daemon = new EmulatedDaemon({
      directory,
      strict: true,
      script: [`target 0 ${PAGES}`],
      args: ["--rates", rates, "--floor", "64MiB"],
    });
    await daemon.until(() => (daemon.host()?.locked ?? 0) > 0, "pages are locked");
    const { status } = await daemon.stop();
    expect(status).toBe(0);
    expect(daemon.log).toMatch(/SIGTERM: [\d.]+MiB go back to the guest/);
    expect(daemon.log).toContain("all memory is freed");
    // The cycle did not end, so it has no row.
    expect(daemon.cycles().filter(({ size }) => size > 0)).toEqual([]);
    const { violation, mostLocked } = daemon.report();
    expect(violation).toBeNull();
    expect(mostLocked).toBeLessThan(PAGES / 2);
  });
});
