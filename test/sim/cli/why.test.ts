import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonSim, ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(2);

const scratch = scratchDirectory();
const traceOf = (name: string): string => join(ROOT, "test/sim/why/traces", `${name}.json`);

async function succeed(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await callBalloonSim(["why", ...args], { cwd: scratch });
  expect([status, stderr.replaceAll(/^balloon-sim: note: \S+: in guests .*\n/gm, "")]).toEqual([0, ""]);
  return stdout;
}

describe("balloon-sim why", () => {
  test("tells what happened, what was tried, and what helps, with the spread of the worlds", async () => {
    const text = await succeed(traceOf("evicted-cache"), "--worst", "1");
    const waited = /^1\. .*: files waited (3\.\d+s) for memory$/m.exec(text)?.[1];
    expect(text).toContain("Cause: the page cache does not fit beside the balloon");
    expect(text).toContain("What led to it: at 30s the host raised the target by 150MiB to 150MiB");
    const [, median, ...range] = /as it is +(\S+)s \[(\S+)s \.\. (\S+)s\] /.exec(text) ?? [];
    const [lowest, highest] = range.map(Number) as [number, number];
    expect(lowest).toBeGreaterThan(3.5);
    expect(Number(median)).toBeGreaterThan(lowest);
    expect(highest).toBeGreaterThan(Number(median));
    expect(highest).toBeLessThan(4.5);
    // The sentence is of world 1, which is one of the five.
    expect(Number.parseFloat(waited as string)).toBeGreaterThanOrEqual(lowest);
    expect(Number.parseFloat(waited as string)).toBeLessThanOrEqual(highest);
    expect(text).toMatch(/a quarter more memory \(128MiB\) \* +0s +0s .* prevents it/);
    expect(text).toMatch(new RegExp(`1GiB more swap +${median}s \\[${range[0]}s .* ~$`, "m"));
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "Prevents it (a tenth or less is left): a quarter more memory (128MiB); no balloon at all.",
    );
  });

  test("gives the same as data, with one value for each world", async () => {
    const { explained, ...header } = JSON.parse(
      await succeed(traceOf("no-swap"), "--format", "json", "--worlds", "3", "--seed", "x"),
    );
    expect(header).toMatchObject({ format: "balloon-sim/why", version: 1, driver: "vmmemctl", seed: "x", worlds: 3 });
    const [first] = explained;
    expect(first).toMatchObject({ kind: "kill", cause: "no-swap", measure: "kills", kills: 1 });
    expect(first.as_it_is.window.worlds).toEqual([1, 1, 1]);
    // What verdicts rest on beside the measure.
    expect(first.as_it_is.kills.run.worlds).toEqual(first.as_it_is.run.worlds);
    expect(first.as_it_is.waits_s.run.worlds).toEqual([0, 0, 0]);
    const swap = first.tried.find(({ change }: { change: string }) => change === "swap");
    expect(swap).toMatchObject({ is_suggested: true, effect: "prevents", window: { worlds: [0, 0, 0] } });
    expect([swap.kills.run.worlds, swap.waits_s.run.worlds]).toEqual([
      [0, 0, 0],
      expect.arrayContaining([expect.any(Number)]),
    ]);
    const ids = first.causes.map(({ id }: { id: number }) => id);
    expect(ids).toEqual(expect.arrayContaining([...first.chain, ...first.records]));
  });

  test("prints the same on two threads", () => {
    const args = ["why", traceOf("evicted-cache"), "--worlds", "2", "--format", "json"];
    const one = balloonSim([...args, "--workers", "1"]);
    const two = balloonSim([...args, "--workers", "2"]);
    expect(one.status).toBe(0);
    expect(two).toEqual(one);
  });

  test("says what remains in the run where a change only puts kills off", async () => {
    const text = (await succeed("no-swap-oom", "--worst", "1")).replaceAll(/\s+/g, " ");
    expect(text).toMatch(
      /Moves it to other times: targets raised at half the pace \(\S+\), but 2 kills remain at other times\./,
    );
    expect(text).not.toMatch(/Prevents it[^.]*half the pace/);
  });

  test("explains what happened at a time", async () => {
    const { explained } = JSON.parse(await succeed("spike", "--at", "50", "--worlds", "1", "--format", "json"));
    expect(explained).toHaveLength(1);
    expect(explained[0].since_s).toBeLessThan(50);
    expect(explained[0].until_s).toBeGreaterThan(50);
  });

  test("says how far the nearest episode is from the time that was asked for", async () => {
    const away = (await succeed("spike", "--at", "105", "--worlds", "1")).replaceAll(/\s+/g, " ");
    const [, earlier] =
      /Nothing happened at 1m45s: this is the nearest time of trouble, (\S+)s earlier\./.exec(away) ?? [];
    const [, end] = / 1\. 1m30\.2s to 1m(\S+)s: /.exec(away) ?? [];
    // Both are rounded to 0.1 s.
    expect(Math.abs(105 - 60 - Number(end) - Number(earlier))).toBeLessThan(0.11);
    expect(await succeed("spike", "--at", "95", "--worlds", "1")).not.toContain("Nothing happened");
  });

  test("prints 0 with the unit of its neighbours", async () => {
    const [refusals, spike] = [await succeed("refusals", "--worst", "1"), await succeed("spike", "--worst", "1")];
    expect(refusals).toMatch(/the driver vmw-balloon +0GiB·s +989\.64MiB·s/);
    expect(spike).toMatch(/no balloon at all +0s +0s +0s +0GiB /);
  });

  test("prints the range of the balloon's size", async () => {
    expect(await succeed("no-swap-oom", "--worst", "1")).toMatch(
      /as it is .* 4\.\d+ms \[4\.\d+ms \.\. 4\.\d+ms\] +786\.1\d*MiB \[784\.9\d*MiB \.\. 786\.2\d*MiB\]/,
    );
  });

  test("calls nothing significant in one world", async () => {
    const text = (await succeed("spike", "--worst", "1", "--worlds", "1")).replaceAll(/\s+/g, " ");
    expect(text).toContain("= no difference. One world says nothing of others (docs/worlds.md).");
    const [, remain] =
      /Less in this world: a quarter more memory \(1GiB\), but (\S+)s remain at other times;/.exec(text) ?? [];
    const [, here, inRun] = / a quarter more memory \(1GiB\) \* (\d+)ms (\S+)s /.exec(text) ?? [];
    // What remains is what the run has besides this time; the figures have three digits.
    expect(Math.abs(Number(inRun) - Number(here) / 1000 - Number(remain))).toBeLessThan(0.011);
    expect(text).toContain("No difference in this world: 1GiB more swap.");
    expect(text).not.toMatch(/significant|Helps|lowest/);
  });

  test("says how much of what the balloon lacks the refusals make", async () => {
    const text = (await succeed("refusals", "--worst", "1")).replaceAll(/\s+/g, " ");
    expect(text).toContain(
      "The refusals make 12% [12% .. 13%] of what the balloon lacked of the target at this time; 88% [87% .. 88%] remain without them.",
    );
  });

  test("says what is known of the figures of another driver that is tried", async () => {
    const { stderr } = await callBalloonSim(["why", "spike", "--worst", "1", "--worlds", "1"], { cwd: scratch });
    expect(stderr).toContain("balloon-sim: note: vmw-balloon: in guests that swap huge pages");
    const other = await callBalloonSim(["why", traceOf("no-swap"), "--driver", "virtio-balloon", "--worlds", "1"]);
    expect(other.stderr).toContain("note: virtio-balloon: in guests without free memory");
  });

  test("says that there is nothing to explain, and in how many worlds", async () => {
    expect(await succeed("steady", "--worlds", "3")).toMatch(
      /^steady with vmmemctl: nothing to explain: .* exact for world 1\. In 3 worlds, this one included, tasks waited 0s; 0 kills\.\n$/,
    );
    expect(await succeed("steady", "--worlds", "1")).toMatch(/ This is exact for world 1\.\n$/);
    expect(await succeed("spike", "--at", "230")).toMatch(
      /nothing to explain within a minute of 3m50s\. .*1m30\.2s to 1m4\d(?:\.\d)?s; /,
    );
  });

  test("explains the run that the options make: another driver, other constants, another target", async () => {
    const {
      driver,
      what_if: whatIf,
      explained,
    } = JSON.parse(
      await succeed(
        "spike",
        "--driver",
        "vmw-balloon",
        "--target",
        "45%",
        "--worlds",
        "1",
        "--worst",
        "1",
        "--format",
        "json",
      ),
    );
    expect([driver, whatIf]).toEqual(["vmw-balloon", "target 45% throughout"]);
    expect(explained[0].tried.map(({ title }: { title: string }) => title)).toContain("the driver vmmemctl");
  });

  test.each([
    [["spike", "--at", "5", "--worst", "2"], "--at: can't be combined with --worst"],
    [["spike", "--at", "10m"], "--at 10m: the run ends at 4m: give a time until then"],
    [["-"], "why: runs the trace several times; standard input (-) can be read only once: use a file"],
    [["spike", "--worst", "0"], '--worst "0": expected a whole number from 1 to 100'],
    [["no-such"], "no-such"],
  ])("refuses %j in one line", async (args, message) => {
    const { status, stdout, stderr } = await callBalloonSim(["why", ...args], { cwd: scratch });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("balloon-sim run --causes", () => {
  test("refuses the file that is standard output, and leaves the rows to others", () => {
    const { status, stderr } = shell("balloon-sim run spike --causes /dev/stdout > rows.csv", scratch);
    expect([status, stderr.trimEnd().split("\n")]).toEqual([
      2,
      ["balloon-sim: --causes /dev/stdout: is standard output, which has other results; expected a file of its own"],
    ]);
    expect(shell("balloon-sim run spike --causes /dev/stdout | cat", scratch)).toMatchObject({
      stdout: "",
    });
    expect(shell("balloon-sim run spike --causes /dev/null > /dev/null", scratch).status).toBe(0);
  });

  test.each([
    [["spike", "ramp"], '--causes "c.jsonl": records one run, but 2 traces are given'],
    [["spike", "--worlds", "2"], '--causes "c.jsonl": records one run: leave out --worlds'],
    [["spike", "--checkpoint", "c.ckpt", "--at", "5"], "--checkpoint: can't be combined with --causes"],
  ])("refuses %j in one line, and leaves no file", async (args, message) => {
    const { status, stderr } = await callBalloonSim(["run", ...args, "--causes", "c.jsonl"], { cwd: scratch });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(balloonSim(["run", "spike", "--causes", "-"]).status).toBe(2);
  });
});
