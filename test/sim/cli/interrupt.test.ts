import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** Policies that begin an endless loop, each in another function, and say so before. */
const HANG = 'console.error("hangs now"); for (;;);';
const HANGING: Record<string, string> = {
  decide: `export default { name: "hanging", meaning: "Hangs.", everyUs: 1e7, create: () => ({ decide() { ${HANG} } }) };`,
  create: `export default { name: "hanging", meaning: "Hangs.", everyUs: 1e7, create() { ${HANG} } };`,
};

test.each([
  ["host", "decide", ["-o", "rows"]],
  ["host", "create", ["-o", "rows"]],
  ["host", "decide", ["--plot", "host.svg"]],
  ["report", "decide", ["-o", "host.html"]],
  ["sweep", "decide", ["--set", "batch-pages=256,512", "--workers", "1", "-o", "table.csv"]],
] as const)(
  "SIGINT ends %s at once while a policy hangs in %s, and leaves no file behind",
  async (command, at, options) => {
    const cwd = scratchDirectory();
    writeFileSync(`${cwd}/hanging.mjs`, HANGING[at] as string);
    const host = ["hosts/noisy-neighbour", "--policy", "./hanging.mjs"];
    const child = startBalloonSim([command, ...host, ...options], {}, cwd);
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("hangs now")) child.kill("SIGINT");
    });
    // A policy that gives no answer ends the command, too, by another way: with exit code 1 and a message.
    expect([await once(child, "close"), said]).toEqual([[null, "SIGINT"], "hangs now\n"]);
    expect(readdirSync(cwd)).toEqual(["hanging.mjs"]);
  },
);

test("an interrupted study says how many of its trials are kept", async () => {
  const study = `${scratchDirectory()}/s.jsonl`;
  const child = startBalloonSim([
    ...[
      "tune",
      "spike",
      "--minimize",
      "stall_full",
      "--trials",
      "100000",
      "--workers",
      "1",
      "--quiet",
      "--study",
      study,
    ],
  ]);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const linesOf = () => (existsSync(study) ? readFileSync(study, "utf8").split("\n").length - 1 : 0);
  while (linesOf() < 3) await sleep(20);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([null, "SIGINT"]);
  // The header is a line, too.
  const [, kept] =
    /s\.jsonl: ended by a signal; (\d+) trials? (?:is|are) kept in it, and the same command continues/.exec(said) ?? [];
  expect(Number(kept), said).toBeGreaterThanOrEqual(2);
  expect(Number(kept)).toBeLessThanOrEqual(linesOf() - 1);
});
