import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { rolldown } from "rolldown";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError, type RunOptions, runTrace, summaryText, TraceRun, validateText } from "../../src/sim/core.ts";
import { CHROMIUM, useBrowser } from "../support/pages/browser.ts";
import { balloonSim, ROOT, scratchDirectory } from "../support/processes/command.ts";

/** The module as the package exports it. */
const CORE = createRequire(import.meta.url).resolve("balloon-sim/core");

const textOf = (trace: string): string => readFileSync(join(ROOT, "traces", trace), "utf8");

/** What the command prints. */
function printed(...args: string[]): string {
  const { status, stdout } = balloonSim(["run", ...args]);
  expect(status).toBe(0);
  return stdout;
}

/** A trace with a misspelt key, and a text that is no JSON: the messages need the hint and the place. */
const DAMAGED = [
  textOf("spike.json").replace('"guest"', '"gest"'),
  textOf("spike.json").replace('"guest":', '"guest"'),
  textOf("recorded/proc-capture.jsonl").replace(/$/, '{"t": 5, "taget": 3}\n'),
];

describe("balloon-sim/core in Node", () => {
  test.each<[string, RunOptions, string[]]>([
    ["spike.json", {}, []],
    ["spike.json", { columns: "all", format: "ndjson" }, ["--columns", "all", "--format", "ndjson"]],
    ["spike.json", { every: "5s", format: "json" }, ["--every", "5s", "--format", "json"]],
    ["ramp.json", { every: "cycle", seed: "7" }, ["--every", "cycle", "--seed", "7"]],
    [
      "refusals.json",
      { driver: "vmmemctl", rates: { "alloc-max": 4096, allocMin: 64 } },
      ["--set", "alloc-max=4096", "--set", "alloc-min=64"],
    ],
    ["recorded/proc-capture.jsonl", {}, []],
    ["steady.json", { driver: "virtio-balloon" }, ["--driver", "virtio-balloon"]],
  ])("%s with %j: rows and summary are those that the command prints", (trace, options, args) => {
    const path = join(ROOT, "traces", trace);
    const { rows, summary } = runTrace(textOf(trace), { name: path, ...options });
    expect(rows).toBe(printed(path, ...args));
    const ofRows = ["--format", "--columns", "--every"];
    const others = args.filter((arg, i) => !ofRows.includes(arg) && !ofRows.includes(args[i - 1] ?? ""));
    expect(summaryText(summary)).toBe(printed(path, ...others, "--summary", "--format", "json"));
  });

  test("runs in slices with the same rows, a part after each slice, and reports progress", () => {
    const text = textOf("spike.json");
    const run = new TraceRun(text);
    const parts: string[] = [];
    const progress: number[] = [];
    while (run.runFor(500)) {
      parts.push(run.takeRows());
      progress.push(run.progress);
    }
    parts.push(run.takeRows());
    expect(parts.filter((part) => part !== "").length).toBeGreaterThan(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(run.progress).toBe(1);
    const whole = runTrace(text);
    expect(parts.join("")).toBe(whole.rows);
    expect(run.summary).toEqual(whole.summary);
    expect(run.takeRows()).toBe("");
  });

  test("passes rows on as numbers, without text, and leaves them out", () => {
    const text = textOf("steady.json");
    const rows: number[][] = [];
    const options: RunOptions = { columns: "time_s,size,freed" };
    const numbers = runTrace(text, { ...options, onRow: (values) => rows.push([...values]) });
    const whole = runTrace(text, options);
    const [, ...lines] = whole.rows.trimEnd().split("\n");
    expect(rows.map(([us, ...others]) => [(us as number) / 1e6, ...others])).toEqual(
      lines.map((line) => line.split(",").map(Number)),
    );
    expect(numbers).toEqual({ rows: "", summary: whole.summary });
    expect(runTrace(text, { ...options, hasRows: false })).toEqual({ rows: "", summary: whole.summary });
  });

  test("an observer sees the run", () => {
    let cycles = 0;
    runTrace(textOf("steady.json"), { observer: { cycle: () => cycles++ } });
    expect(cycles).toBeGreaterThan(10);
  });

  test.each<[RunOptions, string]>([
    [
      { driver: "vmmemctI" },
      'driver "vmmemctI": unknown driver: expected vmmemctl, vmw-balloon, virtio-balloon, open-vm-tools; did you mean "vmmemctl"?',
    ],
    [{ rates: { "alloc-mx": 1 } }, 'rates: unknown constant "alloc-mx"; did you mean "alloc-max"?'],
    [{ rates: { "alloc-max": 0.5 } }, "rates: $.alloc-max: alloc-max is 0.5: expected a whole number from"],
    [{ columns: "szie" }, 'columns: unknown column "szie"; did you mean "size"?'],
    [{ every: "5 parsecs" }, 'every "5 parsecs": expected a time'],
    [{ seed: "" }, 'seed "": expected 1 to 200 characters'],
    [{ world: 0 }, "world: expected a whole number from 1 on, found 0"],
    [{ format: "xml" as "csv" }, 'format: expected csv, ndjson, json, found "xml"'],
  ])("refuses the option %j by name", (options, message) => {
    const run = () => runTrace(textOf("spike.json"), options);
    expect(run).toThrow(InputError);
    expect(run).toThrow(message);
  });

  test("refuses a damaged trace at its line and column, under the given name", () => {
    expect(() => runTrace(DAMAGED[0], { name: "mine.json" })).toThrow(
      /^mine\.json:\d+:\d+: \$(\.gest: unknown key "gest"; did you mean "guest"\?|: "guest" is missing)$/,
    );
    expect(() => runTrace("[", {})).toThrow(/^trace:1:1: expected a trace/);
  });
});

test("the examples of docs/library.md run, with the package's own exports", () => {
  const page = readFileSync(join(ROOT, "docs/library.md"), "utf8");
  // Those with an output are tested in library.test.ts.
  const examples = [...page.matchAll(/^```js\n([\s\S]*?)^```\n(\n```text)?/gm)].flatMap(([, code, output]) =>
    output === undefined ? [code] : [],
  );
  expect(examples).toHaveLength(3);
  // What a page has: files of its server, and a place to show rows.
  const prelude = `import { readFileSync } from "node:fs";
    globalThis.fetch = async (name) => ({ text: async () => readFileSync("traces/" + name, "utf8") });
    globalThis.text = readFileSync("traces/spike.json", "utf8");
    globalThis.show = (rows) => process.stdout.write(rows);\n`;
  const [one = "", slices = "", files = ""] = examples.map((code) => {
    const args = ["--input-type=module", "--eval", prelude + code];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  });
  const rows = printed("spike", "--set", "alloc-max=4096", "--columns", "time_s,target,size,free");
  expect(one.startsWith(rows)).toBe(true);
  expect(slices.startsWith(printed("spike"))).toBe(true);
  const sizes = printed("spike", "--columns", "size").trimEnd().split("\n").slice(1).map(Number);
  expect(Number(files)).toBe(Math.max(...sizes));
});

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("balloon-sim/core, bundled for a browser, in Chromium", () => {
  const open = useBrowser();
  const file = join(scratchDirectory(), "core.html");

  beforeAll(async () => {
    const warnings: unknown[] = [];
    const bundle = await rolldown({
      input: CORE,
      platform: "browser",
      onLog: (_, log) => warnings.push(log.message),
    });
    const { output } = await bundle.generate({ format: "iife", name: "core" });
    await bundle.close();
    // A module of Node would be left outside, with a warning.
    expect(warnings).toEqual([]);
    expect(output).toHaveLength(1);
    expect(output[0].imports).toEqual([]);
    const script = output[0].code.replaceAll("</script", "<\\/script");
    writeFileSync(file, `<!doctype html><meta charset="utf-8"><script>${script}</script>`);
  });

  /** Calls functions of the bundle in the page. */
  const inPage = <T>(page: Page, code: string, argument: unknown): Promise<T> =>
    page.evaluate(`((argument) => { ${code} })(${JSON.stringify(argument)})`);

  test("spike has the rows and the summary that the command prints, byte for byte", async () => {
    const { page, complaints, requests } = await open(file);
    const { rows, summary } = await inPage<{ rows: string; summary: string }>(
      page,
      `const { rows, summary } = core.runTrace(argument, { name: "spike", columns: "all" });
       return { rows, summary: core.summaryText(summary) };`,
      textOf("spike.json"),
    );
    expect(rows).toBe(printed("spike", "--columns", "all"));
    expect(summary).toBe(printed("spike", "--summary", "--format", "json"));
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  test("damaged traces have the problems that Node finds, with places and hints", async () => {
    const { page } = await open(file);
    const found = await inPage(page, "return argument.map((text) => core.validateText(text));", DAMAGED);
    const expected = DAMAGED.map((text) => validateText(text));
    expect(expected.every((problems) => problems.length > 0)).toBe(true);
    expect(found).toEqual(expected);
    expect(expected.flat().join("\n")).toContain('did you mean "guest"?');
  });
});
