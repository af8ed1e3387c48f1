import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseMachine } from "../../../src/sim/trace/machines.ts";
import { balloonSim, scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";

const missing = addonMissing();
const directory = scratchDirectory();
/** The shortest measurement: three passes of each kind. */
const HERE = ["calibrate", "--here", "--for", "1ms"];

/** The cells of a row of the table. */
const rowOf = (text: string, cost: string): string[] =>
  text
    .split("\n")
    .find((line) => line.startsWith(`${cost} `))
    ?.split(/ {2,}/) ?? [];

test.skipIf(missing !== undefined)(
  `calibrate --here measures this machine${because(missing)}`,
  () => {
    const temporary = join(directory, "measured");
    mkdirSync(temporary);
    const output = join(directory, "box.json");
    const { status, stdout, stderr } = balloonSim([...HERE, "--base", "lab", "-o", output], {
      env: { TMPDIR: temporary },
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^balloon-sim: measuring this machine for 1ms; Ctrl-C ends it, and nothing is written\n/);
    const [cost, base, measured, interval, passes] = rowOf(stdout, "fault") as [string, string, string, string, string];
    expect([cost, base, passes]).toEqual(["fault", "23us", "3"]);
    expect(interval).toMatch(/^\S+ to \S+ \(75 %\)$/);
    expect(rowOf(stdout, "scan").slice(0, 5)).toEqual(["scan", "110ns", "-", "-", "-"]);
    expect(rowOf(stdout, "swapWrite").at(-1)).toBe("not measured, kept: without --swap nothing is written to swap");

    const machine = parseMachine(readFileSync(output, "utf8"), output);
    expect([machine.name, machine.provenance?.base]).toEqual(["box", "lab"]);
    expect(machine.costs.scanNs).toBe(110);
    expect(machine.costs.faultNs).not.toBe(23_000);
    expect(stdout).toContain(` ${measured} `);
    // A fault enters the kernel and zeroes a page; a store does neither.
    expect(machine.costs.faultNs).toBeGreaterThan(machine.costs.touchNs);
    expect(readdirSync(temporary)).toEqual([]);
    // Other commands take the machine.
    expect(balloonSim(["run", "spike", "--summary", "--machine", output]).status).toBe(0);
  },
  120_000,
);

test.skipIf(missing !== undefined)(
  `calibrate --here writes the machine to standard output${because(missing)}`,
  () => {
    const { status, stdout, stderr } = balloonSim([...HERE, "-o", "-"], { cwd: directory });
    expect(status).toBe(0);
    expect(parseMachine(stdout, "stdout").name).toBe("calibrated");
    expect(rowOf(stderr, "touch")[1]).toBe("20ns");
  },
  120_000,
);

test.skipIf(missing !== undefined).each(["SIGINT", "SIGTERM"] as const)(
  `%s ends calibrate --here at once, and leaves nothing${because(missing)}`,
  async (signal) => {
    const temporary = join(directory, signal);
    mkdirSync(temporary);
    const output = join(temporary, "box.json");
    const child = startBalloonSim(["calibrate", "--here", "--for", "10m", "-o", output], { TMPDIR: temporary });
    await once(child.stderr as NodeJS.ReadableStream, "data");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([null, signal]);
    expect(readdirSync(temporary)).toEqual([]);
  },
  60_000,
);

test("calibrate --here refuses what it can't do before it measures", () => {
  const refusal = (...args: string[]) => {
    const { status, stdout, stderr } = balloonSim(["calibrate", "--here", ...args], { cwd: directory });
    expect(stdout).toBe("");
    return [status, stderr];
  };
  expect(refusal("--for", "soon")).toEqual([
    2,
    expect.stringMatching(/^balloon-sim: --for "soon": expected a time.*\n$/),
  ]);
  expect(refusal("--base", "laptop")).toEqual([
    2,
    expect.stringMatching(/^balloon-sim: --base laptop: there is no .*\n$/),
  ]);
  expect(refusal("-o", "no/such/box.json")).toEqual([
    2,
    expect.stringMatching(/^balloon-sim: -o no\/such\/box.json: .*\n$/),
  ]);
  expect(refusal("run.csv")).toEqual([
    2,
    expect.stringMatching(/^balloon-sim: --here: .* reads no recorded runs: .*\n$/),
  ]);
  expect(refusal("--workers", "2")).toEqual([2, expect.stringMatching(/^balloon-sim: --workers: .* on one thread\n$/)]);
  expect(existsSync(join(directory, "no"))).toBe(false);
});

test.each(["--swap", "--for"])("calibrate has %s only with --here", (option) => {
  const { status, stdout, stderr } = balloonSim([
    "calibrate",
    "run.csv",
    option,
    ...(option === "--for" ? ["5s"] : []),
  ]);
  expect([status, stdout, stderr]).toEqual([
    2,
    "",
    `balloon-sim: ${option}: is about measuring this machine: add --here\n`,
  ]);
});
