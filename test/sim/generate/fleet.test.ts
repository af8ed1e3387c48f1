import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { fleetGuest } from "../../../src/sim/generate/fleet.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const DAY = { seed: "test", guests: 40, durationSeconds: 86_400, everySeconds: 300 };
type Points = readonly (readonly [number, number])[];

function guest(index: number): { memory: number; target: Points; anon: Points; text: string } {
  const document = fleetGuest(DAY, index);
  const { guest, host, workloads } = document as {
    guest: { memory: number };
    host: { target: { points: Points } };
    workloads: { anon: { points: Points } }[];
  };
  return {
    memory: guest.memory,
    target: host.target.points,
    anon: (workloads[0] as { anon: { points: Points } }).anon.points,
    text: JSON.stringify(document),
  };
}

describe("a guest of a fleet", () => {
  it("changes its demand and its target every five minutes, the target by a tenth of its RAM at least", () => {
    for (let i = 0; i < DAY.guests; i++) {
      const { memory, target, anon } = guest(i);
      expect(target).toHaveLength(1 + 288);
      expect(anon.map(([at]) => at)).toEqual(target.map(([at]) => at));
      for (let k = 1; k < target.length; k++) {
        const [before, after] = [target[k - 1], target[k]] as [[number, number], [number, number]];
        expect(Math.abs(after[1] - before[1])).toBeGreaterThanOrEqual(memory / 10);
        if (k > 1) expect(after[0] - before[0]).toBe(300);
      }
    }
  });

  it("has to reclaim for its balloon if it is every fourth one, and not otherwise", () => {
    for (let i = 0; i < 8; i++) {
      const simulation = new Simulation(readTrace(guest(i).text), { rates: DEFAULT_RATES });
      simulation.run();
      const { scanDirect, scanKswapd, oomKills } = simulation.view.guest;
      expect(scanDirect + scanKswapd > 0, `guest ${i}`).toBe(i % 4 === 0);
      expect(oomKills).toBe(0);
    }
  });

  it("is the same in a fleet of any size, and another for another seed", () => {
    expect(fleetGuest({ ...DAY, guests: 7 }, 3)).toEqual(fleetGuest(DAY, 3));
    expect(fleetGuest({ ...DAY, seed: "other" }, 3)).not.toEqual(fleetGuest(DAY, 3));
  });
});

describe("balloon-sim generate fleet", () => {
  it("writes the same traces each time, which can be run", async () => {
    const cwd = scratchDirectory();
    const generate = async (directory: string) =>
      await callBalloonSim(["generate", "fleet", "-o", directory, "--guests", "5", "--for", "30m"], { cwd });
    expect(await generate("a")).toEqual({ status: 0, stdout: "a: 5 traces\n", stderr: "" });
    await generate("b");
    const names = readdirSync(join(cwd, "a"));
    expect(names).toEqual(
      ["guest-00000", "guest-00001", "guest-00002", "guest-00003", "guest-00004"].map((n) => `${n}.json`),
    );
    const hash = createHash("sha256");
    for (const name of names) {
      const text = readFileSync(join(cwd, "a", name));
      expect(readFileSync(join(cwd, "b", name))).toEqual(text);
      hash.update(text);
    }
    // What was generated yesterday must be what is generated tomorrow.
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"01554d198e63c4ca8b9cadd70b3a644108de91e2c1abeee8c7444f32dc834e71"`,
    );
    const rows = await callBalloonSim(
      ["run", ...names.map((name) => join("a", name)), "--summary", "--format", "csv"],
      { cwd },
    );
    expect(rows.stdout.split("\n")).toHaveLength(1 + 5 + 1);
    expect(readdirSync(cwd).sort()).toEqual(["a", "b"]);
  });

  test.each([
    [["flet", "-o", "x"], 'generate "flet": expected fleet'],
    [["fleet", "-o", "x", "--guests", "0"], '--guests "0": expected a whole number from 1 to 1000000'],
    [["fleet", "-o", "x", "--for", "1.5"], '--for "1.5": expected whole seconds'],
    [["fleet", "-o", "x", "--every", "0"], '--every "0": expected more than 0'],
    [["fleet", "-o", "x", "--seed", ""], '--seed "": expected 1 to 200 characters'],
    [["fleet", "-o", "no/such"], "-o no/such: the directory that it would be in does not exist"],
    [["fleet", "-o", "full"], "-o full: is not empty"],
    [["fleet", "-o", "full/file"], "-o full/file: is no directory"],
  ])("refuses %j", async (args, message) => {
    const cwd = scratchDirectory();
    mkdirSync(join(cwd, "full"));
    writeFileSync(join(cwd, "full/file"), "");
    expect(await callBalloonSim(["generate", ...args], { cwd })).toEqual({
      status: 2,
      stdout: "",
      stderr: `balloon-sim: ${message}\n`,
    });
    expect(readdirSync(cwd)).toEqual(["full"]);
  });
});
