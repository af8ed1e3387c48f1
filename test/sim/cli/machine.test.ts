import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { balloonSim } from "../../support/processes/command.ts";

const directory = mkdtempSync(join(tmpdir(), "machine-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string): void => writeFileSync(join(directory, name), content);
const LAB = readFileSync(new URL("../../../src/sim/trace/machines/lab.json", import.meta.url), "utf8");
const spike = JSON.parse(readFileSync(new URL("../../../traces/spike.json", import.meta.url), "utf8"));

function run(...args: string[]): string {
  const { status, stdout, stderr } = balloonSim(args, { cwd: directory });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("--machine", () => {
  const rows = ["--every", "5s", "--until", "60s"];

  it("runs a trace as if the trace named the machine", () => {
    file("spike.json", JSON.stringify({ ...spike, guest: { ...spike.guest, machine: "lab" } }));
    file("box.json", LAB);
    const named = run("run", "./spike.json", ...rows);
    expect(run("run", "spike", "--machine", "lab", ...rows)).toBe(named);
    expect(run("run", "spike", "--machine", "box.json", ...rows)).toBe(named);
    expect(run("run", "./spike.json", "--machine", "server", ...rows)).toBe(run("run", "spike", ...rows));
    expect(named).not.toBe(run("run", "spike", ...rows));
  });

  it.each([
    ["sweep", ["--set", "alloc-max=1024,2048", "--quiet"]],
    ["compare", ["--format", "csv", "--worlds", "1", "--quiet"]],
    [
      "tune",
      ["--set", "alloc-max=512..4096", "--minimize", "stall_full", "--trials", "3", "--judge-worlds", "1", "--quiet"],
    ],
  ])("means the same to %s", (command, options) => {
    file("spike.json", JSON.stringify({ ...spike, guest: { ...spike.guest, machine: "lab" } }));
    file("faster.json", '{"alloc-max":4096}');
    const made = (trace: string, ...machine: string[]) =>
      command === "compare"
        ? run(command, "faster.json", "--on", trace, ...machine, ...options)
        : run(command, trace, ...machine, ...options);
    /** The numbers alone: names of the trace and of what was changed differ. */
    const figures = (text: string) => text.match(/(?<![\w.-])\d+\.\d+(?![\w.])/g);
    const named = figures(made("./spike.json"));
    expect(named?.length).toBeGreaterThan(1);
    expect(figures(made("spike", "--machine", "lab"))).toEqual(named);
    expect(figures(made("spike"))).not.toEqual(named);
  });

  it("is named by the summary", () => {
    const whatIf = (machine: string) =>
      JSON.parse(run("run", "spike", "--until", "9s", "--machine", machine, "--summary", "--format", "json"));
    expect(JSON.stringify(whatIf("lab"))).toContain('"what_if":"machine lab; until 9s"');
    expect(JSON.stringify(whatIf("box.json"))).toContain('"what_if":"machine lab of box.json; until 9s"');
  });

  it("is kept by a checkpoint, which needs the file no more", () => {
    const options = ["run", "spike", "--machine", "box.json"];
    const whole = run(...options);
    const first = run(...options, "--checkpoint", "c.ckpt", "--at", "60");
    file("box.json", "gone");
    expect(first + run("run", "--resume", "c.ckpt")).toBe(whole);
    run("run", "spike", "--checkpoint", "plain.ckpt", "--at", "60");
    expect(readFileSync(join(directory, "plain.ckpt"), "utf8")).toContain(
      '"whatIf":{"target":null,"sinceUs":0,"untilUs":null}',
    );
  });

  it.each([
    ["labb", /^balloon-sim: --machine labb: there is no machine "labb": .*; did you mean "lab"\?\n$/],
    ["none.json", /^balloon-sim: --machine none\.json: no such file[^\n]*\n$/],
    ["bad.json", /^balloon-sim: --machine bad\.json:1:2: \$[^\n]*\n$/],
  ])("that is none is refused in one line: %s", (machine, message) => {
    file("bad.json", "{");
    const { status, stderr } = balloonSim(["run", "spike", "--machine", machine], { cwd: directory });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
