import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/common/files/hash.ts";
import { parseShard, runCountOf, runsOf, shardOf } from "../../../src/sim/cli/shards/shard.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { type CommandResult, ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(3);

const scratch = scratchDirectory();
const run = async (...args: string[]): Promise<CommandResult> => await callBalloonSim(args, { cwd: scratch });

writeFileSync(join(scratch, "other.json"), '{ "max-refused": 8 }');
writeFileSync(join(scratch, "bad.json"), '{"format": 7}');
/** Its rows are damaged behind good ones. */
writeFileSync(
  join(scratch, "late.jsonl"),
  [
    '{"format":"balloon-sim/trace","version":1,"name":"late","description":"","duration":30,"guest":{"memory":"1GiB"},' +
      '"workloads":[{"name":"a"}],"rows":{"anon":{}}}',
    '{"t":0,"anon":100}',
    '{"t":20,"anon":"many"}',
    "",
  ].join("\n"),
);

const SWEEP = ["sweep", "spike", "no-swap-oom", "--until", "70s", "--set", "alloc-max=1024,2048,4096"];
const RUN = ["run", "spike", "no-swap-oom", "ramp", "--until", "70s"];
const MIXED = ["run", "bad.json", "spike", "nowhere.json", "no-swap-oom", "late.jsonl", "--until", "70s"];
const COMPARE = ["compare", "other.json", "--on", "spike", "no-swap-oom", "--until", "70s", "--worlds", "2"];

