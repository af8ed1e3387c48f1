import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const LINE = "4 OOM kills: service (first at 1m2.021s); 1m40.43s down";
/** Columns of the terminal in which the rows of a run show its kills. */
const crosses = (text: string) =>
  text
    .split("\n")
    .find((line) => line.split("✖").length > 2)
    ?.split("✖").length;

async function output(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, stdout, stderr } = await callBalloonSim(args);
  expect(status).toBe(0);
  return { stdout, stderr };
}

test("run prints on standard error what the OOM killer did, and nothing without a kill", async () => {
  expect((await output("run", "no-swap-oom")).stderr).toBe(`balloon-sim: no-swap-oom: ${LINE}\n`);
  expect((await output("run", "steady")).stderr).toBe("");
  expect((await output("run", "steady", "no-swap-oom", "-o", join(scratch, "two.csv"))).stderr).toBe(
    "balloon-sim: 4 OOM kills in 1 of 2 runs: no-swap-oom 4\n",
  );
});

test("sweep prints on standard error the number of OOM kills, and in how many runs", async () => {
  const sweep = ["--set", "alloc-max=1024,2048", "-o", join(scratch, "sweep.csv")];
  expect((await output("sweep", "steady", "no-swap-oom", ...sweep)).stderr).toBe(
    "balloon-sim: 10 OOM kills in 3 of 6 runs: no-swap-oom 10\n",
  );
  expect((await output("sweep", "steady", ...sweep)).stderr).toBe("");
});

test("compare prints OOM kills first, also where all constants lead to as many", async () => {
  writeFileSync(join(scratch, "other.json"), '{ "max-refused": 8 }');
  const compare = ["compare", join(scratch, "other.json"), "--worlds", "2", "--on"];
  const line = `16 OOM kills in 4 of 4 runs: default 8, ${join(scratch, "other.json")} 8`;
  const { stdout, stderr } = await output(...compare, "no-swap-oom");
  expect([stdout.split("\n")[0], stderr]).toEqual([line, ""]);
  expect(stdout).toMatch(/^The same with all rates: .*\boom_kills\b/m);
  expect((await output(...compare, "no-swap-oom", "--format", "csv")).stderr).toBe(`balloon-sim: ${line}\n`);
  expect((await output(...compare, "steady")).stdout).not.toContain("OOM");
});

test("a summary has OOM kills first for people, and behind the run's length for programs", async () => {
  const { stdout, stderr } = await output("run", "no-swap-oom", "--summary");
  expect([stdout.split("\n")[0], stderr]).toEqual([LINE, ""]);
  const [head, values] = (await output("run", "no-swap-oom", "--summary", "--format", "csv")).stdout.split("\n") as [
    string,
    string,
  ];
  const names = head.split(",");
  const at = names.indexOf("duration_s") + 1;
  expect(names.slice(at, at + 3)).toEqual(["oom_kills", "downtime_s", "lost_work_pages"]);
  const json = JSON.parse((await output("run", "no-swap-oom", "--summary", "--format", "json")).stdout);
  expect(json.downtime_s).toBeCloseTo(100.43, 2);
  expect(values.split(",").slice(at, at + 3)).toEqual(["4", String(json.downtime_s), "3543038"]);
  expect(json.killed_workloads).toEqual([
    {
      workload: "service",
      oom_kills: 4,
      first_kill_s: expect.closeTo(62.021, 2),
      downtime_s: json.downtime_s,
      lost_work_pages: 3_543_038,
    },
  ]);
});

test("a summary of several worlds begins with the number of worlds with kills", async () => {
  const { stdout, stderr } = await output("run", "no-swap-oom", "steady", "--worlds", "3", "--summary");
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^OOM kills in all 3 worlds, 4 in each of them: service; 1m40\.4\d+s to 1m40\.4\d+s down\n\nno-swap-oom in 3 worlds\n/,
  );
  expect(stdout.match(/OOM kills in/g)).toHaveLength(1);
  expect(stdout).toContain("\n\nsteady in 3 worlds\n");
});

