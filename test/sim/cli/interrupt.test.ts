import { once } from "node:events";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";

/** Long enough to be interrupted on any machine: a row for each of the 2.6 million cycles of a month. */
const LONG_RUN = ["run", "idle-month", "--every", "cycle", "--columns", "all"];

async function somethingIn(directory: string): Promise<void> {
  while (readdirSync(directory).length === 0) await sleep(5);
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s leaves no file behind", async (signal) => {
  const directory = scratchDirectory();
  const child = startBalloonSim([...LONG_RUN, "-o", `${directory}/rows.csv`]);
  await somethingIn(directory);
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([null, signal]);
  expect(readdirSync(directory)).toEqual([]);
});

test("an interrupted run on worker threads leaves no temporary file behind", async () => {
  const temporary = scratchDirectory();
  const child = startBalloonSim([...LONG_RUN, "idle-month", "--workers", "2"], { TMPDIR: temporary });
  await somethingIn(temporary);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
  expect(readdirSync(temporary)).toEqual([]);
});