describe("which runs a shard makes", () => {
  const shards = fc.integer({ min: 1, max: 200 });
  const runs = fc.integer({ min: 0, max: 3000 });

  test("each run belongs to one shard, and shards differ by one run at most", () => {
    fc.assert(
      fc.property(shards, runs, (of, count) => {
        const made = Array.from({ length: of }, (_, i) => [...runsOf({ number: i + 1, of }, count)]);
        expect(made.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        made.forEach((own, i) => {
          expect(own).toEqual([...own].sort((a, b) => a - b));
          expect(own.every((one) => shardOf(one, of) === i + 1)).toBe(true);
          expect(own.length).toBe(runCountOf({ number: i + 1, of }, count));
        });
        const lengths = made.map((own) => own.length);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("where a long trace alternates with short ones, no shard has all of the long runs", () => {
    for (const of of [2, 4, 8, 10]) {
      for (const traces of [2, 4, 5, 10]) {
        const cost = (index: number) => (index % traces === 0 ? 100 : 1);
        const costs = Array.from({ length: of }, (_, i) =>
          [...runsOf({ number: i + 1, of }, 10_000)].reduce((sum, index) => sum + cost(index), 0),
        );
        const mean = costs.reduce((sum, one) => sum + one, 0) / of;
        expect(Math.max(...costs) / mean, `${of} shards, ${traces} traces`).toBeLessThan(1.25);
      }
    }
  });

  test("a shard that is none is refused in one line", async () => {
    expect(parseShard("--shard", "3/4")).toEqual({ number: 3, of: 4 });
    for (const text of ["0/4", "5/4", "a/b", "1", "1/0", "-1/4", "1/4/5", "1.5/4", "1/10001", ""]) {
      for (const command of [["run", "steady"], ["sweep", "steady", "--set", "alloc-max=1,2"], COMPARE]) {
        if (command !== COMPARE && text !== "0/4") continue;
        const { status, stdout, stderr } = await run(...command, "--shard", text, "-o", "none.csv");
        expect([status, stdout, stderr.split("\n").length]).toEqual([2, "", 2]);
        expect(stderr).toContain(`--shard "${text}": expected `);
        expect(existsSync(join(scratch, "none.csv"))).toBe(false);
      }
    }
    expect(() => parseShard("--shard", "0/3")).toThrow(/expected a number from 1 to 3, the first shard is 1$/);
    expect(() => parseShard("--shard", "4/3")).toThrow(/expected a number from 1 to 3$/);
  });
});

/** Makes all parts of a result; returns their names, in their order. */
async function makeParts(command: readonly string[], of: number, name: string): Promise<string[]> {
  const parts = Array.from({ length: of }, (_, i) => `${name}-${i + 1}.csv`);
  for (const [i, part] of parts.entries()) {
    const { status, stdout } = await run(...command, "--shard", `${i + 1}/${of}`, "-o", part);
    expect([status, stdout]).toEqual([0, ""]);
  }
  return parts;
}

describe("merged shards are the same bytes as no shards, with the same messages and exit status", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["sweep", SWEEP],
    ["sweep --worlds", [...SWEEP, "--worlds", "2"]],
    ["run, CSV", RUN],
    ["run, JSON lines", [...RUN, "--format", "ndjson", "--worlds", "2"]],
    ["run, JSON", [...RUN, "--format", "json", "--every", "10s"]],
    ["run of one trace", ["run", "spike", "--until", "70s", "--format", "json"]],
    ["run --summary", [...RUN, "--summary"]],
    ["run --summary --warn --sort", [...RUN, "--summary", "--warn", "stall_some > 1s", "--sort", "swap_traffic"]],
    ["run --summary --worlds", [...RUN, "--summary", "--worlds", "3"]],
    ["run --summary, CSV", [...RUN, "--summary", "--format", "csv"]],
    ["run --summary, JSON lines", [...RUN, "--summary", "--format", "ndjson", "--worlds", "2"]],
    ["run --summary, JSON", [...RUN, "--summary", "--format", "json"]],
    ["run of some bad traces", [...MIXED, "--worlds", "2"]],
    ["run of some bad traces, JSON", [...MIXED, "--format", "json"]],
    ["run of bad traces only", ["run", "bad.json", "nowhere.json"]],
    ["run of a bad trace", ["run", "late.jsonl", "--worlds", "2"]],
    ["compare, table", COMPARE],
    ["compare, CSV", [...COMPARE, "--format", "csv"]],
    ["compare, JSON", [...COMPARE, "--format", "json", "--aggregate", "worst"]],
  ];

  // Another number of shards for each case.
  const seed = (name: string) => (fc.readConfigureGlobal().seed ?? 0) + name.length;

  test.each(cases)("%s", async (name, command) => {
    const whole = await run(...command);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.nat(), async (of, turn) => {
        const parts = await makeParts(command, of, `${name.replaceAll(/\W/g, "")}-${of}`);
        const turned = [...parts.slice(turn % of), ...parts.slice(0, turn % of)];
        expect(await run("merge", ...turned)).toEqual(whole);
        const file = join(scratch, "all");
        const merged = await run("merge", ...turned, "-o", "all");
        expect(merged).toEqual({ ...whole, stdout: "" });
        expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(whole.stdout);
        spawnSync("rm", ["-f", file]);
      }),
      { numRuns: 1, seed: seed(name) },
    );
  });

  test("threads, and --verify, change nothing of a part", async () => {
    const part = async (...args: string[]) => (await run(...RUN, "--shard", "1/2", ...args)).stdout;
    expect(await part("--workers", "1")).toBe(await part("--workers", "3", "--verify"));
    const swept = async (...args: string[]) => (await run(...SWEEP, "--shard", "2/2", ...args)).stdout;
    expect(await swept("--workers", "1")).toBe(await swept("--workers", "3"));
  });
});

describe("parts that do not make a result", () => {
  const parts = [1, 2, 3, 4].map((number) => `part-${number}.csv`);
  const [first, second, third, fourth] = parts as [string, string, string, string];
  beforeAll(async () => {
    expect(await makeParts(SWEEP, 4, "part")).toEqual(parts);
  });
  const CLOSING = (count: number) =>
    `balloon-sim: merge: ${count} parts are missing or unusable; nothing was written\n`;
  /** Merges into a file, which must not appear. */
  const refused = async (...names: string[]): Promise<string> => {
    const before = readdirSync(scratch);
    const { status, stdout, stderr } = await run("merge", ...names, "-o", "refused.csv");
    expect([status, stdout]).toEqual([2, ""]);
    expect(readdirSync(scratch)).toEqual(before);
    return stderr;
  };
  const made = async (name: string, ...args: string[]): Promise<string> => {
    expect((await run(...args, "-o", name)).status).toBe(0);
    return name;
  };

  test("missing ones are named", async () => {
    expect(await refused(first, third, fourth)).toBe("balloon-sim: merge: shard 2/4 is missing\n");
    expect(await refused(second, third)).toBe(
      `balloon-sim: merge: shard 1/4 is missing\nballoon-sim: merge: shard 4/4 is missing\n${CLOSING(2)}`,
    );
    const one = await made("one-of-many", ...SWEEP, "--shard", "7/40");
    expect(await refused(one)).toBe("balloon-sim: merge: 39 of 40 shards are missing: 1-6,8-40\n");
  });

  test("doubled ones are named", async () => {
    expect(await refused(...parts, second)).toBe(`balloon-sim: ${second}: is given twice\n`);
    expect(await refused(first, first, second, second, third)).toBe(
      `balloon-sim: ${first}: is given twice\nballoon-sim: ${second}: is given twice\n` +
        "balloon-sim: merge: shard 4/4 is missing\nballoon-sim: merge: 1 part is missing or unusable; nothing was written\n",
    );
    expect(await refused(...parts, ...parts)).toMatch(/\nballoon-sim: merge: nothing was written\n$/);
    spawnSync("cp", [third, "copy.csv"], { cwd: scratch });
    expect(await refused("copy.csv", ...parts)).toBe(
      `balloon-sim: ${third}: is shard 3/4, and so is copy.csv: give each shard once\n`,
    );
  });

  test("those of another result are named, and how they differ", async () => {
    const no = (name: string, why: string) =>
      `balloon-sim: ${name}: is not a part of the same result as ${first}: ${why}\nballoon-sim: merge: shard 2/4 is missing\n${CLOSING(2)}`;
    const with2 = async (name: string) => await refused(first, name, third, fourth);
    const options = await made("options", ...SWEEP, "--seeds", "2", "--shard", "2/4");
    expect(await with2(options)).toBe(no(options, "the options or the names of the traces differ"));
    const rates = await made("rates", ...SWEEP, "--rates", "other.json", "--shard", "2/4");
    expect(await with2(rates)).toBe(no(rates, "the options or the names of the traces differ"));
    const of = await made("of", ...SWEEP, "--shard", "2/5");
    expect(await with2(of)).toBe(no(of, "one of 5 shards, not of 4"));
    const command = await made("command", ...RUN, "--shard", "2/4");
    expect(await with2(command)).toBe(no(command, "of run, not of sweep"));
    const text = readFileSync(join(scratch, second), "utf8").replace('"program":"', '"program":"9.');
    writeFileSync(join(scratch, "program"), resealed(text));
    expect(await with2("program")).toMatch(
      /^balloon-sim: program: is not a part .*: written by balloon-sim 9\.\S+, not \d/,
    );
  });

  test("the first of few may be the foreign one", async () => {
    const foreign = await made("foreign", ...SWEEP, "--seeds", "2", "--shard", "1/4");
    expect(await refused(foreign, second, third, fourth)).toContain(
      `${foreign}: is not a part of the same result as ${second}`,
    );
  });

  test("a trace of the same name with another content is noticed", async () => {
    const trace = (value: number) =>
      JSON.stringify({
        ...JSON.parse(readFileSync(join(ROOT, "traces/steady.json"), "utf8")),
        description: String(value),
      });
    const commands = [
      ["run", "own.json"],
      ["sweep", "own.json", "--set", "alloc-max=1024,2048"],
      ["compare", "other.json", "--on", "own.json"],
    ];
    for (const command of commands) {
      writeFileSync(join(scratch, "own.json"), trace(1));
      const a = await made("own-1", ...command, "--until", "1s", "--shard", "1/2");
      writeFileSync(join(scratch, "own.json"), trace(2));
      const b = await made("own-2", ...command, "--until", "1s", "--shard", "2/2");
      expect(await refused(a, b)).toContain(
        "own-2: is not a part of the same result as own-1: the content of a trace differs\n",
      );
    }
  });

  test("a machine file beside a trace belongs to its content", async () => {
    const steady = JSON.parse(readFileSync(join(ROOT, "traces/steady.json"), "utf8"));
    writeFileSync(
      join(scratch, "with.json"),
      JSON.stringify({ ...steady, guest: { ...steady.guest, machine: "./m.json" } }),
    );
    const machine = JSON.parse(readFileSync(join(ROOT, "src/sim/trace/machines/lab.json"), "utf8"));
    writeFileSync(join(scratch, "m.json"), JSON.stringify({ ...machine, description: "one" }));
    const a = await made("with-1", "run", "with.json", "--until", "1s", "--shard", "1/2");
    writeFileSync(join(scratch, "m.json"), JSON.stringify({ ...machine, description: "two" }));
    const b = await made("with-2", "run", "with.json", "--until", "1s", "--shard", "2/2");
    expect(await refused(a, b)).toContain("the content of a trace differs");
  });

  test("damaged ones are named, with damage at any place", async () => {
    const bytes = readFileSync(join(scratch, second));
    const damaged = async (content: Uint8Array): Promise<string> => {
      writeFileSync(join(scratch, "damaged"), content);
      return (await refused(first, "damaged", third, fourth)).split("\n")[0] as string;
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = ((changed[at] as number) + by) % 256;
        expect(await damaged(changed)).toMatch(
          /^balloon-sim: damaged: (is damaged: |is not a part of |is a part of version )/,
        );
      }),
      { numRuns: 6 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        expect(await damaged(bytes.subarray(0, length))).toMatch(
          /^balloon-sim: damaged: is (damaged|not a part|empty)/,
        );
      }),
      { numRuns: 4 },
    );
    expect(await damaged(Buffer.concat([bytes, Buffer.from("{}\n")]))).toContain("damaged: is damaged");
    expect(await damaged(Buffer.concat([bytes, bytes]))).toContain("damaged: is damaged");
  });

  test("a shard whose part is damaged is not missing as well", async () => {
    const bytes = readFileSync(join(scratch, second));
    const cut = async (name: string, length: number): Promise<string> => {
      writeFileSync(join(scratch, name), bytes.subarray(0, length));
      return name;
    };
    const firstLine = bytes.indexOf("\n");
    const short = "is damaged: it ends before its last run\n";
    expect(await refused(first, await cut("cut", firstLine + 9), third, fourth)).toBe(`balloon-sim: cut: ${short}`);
    expect(await refused(first, "cut", third)).toBe(
      `balloon-sim: cut: ${short}balloon-sim: merge: shard 4/4 is missing\n${CLOSING(2)}`,
    );
    const head = "is damaged: it ends within its first line\n";
    expect(await refused(first, await cut("cut", firstLine), third, fourth)).toBe(`balloon-sim: cut: ${head}`);
    // The shard's number is cut off, too.
    expect(await refused(first, await cut("cut", 40), third, fourth)).toBe(
      `balloon-sim: cut: ${head}balloon-sim: merge: shard 2/4 is missing\n` +
        "balloon-sim: merge: 1 part is missing or unusable; nothing was written\n",
    );
  });

  test("compressed ones are to be decompressed", async () => {
    writeFileSync(join(scratch, "part.csv.gz"), gzipSync(readFileSync(join(scratch, second))));
    expect(await refused("part.csv.gz")).toBe("balloon-sim: part.csv.gz: is compressed: decompress it first\n");
  });

  test("other files are no parts; those that are not there are named like everywhere", async () => {
    writeFileSync(join(scratch, "rows.csv"), (await run(...RUN)).stdout);
    expect(await refused("rows.csv")).toBe(
      "balloon-sim: rows.csv: is not a part of a result (run, sweep and compare write parts with --shard)\n",
    );
    expect(await refused("nothing.csv", ...parts)).toContain("balloon-sim: nothing.csv: ");
    expect(await refused(scratch, ...parts)).toContain("is a directory, expected a part of a result");
    expect((await run("merge")).stderr).toBe("balloon-sim: the argument <part> is missing (see --help)\n");
  });

  test("the output is none of the parts, and none of the traces", async () => {
    expect((await run("merge", ...parts, "-o", first)).stderr).toContain("would be overwritten");
    expect((await run("run", "bad.json", "--shard", "1/1", "-o", "bad.json")).stderr).toContain("would be overwritten");
  });
});

