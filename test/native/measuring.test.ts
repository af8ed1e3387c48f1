import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadNative } from "../../src/common/native/load.ts";
import { loadGauge } from "../../src/sim/gauge/gauge.ts";
import { scratchDirectory } from "../support/processes/command.ts";
import { addonMissing, because } from "../support/processes/emulation.ts";
import { runWithAddon } from "../support/processes/native-child.ts";

const missing = addonMissing();
const directory = scratchDirectory();

describe.skipIf(missing !== undefined)(`the measuring part of the addon${because(missing)}`, () => {
  it("answers figures of a page, and leaves no file", async () => {
    const gauge = loadGauge();
    const memory = await gauge.memory(1024);
    expect(Object.keys(memory)).toEqual(["faultNs", "touchNs", "releaseNs"]);
    expect(memory.faultNs).toBeGreaterThan(memory.touchNs);
    const file = await gauge.file(directory, 512);
    expect(Object.keys(file)).toEqual(["writeNs", "readNs", "dropNs", "reclaimNs"]);
    expect(readdirSync(directory)).toEqual([]);
    expect([0, 100, 250, 300, 1000]).toContain(gauge.ticksPerSecond());
  });

  it("lets the event loop turn while it measures", async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await loadGauge().memory(65_536);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
  });

  it("rejects with the failure of the system", async () => {
    await expect(loadGauge().file("/no/such/place", 512)).rejects.toMatchObject({
      name: "NativeError",
      code: "SYSTEM",
      message: "can't create a file in /no/such/place: No such file or directory (ENOENT)",
    });
  });

  it("refuses other arguments", () => {
    const refusals = [
      ["measureMemory(1, () => {})", "pages: expected 2 to 262144"],
      ["measureMemory(262145, () => {})", "pages: expected 2 to 262144"],
      ["measureFile('/tmp', 2.5, () => {})", "pages: expected a whole number from 0 on"],
      ["measureSwap(512, -1, () => {})", "patienceMs: expected a whole number from 0 on"],
      ["measureMemory(512)", "expected a function that takes the figures"],
    ];
    for (const [call, message] of refusals) {
      const { stdout } = runWithAddon(
        `try { addon.${call}; } catch (error) { console.log(error.name, error.message); }`,
      );
      expect([call, stdout]).toEqual([call, `TypeError ${message}\n`]);
    }
  });

  it("keeps the process alive until it has answered, and no longer", () => {
    const { status, stdout } = runWithAddon("addon.measureMemory(512, (failure) => console.log(failure));");
    expect([status, stdout]).toEqual([0, "null\n"]);
  });

  it("is missing in an addon that is older than the program", () => {
    const load = () => loadNative({ purpose: "", needs: "measureNothing" });
    expect(load).toThrow(
      expect.objectContaining({
        code: "ADDON_MISSING",
        message: expect.stringContaining("older than this program: run "),
      }),
    );
  });
});
