import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { balloonHw, balloonSim, ROOT, scratchDirectory } from "../../support/processes/command.ts";
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

  it("takes no pages in a dry run, and says what it would have done", () => {
    const directory = scratchDirectory();
    const [script, record, cycles] = ["host.txt", "target.jsonl", "cycles.csv"].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    writeFileSync(script, "balloon-host 1\ntarget 0 3000\n");
    const { status, stderr } = balloonHw([
      ...["emulate", script, "--dry-run", "--for", "4s", "--record", record, "--cycles", cycles],
    ]);
    expect(stderr).toContain("dry run: no page is allocated or locked; sizes are what the balloon would have");
    expect(stderr).toContain("the balloon is at its target, 11.72MiB");
    expect(stderr).toContain("the time is over: the balloon is empty");
    expect(status).toBe(0);
    expect(readFileSync(cycles, "utf8")).toContain(",3000,3000,");
    const [header = "", ...samples] = readFileSync(record, "utf8").trimEnd().split("\n");
    const { program, balloon, columns } = JSON.parse(header);
    expect([program.name, balloon]).toEqual(["balloon-hw-dry-run", undefined]);
    // The recorded machine has no balloon, and knows the target.
    const at = (field: string) => columns.findIndex((column: { field: string }) => column.field === field);
    const last = JSON.parse(samples.at(-1) as string).v;
    expect([last[at("target")], last[at("current")]]).toEqual([3000, 0]);
    const trace = join(directory, "trace.jsonl");
    expect(balloonSim(["import", record, "-o", trace]).status).toBe(0);
    expect(balloonSim(["fidelity", record]).stderr).toContain("this is not a recorded run");
  });

  it("refuses a dry run that is to be checked", () => {
    const { status, stderr } = balloonHw(["emulate", "--dry-run", "--strict"]);
    expect([status, stderr]).toEqual([
      2,
      "balloon-hw: --dry-run: takes no pages that --strict could check: leave one out\n",
    ]);
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
