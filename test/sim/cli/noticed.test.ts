import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const run = (...args: string[]) => callBalloonSim(args, { cwd: scratch });

const TRACE = {
  format: "balloon-sim/trace",
  version: 1,
  name: "t",
  description: "",
  duration: 30,
  guest: { memory: "1GiB" },
  workloads: [{ name: "a", anon: "100MiB" }],
  host: { target: Array.from({ length: 25 }, (_, i) => [i + 1, (i % 2) * 10]) },
};
(TRACE.host.target as number[][]).unshift([0, 5]);

test("run refuses to suspend a run at its very end", async () => {
  const { status, stderr } = await run("run", "steady", "--checkpoint", "a.ckpt", "--at", "2m");
  expect([status, stderr]).toEqual([2, "balloon-sim: --at 2m: the run is over at 2m\n"]);
});

test("run -o DIR refuses to put rows in the place of the trace", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "mine.json");
  const text = JSON.stringify(TRACE);
  writeFileSync(path, text);
  const { status, stderr } = await run("run", path, "-o", directory, "--format", "json");
  expect([status, stderr]).toEqual([
    2,
    `balloon-sim: -o ${path}: is the same file as ${path}, which would be overwritten\n`,
  ]);
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("a summary says how many changes it does not list", async () => {
  writeFileSync(join(scratch, "many.json"), JSON.stringify(TRACE));
  const changes = JSON.parse((await run("run", "many.json", "--summary", "--format", "json")).stdout).changes;
  expect(changes).toBe(26);
  expect((await run("run", "many.json", "--summary")).stdout).toContain("... and 6 more changes of the target\n");
});

test("import -o DIR follows a link to the file that it leads to", async () => {
  const directory = scratchDirectory();
  const head = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC";
  const row = (i: number) =>
    ` 1  0      0 ${700000 - i} 9000 250000    0    0     5     9   99   99  1  1 98  0  0 2027-02-14 10:00:${i}0`;
  writeFileSync(join(scratch, "guest.log"), [head, ...[0, 1, 2, 3, 4].map(row), ""].join("\n"));
  const args = ["import", "guest.log", "--memory", "1GiB", "--target", "40%", "-o", directory];
  expect((await run(...args)).status).toBe(0);
  const [name = ""] = readdirSync(directory);
  const text = readFileSync(join(directory, name), "utf8");
  const elsewhere = join(scratch, "elsewhere.jsonl");
  writeFileSync(elsewhere, "old");
  const linked = scratchDirectory();
  symlinkSync(elsewhere, join(linked, name));
  expect((await run(...args.slice(0, -1), linked)).status).toBe(0);
  expect(lstatSync(join(linked, name)).isSymbolicLink()).toBe(true);
  expect(readFileSync(elsewhere, "utf8")).toBe(text);
});

test("generate fleet --memory draws a size and its doubles, and refuses a range that falls", async () => {
  expect(
    (await run("generate", "fleet", "-o", "fleet", "--guests", "40", "--for", "10m", "--memory", "8GiB..64GiB")).status,
  ).toBe(0);
  const sizes = readdirSync(join(scratch, "fleet")).map(
    (name) => JSON.parse(readFileSync(join(scratch, "fleet", name), "utf8")).guest.memory / 262_144,
  );
  expect([...new Set(sizes)].sort((a, b) => a - b)).toEqual([8, 16, 32, 64]);
  const { status, stderr } = await run("generate", "fleet", "-o", "other", "--memory", "64GiB..8GiB");
  expect([status, stderr]).toEqual([
    2,
    'balloon-sim: --memory "64GiB..8GiB": expected whole MiB from 256MiB to 16TiB, such as 512MiB..1TiB, or one size\n',
  ]);
});
