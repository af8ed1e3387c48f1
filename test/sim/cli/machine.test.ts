import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createProgram } from "../../../src/sim/cli/program.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { slow } from "../../support/setup/slow.ts";

const directory = mkdtempSync(join(tmpdir(), "machine-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string): void => writeFileSync(join(directory, name), content);
const LAB = readFileSync(new URL("../../../src/sim/trace/machines/lab.json", import.meta.url), "utf8");
const spike = JSON.parse(readFileSync(new URL("../../../traces/spike.json", import.meta.url), "utf8"));

async function run(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(args, { cwd: directory });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

async function step(commands: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(["step", ...args], { cwd: directory, input: commands });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("--machine", () => {
  const rows = ["--every", "5s", "--until", "60s"];
  beforeEach(() => {
    file("spike.json", JSON.stringify({ ...spike, guest: { ...spike.guest, machine: "lab" } }));
    file("box.json", LAB);
    file("faster.json", '{"alloc-max":4096}');
  });

  it("refuses an empty file, and rates options refuse machine files and traces", async () => {
    file("empty.json", "");
    const refused = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await callBalloonSim(args, { cwd: directory });
      expect([status, stdout]).toEqual([2, ""]);
      return stderr;
    };
    expect(await refused("run", "spike", "--machine", "./empty.json")).toBe(
      "balloon-sim: --machine ./empty.json: is empty, expected a machine file\n",
    );
    expect(await refused("compare", "box.json", "--on", "spike")).toBe(
      'balloon-sim: box.json: is a machine file, expected rates, such as {"alloc-max": 4096}\n',
    );
    expect(await refused("run", "spike", "--rates", "spike.json")).toBe(
      'balloon-sim: spike.json: is a trace, expected rates, such as {"alloc-max": 4096}\n',
    );
  });

  it("runs a trace as if the trace named the machine", async () => {
    expect(await run("run", "spike", "--machine", "lab", ...rows)).toBe(await run("run", "./spike.json", ...rows));
    expect(await run("run", "./spike.json", "--machine", "server", ...rows)).toBe(await run("run", "spike", ...rows));
  });

  /** What a command makes of a trace, of which only the numbers count: names of the trace and of what was changed differ. */
  type Makes = (trace: string, machine: readonly string[]) => Promise<string>;
  const tuning = ["--set", "alloc-max=512..4096", "--minimize", "stall_full", "--trials", "3", "--judge-worlds", "1"];
  let studies = 0;
  const MEANINGS: Readonly<Record<string, Makes>> = {
    run: (trace, machine) => run("run", trace, ...machine, ...rows),
    step: (trace, machine) => step("50c\n", trace, ...machine),
    // The page has the curves to the last digit, which characters in a terminal don't.
    report: async (trace, machine) => {
      await run("report", trace, ...machine, "--until", "60s", "--quiet", "-o", "page.html");
      return readFileSync(join(directory, "page.html"), "utf8");
    },
    sweep: (trace, machine) => run("sweep", trace, ...machine, "--set", "alloc-max=1024,2048", "--quiet"),
    compare: (trace, machine) =>
      run("compare", "faster.json", "--on", trace, ...machine, "--format", "csv", "--worlds", "1", "--quiet"),
    tune: (trace, machine) => run("tune", trace, ...machine, ...tuning, "--quiet"),
    // The note on one of the drivers that it tries goes to standard error.
    why: async (trace, machine) =>
      (await callBalloonSim(["why", trace, ...machine, "--worst", "1", "--worlds", "1"], { cwd: directory })).stdout,
    // Takes the machine from the study, which holds that of a file, too.
    "study best": async (trace, machine) => {
      const study = `${"abcd"[studies++]}.jsonl`;
      await run("tune", trace, ...machine, ...tuning, "--quiet", "--study", study);
      const kept = readFileSync(join(directory, "box.json"), "utf8");
      file("box.json", "gone");
      const { status, stdout } = await callBalloonSim(
        ["study", "best", study, "--pick", "1", "--worlds", "1", "-o", "best.json"],
        {
          cwd: directory,
        },
      );
      file("box.json", kept);
      expect(status).toBe(0);
      return stdout;
    },
  };

  it.each(Object.entries(MEANINGS))("means the same to %s, by name and as a file", slow(8), async (_, make) => {
    const figures = async (trace: string, ...machine: string[]) => (await make(trace, machine)).match(/\d+(?:\.\d+)?/g);
    const named = await figures("./spike.json");
    expect(named?.length).toBeGreaterThan(1);
    expect(await figures("spike", "--machine", "lab")).toEqual(named);
    expect(await figures("spike", "--machine", "box.json")).toEqual(named);
    expect(await figures("spike")).not.toEqual(named);
  });

  const recorded = fileURLToPath(new URL("../fidelity/runs/cache.1.csv", import.meta.url));

  it("replays a recorded run, which was made on the machine lab, on another one", async () => {
    const replayed = (...machine: string[]) => run("fidelity", recorded, "--format", "csv", ...machine);
    const asRecorded = await replayed();
    expect(await replayed("--machine", "lab")).toBe(asRecorded);
    expect(await replayed("--machine", "box.json")).toBe(asRecorded);
    expect(await replayed("--machine", "server")).not.toBe(asRecorded);
  });

  const refused = async (...args: string[]) => {
    const { status, stdout, stderr } = await callBalloonSim(args, { cwd: directory });
    expect([status, stdout]).toEqual([2, ""]);
    return stderr;
  };

  it.each([
    [
      ["fidelity", recorded, "--trace-out", "t.json"],
      "is for replays, and the trace of --trace-out has the machine of the",
    ],
    [["report", "rows.csv"], "applies to traces that report runs, and none is given"],
    [["run", "--resume", "c.ckpt"], "can't be combined with --resume: the checkpoint contains this setting"],
  ])("is refused where it would change nothing: %j", async (args, why) => {
    file("rows.csv", "time_s,size\n0,0\n1,5\n");
    expect(await refused(...args, "--machine", "lab")).toContain(`balloon-sim: --machine: ${why}`);
  });

  it("is unknown to all commands that don't take it, and those that do are all held to their meaning here", async () => {
    const commandsOf = ({ commands }: Command): Command[] =>
      commands.flatMap((one) => (one.commands.length === 0 ? [one] : commandsOf(one)));
    const nameOf = (command: Command): string =>
      command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
    const taking = commandsOf(await createProgram([])).filter(({ options }) =>
      options.some(({ long }) => long === "--machine"),
    );
    expect(taking.map(nameOf).sort()).toEqual(
      // The tests of the shadow have that of its own.
      [...Object.keys(MEANINGS).filter((name) => name !== "study best"), "fidelity", "shadow"].sort(),
    );
    for (const args of [
      ["show", "spike"],
      ["validate", "spike"],
      ["generate", "fleet"],
      ["fuzz"],
      ["study", "best", "s"],
    ])
      expect(await refused(...args, "--machine", "lab")).toContain('balloon-sim: unknown option "--machine"');
  });

  it("is named by the summary", async () => {
    const whatIf = async (machine: string) =>
      JSON.parse(await run("run", "spike", "--until", "9s", "--machine", machine, "--summary", "--format", "json"));
    expect(JSON.stringify(await whatIf("lab"))).toContain('"what_if":"machine lab; until 9s"');
    expect(JSON.stringify(await whatIf("box.json"))).toContain('"what_if":"machine lab of box.json; until 9s"');
  });

  it("is kept in a checkpoint, which does not need the file", async () => {
    const options = ["run", "spike", "--machine", "box.json"];
    const whole = await run(...options);
    const first = await run(...options, "--checkpoint", "c.ckpt", "--at", "60");
    file("box.json", "gone");
    expect(first + (await run("run", "--resume", "c.ckpt"))).toBe(whole);
    await run("run", "spike", "--checkpoint", "plain.ckpt", "--at", "60");
    expect(readFileSync(join(directory, "plain.ckpt"), "utf8")).toContain(
      '"whatIf":{"target":null,"sinceUs":0,"untilUs":null}',
    );
  });

  it.each([
    ["labb", /^balloon-sim: --machine labb: there is no machine "labb": .*; did you mean "lab"\?\n$/],
    ["none.json", /^balloon-sim: --machine none\.json: no such file[^\n]*\n$/],
    ["bad.json", /^balloon-sim: --machine bad\.json:1:2: \$[^\n]*\n$/],
  ])("refuses a file that is no machine in one line: %s", async (machine, message) => {
    file("bad.json", "{");
    const { status, stderr } = await callBalloonSim(["run", "spike", "--machine", machine], { cwd: directory });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
