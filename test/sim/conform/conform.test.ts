import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DEFAULT_RATES, RATE_FIELDS } from "../../../src/engine/index.ts";
import { CONSTANT_SETS } from "../../support/generators/constants.ts";
import { randomPlan } from "../../support/generators/plans.ts";
import { seeded } from "../../support/generators/random.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { replayText } from "../../support/in-process/replay-text.ts";
import { shell } from "../../support/processes/command.ts";

const folder = mkdtempSync(join(tmpdir(), "balloon-conform-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with this plan. */
function file(name: string, plan: string): string {
  const path = join(folder, name);
  writeFileSync(path, plan);
  return path;
}

const HEADER = "cycle,size,target,rate_alloc,rate_free,slow,reset_required,refused,timer,start,start_fail,";
const GOOD = "INIT 0 0\nC 5 0 -1 -1 - - 0 0 1048576\n";
const ROW = "0,5,5,2048,16384,0,0,0,1,1,0,1,0,5,0,0,0,1,0,5,0,0,0,0,0,0,0\n";

describe("balloon-sim conform", () => {
  it("prints what the replay prints, from a file and from standard input, with any constants", async () => {
    const random = seeded("conform");
    for (const [name, rates] of Object.entries(CONSTANT_SETS)) {
      const plan = randomPlan(random, rates, 60);
      const sets = RATE_FIELDS.flatMap(({ flag, key }) => ["--set", `${flag}=${rates[key]}`]);
      const rows = replayText(plan, rates);
      const path = file(`${name}.plan`, plan);
      const result = await callBalloonSim(["conform", path, ...sets]);
      const complaint = rows.error === undefined ? "" : `balloon-sim: ${rows.error.replace(/^plan/, path)}\n`;
      expect(result).toEqual({ status: rows.status, stdout: rows.stdout, stderr: rows.stderr + complaint });

      const constants = file("rates.json", JSON.stringify(rates));
      const text = await callBalloonSim(["conform", "-", "--text", "--rates", constants], { input: plan });
      expect(text.stdout).toBe(replayText(plan, rates, true).stdout);
    }
  });

  it("prints what the reference driver prints for a load that fails, and ends well", async () => {
    for (const [plan, message] of [
      ["INIT 1 0\n", "failed to send start command to the host\n"],
      ["INIT 0 1\n", "failed to send guest ID to the host\n"],
    ]) {
      const result = await callBalloonSim(["conform", "-"], { input: `${plan}C nonsense\n` });
      expect(result).toEqual({ status: 0, stdout: "init,-5\n", stderr: message });
    }
  });

  it("says on standard error when GUEST_ID fails in a reset", async () => {
    const plan = "INIT 0 0\nC 0 7 -1 -1 - - 0 0 1\nC 0 0 -1 -1 - - 0 3 1\nEXIT\n";
    const { status, stderr } = await callBalloonSim(["conform", "-"], { input: plan });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "failed to send guest ID to the host\n" });
  });

  it("prints the rows up to a malformed line, then where and what is wrong", async () => {
    const path = file("bad.plan", `${GOOD}# remark\nC 5 0 -1 -1 - - 0 0\n${GOOD}`);
    const { status, stdout, stderr } = await callBalloonSim(["conform", path]);
    expect(status).toBe(2);
    expect(stdout.startsWith(`init,0\n${HEADER}`)).toBe(true);
    expect(stdout.endsWith(`,yields\n${ROW}`)).toBe(true);
    expect(stderr).toMatch(
      new RegExp(`^balloon-sim: ${path}:4: field 9 of C, totalram, is missing, expected a whole number \\(C .*\\)\n$`),
    );
  });

  it("takes a plan without a line break at its end, with carriage returns, or without EXIT", async () => {
    const plain = await callBalloonSim(["conform", "-"], { input: GOOD });
    expect(plain.status).toBe(0);
    expect(await callBalloonSim(["conform", "-"], { input: GOOD.trimEnd() })).toEqual(plain);
    expect(await callBalloonSim(["conform", "-"], { input: `${GOOD.replaceAll("\n", "\r\n")}\r\n` })).toEqual(plain);
  });

  it("reads nothing beyond EXIT", async () => {
    const { status, stdout, stderr } = await callBalloonSim(["conform", "-"], { input: `${GOOD}EXIT\nnonsense\n` });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^1,0,5,/);
  });

  it("does not look at bytes as characters: a remark in any encoding is one", async () => {
    const path = file("bytes.plan", "");
    writeFileSync(
      path,
      Buffer.concat([Buffer.from("INIT 0 0\n#"), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from("\nEXIT\n")]),
    );
    expect(await callBalloonSim(["conform", path])).toMatchObject({ status: 0, stderr: "" });
  });

  it("streams plans of any length", async () => {
    const cycles = 50_000;
    const path = file("long.plan", `INIT 0 0\n${"C 7 0 -1 -1 - - 0 0 1048576\n".repeat(cycles)}`);
    const { status, stdout } = await callBalloonSim(["conform", path]);
    expect(status).toBe(0);
    const rows = stdout.split("\n");
    expect(rows).toHaveLength(cycles + 3);
    expect(rows.at(-2)).toMatch(new RegExp(`^${cycles - 1},7,7,2048,16384,0,0,0,${cycles},`));
  });

  it("ends with 1 where the constants make the reference driver crash", async () => {
    const input = `${GOOD.replace("C 5", "C 8")}C 16 0 -1 -1 - - 0 0 1048576\n`;
    const sets = ["alloc-min=8", "alloc-max=8", "alloc-inc=4294967288"].flatMap((set) => ["--set", set]);
    const { status, stdout, stderr } = await callBalloonSim(["conform", "-", ...sets], { input });
    expect(status).toBe(1);
    expect(stdout.split("\n")).toHaveLength(4);
    expect(stderr).toBe(
      "balloon-sim: <stdin>:3: the driver crashes here: inflate: division by rate_alloc, which overflowed to 0\n",
    );
  });

  it.each([
    [["conform", "/nonexistent/plan"], "/nonexistent/plan: no such file or directory"],
    [["conform", folder], `${folder}: is a directory, expected a file`],
    [["conform", "/dev/zero"], "/dev/zero: is a device, expected a file"],
    [
      ["conform", "-"],
      '<stdin>: is empty, expected a plan, with "INIT start_status guest_id_status" in its first line: pipe its text into the command, or name a file instead of -',
    ],
    [["conform"], "the argument <plan> is missing (see --help)"],
    [["conform", "-", "--set", "alloc-max"], "--set alloc-max: expected name=value, such as nosleep-alloc-max=16384"],
    [["conform", "-", "--set", "alloc-min=0"], /^--set alloc-min=0: alloc-min is 0: expected a whole number from 1 /],
  ])("says in a line what is wrong with %j", async (args, message) => {
    const { status, stdout, stderr } = await callBalloonSim(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr.replace(/^balloon-sim: /, "").trimEnd()).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });

  it("reports a line that no plan can have", async () => {
    const path = file("one-line.plan", `INIT 0 0\n${"#".repeat(262_143)}`);
    const { status, stderr } = await callBalloonSim(["conform", path]);
    expect(status).toBe(2);
    expect(stderr).toBe(`balloon-sim: ${path}:2: the line is longer than 262142 characters: is this a plan?\n`);
  });

  it("ends quietly where its reader has gone, and with 1 where the disk is full", () => {
    const path = file("pipe.plan", `INIT 0 0\n${"C 7 0 -1 -1 - - 0 0 1048576\n".repeat(20_000)}`);
    expect(shell(`balloon-sim conform ${path} | head -n 1`)).toEqual({ status: 0, stdout: "init,0\n", stderr: "" });
    const full = shell(`balloon-sim conform ${path} > /dev/full`);
    expect(full).toEqual({
      status: 1,
      stdout: "",
      stderr: "balloon-sim: standard output: no space left on the device\n",
    });
  });

  it("uses the reference driver's constants unless told otherwise", async () => {
    const { stdout } = await callBalloonSim(["conform", "-"], { input: "INIT 0 0\nC 99999 0 -1 -1 - - 0 0 1048576\n" });
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(`0,${DEFAULT_RATES.nosleepAllocMax + 1},99999,2048,16384,`);
  });
});