test("curves in a terminal have a cross at each kill, and begin with the kills", async () => {
  const { stdout, stderr } = await output("run", "no-swap-oom", "--plot");
  expect([stdout.split("\n")[0], stderr]).toEqual([`no-swap-oom  ✖ ${LINE}`, ""]);
  expect(stdout).toContain("✖ OOM kill (4)");
  expect(crosses(stdout)).toBe(5);
  expect((await output("run", "steady", "--plot")).stdout).not.toContain("✖");
});

test("a picture has a mark at each kill, and a text for screen readers", async () => {
  const file = join(scratch, "kills.svg");
  const { stderr } = await output("run", "no-swap-oom", "--plot", file);
  expect(stderr).toContain(LINE);
  const svg = readFileSync(file, "utf8");
  expect(svg).toContain(`<desc id="desc">${LINE}. `);
  expect(svg).toContain(">OOM kill (4)</text>");
  expect([...svg.matchAll(/<title>(1 OOM kill, [^<]*)<\/title>/g)].map(([, title]) => title)).toEqual([
    "1 OOM kill, 1m2.021s",
    "1 OOM kill, 1m27.118s",
    "1 OOM kill, 1m52.215s",
    "1 OOM kill, 2m17.312s",
  ]);
  expect((await output("run", "steady", "--plot", file)).stdout).toBeDefined();
  expect(readFileSync(file, "utf8")).not.toMatch(/OOM|class="kill/);
});

test("a report of rows begins with the kills, and marks the rows with another kill", async () => {
  const rows = join(scratch, "kills.csv");
  await output("run", "no-swap-oom", "-o", rows, "--columns", "default,downtime_us");
  const terminal = (await output("report", rows)).stdout;
  expect(terminal.split("\n")[0]).toBe("✖ 4 OOM kills, the first before 1m2.025s; 1m40.43s down");
  expect(crosses(terminal)).toBe(5);
  const page = (await output("report", rows, "-o", "-")).stdout;
  expect(page).toMatch(
    /<main id="main">[\s\S]{0,200}<ul class="notes">\s*<li>✖ 4 OOM kills, the first before 1m2\.025s/,
  );
  const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/.exec(page)?.[1] ?? "");
  expect(data.runs.kills).toEqual([
    { run: 0, time: [62.024616, 88.032002, 113.024002, 138.016002], count: [1, 1, 1, 1] },
  ]);
  expect(data.runs.panels.every(({ meaning }: { meaning: string }) => meaning.includes("✖ marks"))).toBe(true);
});

test("a report of rows without the column says that kills are unknown", async () => {
  const full = join(scratch, "full.csv");
  await output("run", "no-swap-oom", "-o", full);
  const old = join(scratch, "old.csv");
  writeFileSync(old, readFileSync(full, "utf8").replace(/,[^,\n]*$/gm, ""));
  expect((await output("report", old)).stdout.split("\n")[0]).toBe("OOM kills unknown: no column oom_kills");
  expect((await output("report", old, full)).stdout.split("\n").slice(0, 2)).toEqual([
    "old: OOM kills unknown: no column oom_kills",
    "full: ✖ 4 OOM kills, the first before 1m2.025s",
  ]);
  const page = (await output("report", old, "-o", "-")).stdout;
  expect(page).toContain("OOM kills unknown: no column oom_kills");
  expect(page).toMatch(/<td class="n">unknown<\/td>/);
});

test("a study prints the OOM kills of trial 0, and nothing without one", async () => {
  const file = join(scratch, "kills.study");
  const tune = ["--minimize", "stall_full", "--set", "alloc-max=1024,4096", "--judge-worlds", "1", "--quiet"];
  const line = "The constants of trial 0 have 4 OOM kills in 1 of 2 runs: no-swap-oom 4.";
  const { stdout } = await output("tune", "steady", "no-swap-oom", ...tune, "--trials", "2", "--study", file);
  expect(stdout).toContain(`\nNote: ${line}\n`);
  expect((await output("study", "show", file)).stdout).toContain(`\nNote: ${line}\n`);
  expect((await output("report", file, "-o", "-")).stdout).toContain(`<li>${line}</li>`);
  expect((await output("tune", "steady", ...tune, "--trials", "2")).stdout).not.toContain("OOM");
  const heldOut = (await output("tune", "steady", "--holdout", "no-swap-oom", ...tune, "--trials", "2")).stdout;
  expect(heldOut).toContain("\nNote: The constants of trial 0 have OOM kills on the held-out traces.\n");
});
