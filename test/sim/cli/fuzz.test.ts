import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

test("fuzz prints the number of its scenarios, and the same for the same seed", async () => {
  const fuzz = () => callBalloonSim(["fuzz", "--seed", "cli", "--runs", "3"]);
  const first = await fuzz();
  expect(first).toMatchObject({ status: 0, stderr: "" });
  expect(first.stdout).toMatch(/^seed cli: 3 scenarios, 0 failures, \d+ events, [\dhms.]+ simulated\n$/);
  expect(await fuzz()).toEqual(first);
});

test("fuzz has as scenario n of a seed the first one of the seed's n-th successor", async () => {
  const events = async (seed: string, runs: string) =>
    Number(/ (\d+) events/.exec((await callBalloonSim(["fuzz", "--seed", seed, "--runs", runs])).stdout)?.[1]);
  expect((await events("cli", "3")) - (await events("cli", "2"))).toBe(await events("cli+2", "1"));
});

test("fuzz takes a new seed each time unless one is given", async () => {
  const seedOf = async () => /^seed (\w+):/.exec((await callBalloonSim(["fuzz", "--runs", "1"])).stdout)?.[1];
  expect(await seedOf()).not.toBe(await seedOf());
});

test("fuzz ends at its limit of time", async () => {
  expect(await callBalloonSim(["fuzz", "--for", "0.1"])).toMatchObject({ status: 0, stderr: "" });
});

test.each([
  [["--runs", "0"], '--runs "0": expected a whole number from 1 to 1000000000'],
  [["--runs", "many"], '--runs "many": expected a whole number from 1 to 1000000000'],
  [["--seed", ""], '--seed "": expected 1 to 200 characters'],
  [["-o", "nowhere"], "-o nowhere: no such directory"],
])("fuzz refuses %j", async (args, message) => {
  const cwd = scratchDirectory();
  expect(await callBalloonSim(["fuzz", "--runs", "1", ...args], { cwd })).toEqual({
    status: 2,
    stdout: "",
    stderr: `balloon-sim: ${message}\n`,
  });
});
