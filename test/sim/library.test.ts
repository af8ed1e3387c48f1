import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../support/in-process/command.ts";
import { exportsOf } from "../support/in-process/exports.ts";
import { IN_ONE_THREAD, ROOT, scratchDirectory } from "../support/processes/command.ts";
import { slow, slowFile } from "../support/setup/slow.ts";

slowFile(10);

const PAGE = readFileSync(join(ROOT, "docs/library.md"), "utf8");
const directory = scratchDirectory();

/** The names that a table of the page lists, under a heading. */
function listed(heading: string): string[] {
  const part = PAGE.slice(PAGE.indexOf(`### ${heading}`)).split(/\n##/)[0] ?? "";
  const cells = part.split("\n").flatMap((line) => (line.startsWith("| `") ? [line.split("|")[1] as string] : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string)).sort();
}

describe("the library", () => {
  const modules = [
    ["Exports of core", "src/sim/core.ts"],
    ["Exports of sim", "src/sim/index.ts"],
  ] as const;

  test("exports what docs/library.md lists, and each export has a docstring", slow(20), () => {
    const found = exportsOf(modules.map(([, file]) => file));
    for (const [i, [heading]] of modules.entries()) {
      const all = found[i] as (typeof found)[number];
      expect(listed(heading)).toEqual(all.map(({ name }) => name));
      expect(all.filter(({ doc }) => doc === "").map(({ name }) => name)).toEqual([]);
    }
  });

  /** The examples of the page with the output that they print, by the blocks of code in their order. */
  const examples = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm)]
    .map(([, code, output]) => ({ code: code as string, output }))
    .filter(({ output }) => output !== undefined)
    .map(
      ({ code, output }) => [/from "(balloon-sim\/\w+)"/.exec(code)?.[1], code.split("\n")[2], code, output] as const,
    );

  test.each(examples)("%s: the example %s prints what the page shows", slow(20), (_, __, code, output) => {
    const own = code
      .replaceAll('"./', `"${directory}/`)
      .replaceAll('"fleet.html"', `"${join(directory, "fleet.html")}"`);
    // The package resolves its own name.
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", own], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: "" });
  });

  test("there is an example of each function", () => {
    const functions = ["runTraces", "importLogs", "runHost", "findCapacity", "tune", "writeReport", "objectives"];
    const code = examples.map(([, , text]) => text).join("\n");
    for (const name of functions) expect(code).toContain(`${name}(`);
  });
});

