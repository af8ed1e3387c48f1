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
    const replaced = "the runs have vmmemctl (--driver), not what $.guest.driver names: virtio-balloon (kvm.json)";
    expect((await sim("run", kvm, "--driver", "vmmemctl")).stderr).toBe(`balloon-sim: note: ${replaced}\n`);
  });
});

describe("rules whose commands the driver sends, and which answer none", () => {
  /** The target is reached in the first cycle: no page is locked later. */
  const late = {
    refusals: [{ at: 6 }, { from: 15, until: 17 }],
    faults: [{ command: "get-target", from: 1, every: 1000, status: "busy" }],
  };
  const idle = trace("idle.json", {}, late);
  const IDLE =
    "2 of the host's 3 rules (refusals, faults) answered no command: vmmemctl sent no lock in the time of 1; in that of the " +
    'other too few came for "every" or "fraction", or another rule answered them (docs/drivers.md)';

  test.each<[place: string, args: string[]]>([
    ["rows", ["run", idle]],
    ["rows of several worlds", ["run", idle, "--worlds", "3"]],
    ["a summary as CSV", ["run", idle, "--summary", "--format", "csv"]],
  ])("are counted beside %s", async (_, args) => {
    const { status, stderr } = await sim(...args);
    expect([status, stderr]).toEqual([0, `balloon-sim: note: idle.json: ${IDLE}\n`]);
  });

  it("are counted in a summary, once for several worlds", async () => {
    for (const worlds of [[], ["--worlds", "3"]]) {
      const { stdout, stderr } = await sim("run", idle, "--summary", ...worlds);
      expect([stdout.split(`Note: ${IDLE}.`).length, stderr]).toEqual([2, ""]);
    }
    expect(JSON.parse((await sim("run", idle, "--summary", "--format", "json")).stdout).notes).toContain(`${IDLE}.`);
  });

  it("are mentioned once below the list of many runs", async () => {
    const others = Array.from({ length: 9 }, (_, i) => trace(`other-${i}.json`, {}, {}));
    const { stdout } = await sim("run", idle, vmware, ...others, "--summary");
    expect(stdout).toContain(
      "\nNote: in 1 of 11 runs, rules of the trace's host have no effect or answered no command: their summaries say which.\n",
    );
    expect(stdout).not.toContain(IDLE);
    expect((await sim("run", vmware, vmware, ...others, "--summary")).stdout).not.toContain("Note: in ");
  });

  it("are counted in an example of the runs of many constants", async () => {
    const rates = join(directory, "slow.json");
    writeFileSync(rates, '{"alloc-max": 4096}');
    const note = (of: string) => `idle.json: in the run of ${of}, ${IDLE}\n`;
    const swept = await sim("sweep", idle, "--set", "alloc-max=2048,4096");
    expect([swept.status, swept.stderr]).toEqual([0, `balloon-sim: note: ${note("trial 0")}`]);
    expect((await sim("compare", rates, "--on", idle, "-q")).stderr).toBe(`balloon-sim: note: ${note("default")}`);
    const tuned = await sim(
      "tune",
      idle,
      "--minimize",
      "backdoor_calls",
      "--set",
      "alloc-max=2048,4096",
      "--sampler",
      "grid",
      "-q",
    );
    expect(tuned.stderr).toContain(`balloon-sim: ${note("trial 0")}`);
  });

  it("are printed by the merging of shards, as without them", async () => {
    for (const more of [[], ["--worlds", "2"], ["--summary"]]) {
      const args = ["run", idle, vmware, ...more, "-q"];
      const whole = await sim(...args);
      const parts = ["rules.1", "rules.2"];
      for (const [i, part] of parts.entries()) await sim(...args, "--shard", `${i + 1}/2`, "-o", part);
      expect(await sim("merge", ...parts)).toEqual(whole);
      expect(whole.stdout + whole.stderr).toContain(IDLE);
    }
  });

  it("are not counted in a run that is suspended, and are in the rest of it", async () => {
    const suspended = await sim("run", idle, "--checkpoint", "idle.ckpt", "--at", "10");
    expect([suspended.status, suspended.stderr]).toEqual([0, ""]);
    expect((await sim("run", "--resume", "idle.ckpt")).stderr).toContain(IDLE);
  });

  it("are not all those of a trace with others that have an effect", async () => {
    expect((await sim("run", vmware)).stderr).toBe("");
    expect((await sim("run", vmware, "--until", "8")).stderr).toContain(
      "vmware.json: 1 of the host's 2 rules (resets) answered no command: vmmemctl sent no get-target in its time (docs/drivers.md)\n",
    );
  });
});
