import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { traceOf } from "../../support/in-process/curves.ts";
import { scratchDirectory, shell } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const path = (name: string) => join(directory, name);
const report = (...args: string[]) => callBalloonSim(["report", ...args], { cwd: directory });

/** A report's page that is made by these arguments. */
async function pageOf(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await report(...args, "-q", "-o", "page.html");
  // A driver that replaces the trace's has a note.
  const other = stderr.replace(/^balloon-sim: note: the runs have .* \(--driver\), not what .*\n/, "");
  expect({ status, stdout, other }).toEqual({ status: 0, stdout: "", other: "" });
  return readFileSync(path("page.html"), "utf8");
}

/** The names and texts of a page's facts. */
const factsIn = (page: string): Record<string, string> =>
  Object.fromEntries([...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, text]) => [name, text]));

const notesIn = (page: string): string[] => [...page.matchAll(/<li>(.*?)<\/li>/g)].map(([, text]) => text as string);

/** The text of a trace that is called so and has this seed. */
const named = (name: string, seed: string, ...parts: Parameters<typeof traceOf>): string =>
  JSON.stringify({ ...JSON.parse(traceOf(...parts)), name, seed });

const VERSION = (await callBalloonSim(["--version"])).stdout.trim();
const NOT_SAID = "not in the file (balloon-sim report TRACE runs a trace and states them)";

beforeAll(() => {
  writeFileSync(
    path("mine.json"),
    named("a <guest>", "seven", 60, {
      guest: { memory: "1GiB", swap: "256MiB", profile: "linux-2.6.32" },
      host: { target: "512MiB" },
    }),
  );
});