/** Calls a function of the compiled library in a process of its own, and returns its result as JSON. */
function call(name: string, ...args: unknown[]): unknown {
  const code =
    `import * as sim from "balloon-sim/sim"; let out; try { out = { value: await sim.${name}(...${JSON.stringify(args)}) }; } ` +
    `catch (error) { out = { error: error.name + ": " + error.message }; } console.log(JSON.stringify(out));`;
  const text = execFileSync(process.execPath, [...IN_ONE_THREAD, "--input-type=module", "-e", code], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const { value, error } = JSON.parse(text) as { value?: unknown; error?: string };
  return error ?? value;
}

describe("functions of the library return what the commands print as JSON", () => {
  const printed = async (...args: string[]) => JSON.parse((await callBalloonSim(args)).stdout) as unknown;

  test("runTraces, in worlds", async () => {
    const found = call("runTraces", ["spike", "steady"], { set: ["alloc-max=4096"], worlds: 2, until: "1m" }) as {
      trace: string;
      world: number;
      summary: object;
    }[];
    const args = ["run", "spike", "steady", "--set", "alloc-max=4096", "--worlds", "2", "--until", "1m", "--summary"];
    const expected = (await printed(...args, "--format", "json")) as object[];
    expect(found.map(({ world, summary }) => ({ world, ...summary }))).toEqual(expected);
    expect(found.map(({ trace, world }) => `${trace} ${world}`)).toEqual([
      "spike 1",
      "spike 2",
      "steady 1",
      "steady 2",
    ]);
  });

  test("runHost", async () => {
    const options = { until: "2m", set: ["host.memory=30GiB"], policy: "mom" };
    const [found] = call("runHost", "hosts/imported-esxtop", options) as object[];
    const args = ["--until", "2m", "--set", "host.memory=30GiB", "--policy", "mom", "--format", "json"];
    expect(found).toEqual(await printed("host", "hosts/imported-esxtop", ...args));
  });

  test("runHost, in worlds and in threads", async () => {
    const found = call("runHost", "hosts/noisy-neighbour", { until: "2m", worlds: 2, workers: 2 });
    const args = ["hosts/noisy-neighbour", "--until", "2m", "--worlds", "2", "--format", "json"];
    const expected = (await printed("host", ...args)) as { world: number }[];
    expect(found).toEqual(expected.map(({ world: _, ...summary }) => summary));
    expect(expected.map(({ world }) => world)).toEqual([1, 2]);
  });

  test("runHost, with a policy of one's own", async () => {
    const policy = join(ROOT, "traces/hosts/policies/proportional.mjs");
    const [found] = call("runHost", "hosts/imported-esxtop", { until: "1m", policy }) as object[];
    const args = ["--until", "1m", "--policy", policy, "--format", "json"];
    expect(found).toEqual(await printed("host", "hosts/imported-esxtop", ...args));
  });

  test("findCapacity", async () => {
    const require = ["lost_time_share <= 1%"];
    const found = call("findCapacity", "hosts/imported-esxtop", { require, over: "vms", worlds: 1, until: "5m" });
    const args = ["--require", ...require, "--over", "vms", "--worlds", "1", "--until", "5m", "--format", "json"];
    expect(found).toEqual(await printed("capacity", "hosts/imported-esxtop", ...args));
  });

  test("tune", async () => {
    const study = join(directory, "my.study");
    const search = { minimize: ["time_to_target"], set: ["alloc-max=1024..16384"], trials: 12, judgeWorlds: 2 };
    const found = call("tune", ["spike"], search) as { trials: { values: object }[]; pick: number; front: number[] };
    const args = ["tune", "spike", "--minimize", "time_to_target", "--set", "alloc-max=1024..16384", "--trials", "12"];
    await callBalloonSim([...args, "--judge-worlds", "2", "--study", study, "-q"]);
    const expected = (await printed("study", "export", study, "--format", "json")) as typeof found;
    expect(found.trials.map(({ values }) => values)).toEqual(expected.trials.map(({ values }) => values));
    expect([found.pick, found.front]).toEqual([expected.pick, expected.front]);
    expect(found).toMatchObject({
      driver: "vmmemctl",
      trials: [{ trial: 0, rates: { "alloc-max": 2048 } }, {}].concat(Array(11).fill({})),
    });
  });

  test("importLogs, whose traces are those of the command", async () => {
    const log = join(directory, "guest.log");
    const rows = [0, 1, 2, 3].map(
      (i) => `1 0 0 ${500_000 - i * 60_000} 9000 250000 0 0 5 9 99 99 1 1 98 0 0 2027-02-14 10:1${i}:00`,
    );
    writeFileSync(log, [" r b swpd free buff cache si so bi bo in cs us sy id wa st UTC", ...rows, ""].join("\n"));
    const found = call("importLogs", [log], { memory: "1GiB", swap: "1GiB", balloon: "0KiB", target: "40%" }) as {
      traces: { text: string }[];
      warnings: string[];
    };
    const args = ["import", log, "--memory", "1GiB", "--swap", "1GiB", "--balloon", "0KiB", "--target", "40%"];
    const { stdout, stderr } = await callBalloonSim(args);
    expect(found.traces.map(({ text }) => text)).toEqual([stdout]);
    expect(found.warnings.map((line) => `balloon-sim: warning: ${line}\n`).join("")).toBe(stderr);
  });

  test("writeReport, whose page is that of the command", async () => {
    const page = join(directory, "page.html");
    call("writeReport", ["spike"], page, { set: ["alloc-max=4096"] });
    const before = readFileSync(page, "utf8");
    await callBalloonSim(["report", "spike", "--set", "alloc-max=4096", "-o", page]);
    expect(readFileSync(page, "utf8") === before).toBe(true);
  });

  test.each([
    [
      "runHost",
      ["hosts/boot-storm", { worlds: 0 }],
      'InputError: runHost: worlds "0": expected a whole number from 1 to 1000',
    ],
    [
      "runTraces",
      [["spike"], { worlds: 1.5 }],
      'InputError: runTraces: worlds "1.5": expected a whole number from 1 to 1000',
    ],
    [
      "runTraces",
      [["spike"], { workers: -3 }],
      'InputError: runTraces: workers "-3": expected a whole number from 1 to 256',
    ],
    ["runTraces", [["spike"], { seeed: "1" }], 'InputError: runTraces: there is no option "seeed" (there are '],
    ["runTraces", [["spike"], { set: ["alloc-max=0"] }], "InputError: --set alloc-max=0: "],
    ["runTraces", [["nosuch"]], "InputError: nosuch: no such file"],
    ["tune", [["spike"], {}], "InputError: tune: a goal is missing"],
    ["findCapacity", ["hosts/office", { require: [] }], "InputError: capacity: a requirement is missing"],
    ["runHost", ["hosts/nosuch"], "InputError: "],
    ["importLogs", [["/nosuch.log"]], "InputError: "],
  ])("%s refuses %j", (name, args, message) => {
    expect(String(call(name, ...args)).slice(0, message.length)).toBe(message);
  });

  test("traces of several that fail are in the results with their errors", () => {
    const broken = join(directory, "broken.json");
    writeFileSync(broken, '{"format":"balloon-sim/trace"}');
    const [good, bad] = call("runTraces", ["steady", broken]) as { summary: object | null; error: object | null }[];
    expect([good?.summary !== null, good?.error]).toEqual([true, null]);
    expect([bad?.summary, bad?.error !== null]).toEqual([null, true]);
  });
});

const TYPEDOC = join(ROOT, "node_modules/typedoc/bin/typedoc");

// A checkout whose packages were installed before typedoc was added has none: npm ci.
test.skipIf(!existsSync(TYPEDOC))(
  "docs/api is what typedoc makes of the docstrings (npm run api)",
  slow(60),
  async () => {
    const out = join(directory, "api");
    execFileSync(process.execPath, [join(ROOT, "scripts/api-pages.mjs"), out]);
    const pages = readdirSync(out).sort();
    expect(pages).toEqual(readdirSync(join(ROOT, "docs/api")).sort());
    for (const page of pages)
      await expect(readFileSync(join(out, page), "utf8")).toMatchFileSnapshot(`../../docs/api/${page}`);
  },
);

test.each(["core.md", "sim.md", "policy.md"])("each property in %s has a meaning", (page) => {
  const bare: string[] = [];
  let type = "";
  let column = -1;
  for (const line of readFileSync(join(ROOT, "docs/api", page), "utf8").split("\n")) {
    if (line.startsWith("### ")) type = line.slice(4);
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (cells[1] === "Property") column = cells.indexOf("Description");
    else if (!line.startsWith("|")) column = -1;
    else if (column !== -1 && cells[column] === "-") bare.push(`${type}.${cells[1]?.replace(/<.*?>/g, "")}`);
  }
  expect(bare).toEqual([]);
});