test("a part that can't be made leaves nothing behind", async () => {
  const before = readdirSync(scratch);
  expect((await run("compare", "other.json", "--on", "bad.json", "--shard", "1/2", "-o", "half.csv")).status).toBe(2);
  expect((await run("run", "spike", "--plot", "x.svg", "--shard", "1/2", "-o", "half.csv")).stderr).toBe(
    "balloon-sim: --shard: can't be combined with --plot\n",
  );
  expect((await run("run", "spike", "-", "--shard", "1/2", "-o", "half.csv")).status).toBe(2);
  expect((await run("run", "spike", "--shard", "1/2", "-o", "parts/")).stderr).toBe(
    "balloon-sim: -o parts/: is a directory, expected a file for the part\n",
  );
  expect(readdirSync(scratch)).toEqual(before);
});

test("parts may come through pipes", async () => {
  const parts = await makeParts(RUN, 2, "piped");
  const line = `${process.execPath} ${join(ROOT, "bin/balloon-sim.js")} merge <(cat ${parts[0]}) - < ${parts[1]}`;
  const { stdout } = spawnSync("bash", ["-c", line], { cwd: scratch, encoding: "utf8" });
  expect(stdout).toBe((await run(...RUN)).stdout);
});

const hasParallel =
  spawnSync("parallel", ["--version"], { encoding: "utf8" }).stdout?.startsWith("GNU parallel") === true;

