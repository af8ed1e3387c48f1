import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../src/engine/index.ts";
import { Oracles, oracleMissing } from "../support/drivers/oracle.ts";
import { ROOT, scratchDirectory, shell } from "../support/processes/command.ts";

const missing = oracleMissing();

function build(temporary: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(ROOT, "lab/oracle/build.sh"), args, {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: temporary },
  });
}

describe.skipIf(missing !== undefined)(`the oracle's build${missing ? ` (${missing})` : ""}`, () => {
  it.each([["--help"], ["SLOW_CYCLES=2"], ["out", "SLOW_CYCLES"], ["out", "SLOW_CYCLES=two"]])(
    "explains its arguments where it does not understand them: %s %s",
    (...args) => {
      const { status, stdout, stderr } = build(scratchDirectory(), ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^usage: build\.sh /);
    },
  );

  it("refuses a constant that the driver does not have, and leaves nothing behind", () => {
    const temporary = scratchDirectory();
    const out = join(scratchDirectory(), "out");
    const { status, stderr } = build(temporary, out, "SLOW_CYCLES=2", "SPEED=3");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "adapt.awk: the driver has no constant SPEED\n" });
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(join(out, "oracle"))).toBe(false);
  });

  it("leaves the program and nothing else", () => {
    const temporary = scratchDirectory();
    const out = join(scratchDirectory(), "out");
    expect(build(temporary, out)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect([readdirSync(temporary), readdirSync(out)]).toEqual([[], ["oracle"]]);
    const { status, stderr } = spawnSync(join(out, "oracle"), ["--txt"], { encoding: "utf8" });
    expect({ status, usage: stderr.split("\n")[0] }).toEqual({ status: 2, usage: "usage: oracle [--text] < PLAN" });
  });

  it("names the line of a plan that it can't read", () => {
    const oracles = new Oracles();
    const cycle = "C 20000 0 9000 -1 - - 0 0 1048576\n";
    const said = oracles
      .build(DEFAULT_RATES)
      .run([`# none\n${cycle}`, `INIT 0 0\n# one\n${cycle}C 20000 0\nEXIT\n`, ""]);
    oracles.remove();
    expect(said.map(({ status, stderr }) => [status, stderr])).toEqual([
      [2, "oracle: line 1 of the plan: expected INIT and two statuses\n"],
      [2, "oracle: line 4 of the plan: expected C and nine fields, or EXIT\n"],
      [2, "oracle: line 1 of the plan: expected INIT and two statuses\n"],
    ]);
    expect(said[1]?.stdout.split("\n").length).toBe(4);
  });

  it("prints for the plan of its README what conform prints", () => {
    const oracles = new Oracles();
    const readme = readFileSync(join(ROOT, "lab/oracle/README.md"), "utf8");
    const directory = scratchDirectory();
    expect(shell(/^ {4}(printf .*)$/m.exec(readme)?.[1] as string, directory).status).toBe(0);
    const [said] = oracles.build(DEFAULT_RATES).run([readFileSync(join(directory, "sample.plan"), "latin1")]);
    oracles.remove();
    expect(said?.stdout).toContain("\n0,8999,20000,2048,16384,4,0,0,1,");
    expect(shell("balloon-sim conform sample.plan", directory)).toMatchObject({ status: 0, stdout: said?.stdout });
  });

  it("prints the driver's state, and its text", () => {
    const oracles = new Oracles();
    const plan = "INIT 0 0\nC 20000 0 9000 -1 500:5 - 0 0 1048576\nEXIT\n";
    const [said] = oracles.build(DEFAULT_RATES).run([plan], ["--text"]);
    oracles.remove();
    expect(said.stdout).toContain("\n0,8999,20000,2048,16384,4,0,0,1,");
    expect(said.stdout).toContain("\ntarget:    20000 pages\n");
  });
});
