import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { balloonHw, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(5);

const STRICT_HOST = join(ROOT, "build/Release/strict-host");
const missing = addonMissing() ?? (existsSync(STRICT_HOST) ? undefined : "needs the strict host: npm run build:native");

describe.skipIf(missing !== undefined)(`balloon-hw emulate${because(missing)}`, () => {
  it("runs the daemon under the host of a trace", () => {
    const { status, stderr } = balloonHw(["emulate", "spike", "--for", "2s"]);
    expect(stderr).toContain("the host has accepted START and GUEST_ID");
    expect(stderr).toMatch(/all memory is freed\n$/);
    expect(status).toBe(0);
  });

  it("runs the daemon under the strict host on request, and ends with its exit code", () => {
    const directory = scratchDirectory();
    const script = join(directory, "host.txt");
    writeFileSync(script, `balloon-host 1\ntarget 0 3000\n`);
    const { status, stderr } = balloonHw(["emulate", script, "--strict", "--for", "4s"]);
    expect(stderr).toContain("the balloon is at its target, 11.72MiB");
    expect(stderr).toMatch(/all memory is freed\n$/);
    expect(status).toBe(0);
  });

  it("reports a mistake in a script, with either host", () => {
    const script = join(scratchDirectory(), "host.txt");
    writeFileSync(script, "balloon-host 1\ntarget 0\n");
    for (const host of [[], ["--strict"]]) {
      const { status, stderr } = balloonHw(["emulate", script, ...host, "--for", "4s"]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/line 2: target: expected 0\.\.4503599627370495, found nothing\n$/);
    }
  });
});