test.skipIf(!hasParallel)("GNU parallel, where it is installed, makes all shards", async () => {
  const sim = `${process.execPath} ${join(ROOT, "bin/balloon-sim.js")}`;
  const line =
    `parallel --will-cite -j 2 ${sim} ${SWEEP.join(" ")} --workers 1 --shard {}/5 -o gnu-{}.csv ::: {1..5} && ` +
    `${sim} merge gnu-*.csv`;
  const { status, stdout } = spawnSync("bash", ["-c", line], { cwd: scratch, encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout).toBe((await run(...SWEEP)).stdout);
});

test("the command lines for batch systems in docs/scale.md write a part", () => {
  const page = readFileSync(join(ROOT, "docs/scale.md"), "utf8").replaceAll(/\s*\\\n\s*/g, " ");
  const slurm = /^balloon-sim sweep .*SLURM_ARRAY_TASK_ID.*$/m.exec(page)?.[0] as string;
  const kubernetes = /^ *exec (balloon-sim sweep [^\n]*\n[^\n]*)$/m.exec(page)?.[1]?.replace(/\n */, " ") as string;
  mkdirSync(join(scratch, "study/traces"), { recursive: true });
  spawnSync("cp", [join(ROOT, "traces/spike.json"), join(scratch, "study/traces")]);
  for (const [part, variables, line] of [
    ["part-2.csv", "SLURM_ARRAY_TASK_ID=2 SLURM_CPUS_PER_TASK=1", slurm],
    ["part-1.csv", "JOB_COMPLETION_INDEX=0", kubernetes.replaceAll("/study/", "")],
  ] as const) {
    const { status, stdout, stderr } = shell(`export ${variables}; ${line}`, join(scratch, "study"));
    expect({ status, stdout, stderr }, line).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(join(scratch, "study", part), "utf8")).toMatch(/^\{"format":"balloon-sim\/part"/);
  }
});

/** A part whose first line was changed, with the hash of its new content. */
function resealed(text: string): string {
  const lines = text.trimEnd().split("\n");
  const body = `${lines.slice(0, -1).join("\n")}\n`;
  const end = { ...JSON.parse(lines.at(-1) as string), sha256: sha256(body) };
  return `${body}${JSON.stringify(end)}\n`;
}
