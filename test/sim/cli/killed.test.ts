import { once } from "node:events";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { balloonSim, scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";

/** A run that lasts, with its rows in a folder, and the name of what it writes them to. */
async function started(directory: string) {
  const child = startBalloonSim([
    "run",
    "idle-month",
    "--every",
    "cycle",
    "--columns",
    "all",
    "-o",
    `${directory}/a.csv`,
  ]);
  while (readdirSync(directory).length === 0) await sleep(5);
  const [name = ""] = readdirSync(directory);
  expect(name).toMatch(new RegExp(`^\\.a\\.csv\\.${child.pid}-[0-9a-z]+-[0-9a-f]{8}\\.tmp$`));
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { name, kill };
}

const NEXT = ["run", "steady", "--until", "5s", "-o", "b.csv"];

test("a process that writes to a folder removes what a killed one left there, and nothing else", async () => {
  const directory = scratchDirectory();
  const next = () => balloonSim(NEXT, { cwd: directory }).status;
  const { name, kill } = await started(directory);
  // The process lives.
  expect(next()).toBe(0);
  expect(readdirSync(directory).sort()).toEqual([name, "b.csv"]);
  await kill();

  const place = /-([0-9a-f]{8})\.tmp$/.exec(name)?.[1] as string;
  const dead = /\.(\d+)-/.exec(name)?.[1] as string;
  const elsewhere = name.replace(place, place === "00000000" ? "00000001" : "00000000");
  const kept = [
    elsewhere,
    `.c.csv.${process.pid}-1-${place}.tmp`,
    `c.csv.${dead}-1-${place}.tmp`,
    `.c.csv.${dead}.tmp`,
  ];
  for (const each of kept) writeFileSync(join(directory, each), "");
  const link = `.link.${dead}-1-${place}.tmp`;
  symlinkSync("b.csv", join(directory, link));
  const folder = `.deep.${dead}-1-${place}.tmp`;
  mkdirSync(join(directory, folder, "within"), { recursive: true });
  const fleet = `.fleet.${dead}-1-${place}.tmp`;
  mkdirSync(join(directory, fleet));
  writeFileSync(join(directory, fleet, "guest-0.json"), "");

  expect(next()).toBe(0);
  expect(readdirSync(directory).sort()).toEqual([...kept, link, folder, "b.csv"].sort());
});

test("a run of several traces removes the directory for rows that a killed one left", async () => {
  const directory = scratchDirectory();
  const env = { TMPDIR: directory };
  const child = startBalloonSim(["run", "idle-month", "spike", "--every", "cycle", "--workers", "2"], env);
  while (readdirSync(directory).length === 0) await sleep(5);
  child.stdout?.resume();
  const run = () => balloonSim(["run", "steady", "ramp", "--until", "5s"], { env }).status;
  expect([run(), readdirSync(directory).length]).toEqual([0, 1]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect([run(), readdirSync(directory)]).toEqual([0, []]);
});