describe("a report says what was run", () => {
  test("of a trace: its name and file, guest, driver, constants, seed, world, version", async () => {
    const facts = factsIn(await pageOf("mine.json"));
    expect(facts).toEqual({
      Trace: "a &lt;guest&gt; (mine.json)",
      Guest: expect.stringMatching(/^1GiB of memory, 256MiB of swap, linux-2\.6\.32/),
      Driver: "vmmemctl",
      Constants: "the driver's own",
      Seed: "seven",
      World: "1, the trace as it is written",
      "Run by": `balloon-sim ${VERSION}`,
    });
  });

  test("of what options change, and the page has the command that makes it again", async () => {
    const args = ["mine.json", "--set", "alloc-max=8192", "--set", "slow-cycles=7", "--seed", "9", "--target", "30%"];
    const page = await pageOf(...args, "--until", "30s");
    expect(factsIn(page)).toMatchObject({
      Constants: "slow-cycles 7 (the driver's: 4), alloc-max 8192 (the driver's: 2048)".split(", ").sort().join(", "),
      "What if": "target 30% throughout; until 30s",
      Seed: "9",
    });
    expect(page).toContain(
      "balloon-sim report mine.json --set alloc-max=8192 --set slow-cycles=7 --seed 9 --target 30% --until 30s -o page.html",
    );
  });

  test("of the driver, which --driver may replace", async () => {
    const guest = { guest: { memory: "1GiB", driver: "virtio-balloon" } };
    writeFileSync(path("kvm.json"), named("kvm", "1", 10, guest));
    const [own, replaced] = [await pageOf("kvm.json"), await pageOf("kvm.json", "--driver", "vmmemctl")];
    expect([own, replaced].map((page) => factsIn(page).Driver)).toEqual(["virtio-balloon", "vmmemctl"]);
    for (const page of [own, replaced]) expect(factsIn(page).Guest).not.toContain("virtio-balloon");
  });

  test("of worlds: each is a run of its own", async () => {
    const page = await pageOf("mine.json", "--worlds", "3");
    expect(Object.keys(factsIn(page))).toEqual([
      "a &lt;guest&gt;, world 1",
      "a &lt;guest&gt;, world 2",
      "a &lt;guest&gt;, world 3",
    ]);
    expect(factsIn(page)["a &lt;guest&gt;, world 3"]).toContain("World: 3: phases, paces and costs a little off");
  });

  test("with the names of killed workloads, and notes of the run", async () => {
    const page = await pageOf("no-swap-oom", "--target", "3.5GiB");
    const line = (await report("no-swap-oom", "--target", "3.5GiB")).stdout;
    expect(notesIn(page)[0]).toMatch(/^✖ \d+ OOM kills?: .*\(first at .*; .* down$/);
    expect(line).toContain(notesIn(page)[0] as string);
  });

  test("with a note on a target above the guest's RAM, on the page and in the terminal", async () => {
    const note = "The target goes up to 3GiB, more than the guest's RAM of 1GiB: no balloon can get there.";
    const args = ["mine.json", "--target", "3GiB"];
    expect((await report(...args, "-q", "-o", "above.html")).status).toBe(0);
    expect(notesIn(readFileSync(path("above.html"), "utf8"))).toContain(note);
    expect((await report(...args)).stderr).toBe(`balloon-sim: note: ${note}\n`);
  });

  test("in the terminal, of one run and of several", async () => {
    const [trace, guest, driver, constants] = (await report("mine.json", "--set", "alloc-max=8192")).stdout.split("\n");
    expect(trace).toBe("trace      a <guest> (mine.json)");
    expect(guest).toMatch(/^guest {6}1GiB of memory/);
    expect(driver).toBe("driver     vmmemctl");
    expect(constants).toBe("constants  alloc-max 8192 (the driver's: 2048)");
    const [first, second] = (await report("mine.json", "spike")).stdout.split("\n");
    expect(first).toMatch(/^a <guest> · trace: a <guest> \(mine\.json\) · guest: 1GiB/);
    expect(second).toMatch(/^spike · trace: spike · guest: 4GiB/);
  });

  test("without control characters of a trace's name in the terminal", async () => {
    writeFileSync(path("evil.json"), named("evil\u001b[31m", "\u001b]0;x\u0007", 10, { guest: { memory: "1GiB" } }));
    const { stdout } = await report("evil.json");
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("evil\\u{1b}[31m");
  });
});

describe("rows", () => {
  beforeAll(async () => {
    for (const [format, name] of [
      ["csv", "rows.csv"],
      ["ndjson", "rows.ndjson"],
      ["json", "rows.json"],
    ] as const) {
      await callBalloonSim(["run", "mine.json", "-q", "--format", format, "-o", name], { cwd: directory });
    }
  });

  test.each(["rows.csv", "rows.ndjson", "rows.json"])(
    "in %s do not say what they were made with, and the page says so",
    async (name) => {
      expect(factsIn(await pageOf(name))).toEqual({ Rows: name, "Trace, guest, driver, constants, seed": NOT_SAID });
      expect((await report(name)).stdout).toContain(`\ntrace, guest, driver, constants, seed  ${NOT_SAID}\n`);
    },
  );

  test("say of which trace they are where several share a file", async () => {
    await callBalloonSim(["run", "mine.json", "spike", "-q", "-o", "two.csv"], { cwd: directory });
    const facts = factsIn(await pageOf("two.csv"));
    expect(facts["two: spike"]).toBe(`Rows: two.csv · Trace: spike · Guest, driver, constants, seed: ${NOT_SAID}`);
    expect(facts["two: a &lt;guest&gt;"]).toContain("Trace: a &lt;guest&gt; (mine.json)");
  });

  test.each(["csv", "ndjson", "json"])("of several worlds are several runs, as %s", async (format) => {
    const name = `worlds.${format}`;
    await callBalloonSim(["run", "mine.json", "-q", "--worlds", "2", "--format", format, "-o", name], {
      cwd: directory,
    });
    expect(Object.keys(factsIn(await pageOf(name)))).toEqual(["worlds: world 1", "worlds: world 2"]);
    await callBalloonSim(["run", "mine.json", "spike", "-q", "--worlds", "2", "--format", format, "-o", name], {
      cwd: directory,
    });
    const labels = ["a &lt;guest&gt;", "spike"].flatMap((trace) =>
      [1, 2].map((world) => `worlds: ${trace}, world ${world}`),
    );
    expect(Object.keys(factsIn(await pageOf(name)))).toEqual(labels);
  });

  test("of a run have the curves of the run", async () => {
    await callBalloonSim(["run", "mine.json", "-q", "--columns", "default,downtime_us", "-o", "same.csv"], {
      cwd: directory,
    });
    const dataOf = (page: string) => JSON.parse(/id="data">(.*?)<\/script>/.exec(page)?.[1] as string).runs.runs[0];
    const { label, ...rows } = dataOf(await pageOf("same.csv"));
    expect(dataOf(await pageOf("mine.json"))).toEqual({ ...rows, label: "a <guest>" });
    expect(label).toBe("same");
  });
});

describe("the inputs of a report", () => {
  test("may be traces, rows and standard input together, in this order, with a label each", async () => {
    await callBalloonSim(["run", "spike", "-q", "-o", "spike.csv"], { cwd: directory });
    const line = `balloon-sim report spike.csv spike - -q -o mixed.html < mine.json`;
    expect(shell(line, directory)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(Object.keys(factsIn(readFileSync(path("mixed.html"), "utf8")))).toEqual([
      "spike.csv",
      "spike",
      "a &lt;guest&gt;",
    ]);
  });

  test("are told apart by content, not by name", async () => {
    writeFileSync(path("trace.csv"), readFileSync(path("mine.json")));
    expect(factsIn(await pageOf("trace.csv")).Trace).toBe("a &lt;guest&gt; (trace.csv)");
  });

  test("give the same bytes with any number of workers", async () => {
    const made = async (workers: string) => await pageOf("mine.json", "spike", "--worlds", "2", "--workers", workers);
    expect(await made("2")).toBe(await made("1"));
  });

  test.each([
    [
      ["rows.csv", "--seed", "2"],
      "--seed: applies to traces that report runs, and none is given: rows and studies don't change",
    ],
    [["mine.json", "--set", "alloc-max=1"], "--set alloc-max=1: "],
    [["broken.json"], "broken.json:1:1: $: "],
    [["state.ckpt"], "state.ckpt: is a checkpoint, expected a trace (balloon-sim run --resume FILE continues it)"],
    [["mine.json", "-o", "mine.json"], "-o mine.json: is the same file as mine.json, which would be overwritten"],
    [
      ["mine.json", "--rates", "r.json", "-o", "r.json"],
      "-o r.json: is the same file as --rates r.json, which would be overwritten",
    ],
    [["mine.json", "broken.json", "spike"], "broken.json:1:1: $: "],
  ])("are refused: %j", async (args, message) => {
    writeFileSync(path("broken.json"), '{"format":"balloon-sim/trace"}');
    writeFileSync(path("state.ckpt"), '{"format":"balloon-sim/checkpoint"}\n');
    writeFileSync(path("r.json"), "{}");
    const { status, stdout, stderr } = await report(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.startsWith(`balloon-sim: ${message}`)).toBe(true);
    if (args.length > 2 && args.includes("broken.json")) {
      expect(stderr).toContain("balloon-sim: 1 of 3 traces could not be used: no report is made\n");
    }
  });

  test("name damage in a trace from standard input with its line, not with a temporary file", async () => {
    const { stdout } = await callBalloonSim(["show", "recorded/proc-capture", "--json"]);
    expect(JSON.parse(stdout).form).toBe("json-lines");
    const text = readFileSync(new URL("../../../traces/recorded/proc-capture.jsonl", import.meta.url), "utf8");
    const { status, stderr } = await callBalloonSim(["report", "-"], { cwd: directory, input: `${text}{"t":"x"}\n` });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^balloon-sim: <stdin>:\d+/);
  });
});
