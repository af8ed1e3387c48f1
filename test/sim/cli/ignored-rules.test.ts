import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { VIRTIO_BALLOON } from "../../../src/engine/index.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";

// Rules of a trace's host that have no effect on the driver: every result says so, once.

const directory = mkdtempSync(join(tmpdir(), "balloon-rules-"));
afterAll(() => rmSync(directory, { recursive: true }));

const sim = (...args: string[]) => callBalloonSim(args, { cwd: directory });

function trace(name: string, guest: object, host: object): string {
  const head = { format: "balloon-sim/trace", version: 1, duration: 20 };
  const target = [
    [0, 0],
    [5.5, "200MiB"],
  ];
  writeFileSync(
    join(directory, name),
    JSON.stringify({ ...head, guest: { memory: "1GiB", ...guest }, host: { target, ...host } }),
  );
  return name;
}

const RULES = { refusals: [{ at: 6, count: 2 }], resets: [9] };
const kvm = trace("kvm.json", { driver: "virtio-balloon" }, RULES);
const vmware = trace("vmware.json", {}, RULES);
const REMARK =
  "virtio-balloon does not send lock, get-target to this host: all 2 rules of the host (refusals, resets) have no effect " +
  "(docs/drivers.md)";
const NOTE = `balloon-sim: note: kvm.json: ${REMARK}\n`;
const times = (text: string) => text.split(REMARK).length - 1;
const GOAL = ["--minimize", "backdoor_calls", "--set", "message-pages=64,256", "--sampler", "grid", "--worlds", "1"];

test.each<[place: string, args: string[]]>([
  ["a summary", ["run", kvm, "--summary"]],
  ["a summary for programs", ["run", kvm, "--summary", "--format", "json"]],
  ["a summary of several worlds", ["run", kvm, "--summary", "--worlds", "2"]],
  ["a page", ["report", kvm, "-o", "-"]],
  ["a study", ["tune", kvm, ...GOAL, "-q"]],
])("the remark stands in %s", async (_, args) => {
  const { status, stdout, stderr } = await sim(...args);
  expect([status, times(stdout), times(stderr)]).toEqual([0, 1, 0]);
});

test.each<[format: string, args: string[]]>([
  ["rows", ["run", kvm]],
  ["a summary as CSV", ["run", kvm, "--summary", "--format", "csv"]],
  ["a sweep", ["sweep", kvm, "--set", "message-pages=64,256"]],
  ["a comparison", ["compare", "--drivers", "vmmemctl,virtio-balloon", "--on", kvm, "--worlds", "1", "-q"]],
])("the remark is printed beside %s", async (_, args) => {
  const { status, stdout, stderr } = await sim(...args);
  expect([status, times(stdout), times(stderr)]).toEqual([0, 0, 1]);
  expect(stderr).toContain(NOTE);
});

describe("the remark", () => {
  it("stands in a study that is shown, and beside its constants", async () => {
    await sim("tune", kvm, ...GOAL, "--study", "kvm.jsonl", "-q");
    expect(times((await sim("study", "show", "kvm.jsonl")).stdout)).toBe(1);
    expect(times((await sim("study", "best", "kvm.jsonl", "--pick", "1", "--worlds", "1", "-q")).stderr)).toBe(1);
    expect(times((await sim("report", "kvm.jsonl", "-o", "-")).stdout)).toBe(1);
  });

  it("is safe to print in a study that was changed", async () => {
    await sim("tune", kvm, ...GOAL, "--study", "changed.jsonl", "-q");
    const path = join(directory, "changed.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("does not send", "does\\u001b[2Jnot send"));
    const { status, stdout } = await sim("study", "show", "changed.jsonl");
    expect([status, stdout.includes("\u001b"), stdout.includes("does\\u{1b}[2Jnot send")]).toEqual([0, false, true]);
  });

  it("is printed by the merging of shards, as without them", async () => {
    for (const [what, args] of [
      ["run", ["run", kvm, vmware, "--driver", "virtio-balloon"]],
      ["sweep", ["sweep", kvm, "--set", "message-pages=64,256"]],
      ["compare", ["compare", "--drivers", "vmmemctl,virtio-balloon", "--on", kvm, "--worlds", "1"]],
    ] as const) {
      const whole = await sim(...args, "-q");
      const parts = [1, 2].map((part) => `${what}.${part}`);
      for (const [i, part] of parts.entries()) await sim(...args, "-q", "--shard", `${i + 1}/2`, "-o", part);
      expect(await sim("merge", ...parts)).toEqual(whole);
      expect(whole.stderr).toContain(NOTE);
    }
  });

  it("names three of many traces", async () => {
    const many = [1, 2, 3, 4, 5].map((i) => trace(`kvm-${i}.json`, { driver: "virtio-balloon" }, RULES));
    const { stderr } = await sim("run", ...many);
    expect(times(stderr)).toBe(3);
    expect(stderr).toContain("balloon-sim: note: the same of 2 more traces\n");
  });

  it("is in the description of a trace, and printed by validate and step", async () => {
    const shown = (await sim("show", kvm)).stdout.replace(/\n {10}/g, " ");
    expect(shown).toContain(`\nnote      ${REMARK}\n`);
    expect((await sim("show", vmware)).stdout).not.toMatch(/^note/m);
    expect(await sim("validate", kvm, vmware)).toMatchObject({
      stdout: "kvm.json: ok\nvmware.json: ok\n",
      stderr: `kvm.json: note: ${REMARK}\n`,
    });
    const stepped = await callBalloonSim(["step", kvm], { cwd: directory, input: "q\n" });
    expect(stepped.stderr).toBe(NOTE);
  });

  it("is not printed where all rules have an effect, or there is none", async () => {
    expect((await sim("run", vmware)).stderr).toBe("");
    expect((await sim("run", vmware, "--summary")).stdout).not.toContain("no effect");
    const none = trace("none.json", { driver: "virtio-balloon" }, {});
    const caveat = `balloon-sim: note: virtio-balloon: ${VIRTIO_BALLOON.caveat}.\n`;
    expect((await sim("run", none)).stderr).toBe(caveat);
    expect((await sim("run", kvm, "--driver", "vmmemctl")).stderr).toBe("");
  });
});
