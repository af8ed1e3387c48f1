import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { formatNumber } from "../../../src/sim/report/numbers.ts";
import { StudyAnalysis } from "../../../src/sim/tune/study/analysis.ts";
import type { Judgement } from "../../../src/sim/tune/types.ts";
import { journalText, madeUpStudy } from "../../support/fakes/made-up-study.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const path = (name: string) => join(directory, name);
const report = (...args: string[]) => callBalloonSim(["report", ...args], { cwd: directory });

const ROWS = `time_s,target,size,rate_alloc,rate_free,allocated,freed,refused,free,cache,anon,swap,stall_some_us,stall_full_us
0.000000,0,0,2048,16384,0,0,0,1000,500,500,0,0,0
1.000000,800,500,2048,16384,500,0,0,500,500,500,0,0,0
2.000000,800,800,2048,16384,310,0,10,200,500,500,0,250000,100000
3.000000,0,600,2048,16384,0,200,0,400,500,450,50,250000,100000
`;

beforeAll(() => {
  writeFileSync(path("a.csv"), ROWS);
  writeFileSync(path("b.csv"), ROWS.replaceAll("2048", "4096"));
  writeFileSync(path("my.study"), journalText(madeUpStudy({ trials: 120, seeds: 2 })));
});

/** What of a page is not code, style or data: these are checked elsewhere. */
const withoutCode = (page: string): string =>
  page
    .replace(/(<(script|style)[^>]*>)[\s\S]*?(<\/\2>)/g, "$1…$3")
    .replace(/'sha256-[^']*'/g, "'sha256-…'")
    .replace(/balloon-sim \d+\.\d+\.\d+/g, "balloon-sim VERSION");

const written = (name: string): string => readFileSync(path(name), "utf8");

describe("a page", () => {
  /** Makes a page, in which every id is there once and every link within the page leads to one. */
  const pageOf = async (...files: string[]): Promise<string> => {
    expect(await report(...files, "-o", "page.html")).toEqual({ status: 0, stdout: "", stderr: "" });
    const page = written("page.html");
    const ids = [...page.replace(/<script[\s\S]*?<\/script>/g, "").matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
    return withoutCode(page);
  };
  const sectionsOf = (page: string): string[] =>
    [...page.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id as string);

  test.each([
    ["run", ["a.csv"]],
    ["study", ["my.study"]],
  ])("of a %s", async (name, files) => {
    await expect(await pageOf(...files)).toMatchFileSnapshot(`golden/${name}.html`);
  });

  test("of two runs has the parts of a run's page, with facts, notes and a row for each run", async () => {
    const [one, two] = [await pageOf("a.csv"), await pageOf("a.csv", "b.csv")];
    expect(sectionsOf(two)).toEqual(sectionsOf(one));
    expect(two).toContain("<h1>a, b</h1>");
    expect(two).toContain("2 runs of the balloon driver's policy over time");
    const row = /<tr><th scope="row">a<\/th>.*<\/tr>/.exec(one)?.[0] as string;
    expect(two).toContain(`${row}\n${row.replace(">a<", ">b<")}\n`);
    for (const run of ["a", "b"]) {
      expect(two).toContain(`<dt>${run}</dt><dd>Rows: ${run}.csv · `);
      expect(two).toContain(`<li>${run}: OOM kills unknown: no column oom_kills</li>`);
    }
  });

  test("of a study with a run has the sections of both, each as on its own page", async () => {
    const [both, study, run] = [await pageOf("my.study", "a.csv"), await pageOf("my.study"), await pageOf("a.csv")];
    const sections = [...sectionsOf(study), ...sectionsOf(run)];
    expect(new Set(sectionsOf(both))).toEqual(new Set(sections));
    expect(both).toContain("Which constants of the balloon driver's policy do best: a study, with a run</p>");
    const sectionOf = (page: string, id: string) =>
      new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(page)?.[0];
    for (const [page, ids] of [
      [study, sectionsOf(study)],
      [run, sectionsOf(run)],
    ] as const) {
      // The commands that make the page differ.
      for (const id of ids.filter((one) => one !== "commands")) expect(sectionOf(both, id)).toBe(sectionOf(page, id));
    }
  });

  test("of a study that was judged in worlds has medians and spreads, and marks what is no difference", async () => {
    const state = madeUpStudy({ trials: 120, judgedWorlds: 5 });
    writeFileSync(path("worlds.study"), journalText(state));
    expect((await report("worlds.study", "-o", "worlds.html")).status).toBe(0);
    const page = written("worlds.html");
    expect(page).toContain("<dt>Worlds</dt><dd>1 in the search, 5 others to judge the result</dd>");
    const captions = [...page.matchAll(/<caption>([^<]*)/g)].map(([, text]) => text);
    const note =
      "; median [lowest .. highest] of 5 worlds that the search has not used; ~ no significant difference: within the " +
      "variation between worlds";
    expect(captions.filter((text) => text?.endsWith(note))).toHaveLength(2);

    const analysis = new StudyAnalysis(state);
    const stall = state.header.objectives.indexOf("stall_full");
    const rows = [...page.matchAll(/<tr data-trial="(\d+)">(.*?)<\/tr>/g)].map(([, trial, cells]) => ({
      trial: Number(trial),
      cells: [...(cells ?? "").matchAll(/<t[dh]([^>]*)>(.*?)<\/t[dh]>/g)].map(([, looks, text]) => ({ looks, text })),
    }));
    expect(rows.length).toBeGreaterThan(5);
    let marked = 0;
    for (const { trial, cells } of rows) {
      expect(cells[0]?.text?.includes("does not stand in other worlds")).toBe(
        trial > 0 && analysis.fallOf(trial) !== null,
      );
      for (const [at, where] of [
        [3, "tuned"],
        [6, "held"],
      ] as const) {
        const spread = analysis.spreads(trial, where)?.[stall];
        const { median, lowest, highest } = spread ?? expect.unreachable(`trial ${trial} was judged`);
        const [a, b, c] = [median, lowest, highest].map((value) => formatNumber(value, 3));
        const text = `${a} [${b} .. ${c}]`;
        const relation = trial === 0 ? undefined : analysis.relations(trial, where)?.[stall];
        const isNone = relation === "~" || relation === "=";
        if (isNone) marked++;
        expect(cells[at]?.text).toBe(where === "held" && isNone ? `${text} ${relation}` : text);
        if (where === "tuned" && isNone) expect(cells[at + 1]?.text).toBe(relation);
        if (where === "tuned" && relation !== undefined && !isNone) expect(cells[at + 1]?.text).toMatch(/%|×/);
        // A value without a significant difference is neither green nor red.
        if (isNone) expect(cells[where === "tuned" ? at + 1 : at]?.looks).not.toMatch(/win|loss/);
      }
    }
    expect(marked).toBeGreaterThan(0);
    expect(marked).toBeLessThan(2 * rows.length - 2);
  });

  test.each([
    [1, "; the search's own values on the tuning traces", ""],
    [5, "; median [lowest .. highest] of 5 worlds that the search has not used", ", medians of 5 worlds"],
  ])(
    "of a study that was judged in %d worlds says of each table and section where its values come from",
    async (...row) => {
      const [judgedWorlds, trials, medians] = row;
      writeFileSync(path("whose.study"), journalText(madeUpStudy({ trials: 120, judgedWorlds })));
      expect((await report("whose.study", "-o", "whose.html")).status).toBe(0);
      const page = written("whose.html");
      const captions = [...page.matchAll(/<caption>([^<]*)/g)].map(([, text]) => text as string);
      expect(captions.slice(0, 3).filter((text) => text.includes(trials))).toHaveLength(2);
      expect(captions.filter((text) => text.startsWith("Each trace by itself"))).toEqual([
        "Each trace by itself: ✓ is better than the reference, ✗ is worse; the search's own values on the tuning traces, " +
          `those of the judgement${medians} on the held-out traces`,
      ]);
      for (const id of ["front", "parallel", "importance", "effects"]) {
        const lead = new RegExp(`<section id="${id}"[^>]*>\\s*<h2[^>]*>[^<]*</h2>\\s*<p[^>]*>([^<]*)`).exec(page)?.[1];
        expect(lead).toContain("the search's own values");
      }
    },
  );

  test("of a study whose next best trials were judged marks them as dominated in the search", async () => {
    // Every trial but the reference is worse where it is judged than in the search, so none of the front is an improvement.
    const made = madeUpStudy({ trials: 120, judgedWorlds: 5 });
    const state = { ...made, header: { ...made.header, goals: made.header.goals.slice(0, 1) }, judgements: [] };
    const judgementOf = (judged: number): Judgement => {
      const { runs } = made.judgements.find((one) => one.judged === judged) ?? (made.judgements[1] as Judgement);
      const worse = (values: readonly number[]) => values.map((value) => value + 1000);
      return { judged, runs: judged === 0 ? runs : runs.map((run) => ({ ...run, values: worse(run.values) })) };
    };
    const first = { ...state, judgements: new StudyAnalysis(state).toJudge.map(judgementOf) };
    const more = new StudyAnalysis(first).toJudge.slice(first.judgements.length).map(judgementOf);
    expect(more.length).toBeGreaterThan(0);
    writeFileSync(path("next.study"), journalText({ ...first, judgements: [...first.judgements, ...more] }));
    expect((await report("next.study", "-o", "next.html")).status).toBe(0);
    const page = written("next.html");
    expect(page).toContain(
      `then the ${more.length} next best trials, judged because no trial of the front is an improvement`,
    );
    const marked = [...page.matchAll(/<tr data-trial="(\d+)"><t[dh][^>]*>[^<]*, dominated in the search/g)].map(
      ([, n]) => Number(n),
    );
    expect(marked).toEqual(more.map(({ judged }) => judged));
  });

  test("has the same bytes each time it is made, in a file and on standard output", async () => {
    await report("my.study", "a.csv", "-o", "page.html");
    const first = written("page.html");
    await report("my.study", "a.csv", "-o", "page.html");
    expect(written("page.html")).toBe(first);
    expect(first).toMatch(/^<!doctype html>\n/);
    expect((await report("my.study", "a.csv", "-o", "-")).stdout.replace("-o -", "-o page.html")).toBe(first);
  });

  test("allows only its own scripts and its own style, and no network", async () => {
    await report("my.study", "-o", "page.html");
    const page = written("page.html");
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] as string;
    const hashes = (element: string) =>
      [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))].map(
        ([, text]) =>
          `'sha256-${createHash("sha256")
            .update(text as string)
            .digest("base64")}'`,
      );
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hashes("script").join(" ")}`,
      `style-src ${hashes("style").join(" ")}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(hashes("script")).toHaveLength(2);
    const markup = page.replace(/<(script|style)[\s\S]*?<\/\1>/g, "");
    expect(markup).not.toMatch(/\s(src|style|on\w+)=|href="[^#]|@import|<(link|iframe|object|embed|form)\b/i);
  });

  test("has the licence of the library in it", async () => {
    await report("a.csv", "-o", "page.html");
    expect(written("page.html")).toContain("Copyright (c) 2022 Leon Sorokin");
  });
});

describe("in the terminal", () => {
  test.each([
    ["run", ["a.csv"]],
    ["runs", ["a.csv", "b.csv"]],
    ["study", ["my.study"]],
  ])("a %s", async (name, files) => {
    const { status, stdout, stderr } = await report(...files);
    expect(status).toBe(0);
    await expect(stdout + stderr).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test("a study with one goal is drawn as progress over trials", async () => {
    const { header, ...rest } = madeUpStudy({ trials: 40 });
    writeFileSync(path("one.study"), journalText({ ...rest, header: { ...header, goals: header.goals.slice(0, 1) } }));
    const { status, stdout } = await report("one.study");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^time_to_target, s {3}.*◆ trial 0\n/);
    expect(stdout).toMatch(/ trial\n\nimportance/);
  });
});

describe("a file that report can't use", () => {
  test.each([
    [["spyke"], 'spyke: no such file, and no bundled trace "spyke"; did you mean "spike"?'],
    [["."], ".: is a directory, expected a trace, the rows of a run or a study"],
    [["empty.csv"], "empty.csv: is empty, expected a trace, the rows of a run or a study"],
    [["other.json"], "other.json:1:1: expected a trace, rows that balloon-sim run wrote, or a study that tune did"],
    [["cut.json"], "cut.json:1:11: $.format: this string has no end"],
    [["steady", "cut.json"], "cut.json:1:11: $.format: this string has no end"],
    [["trace.json"], 'trace.json:1:1: $: "version" is missing'],
    [["/dev/null"], "/dev/null: is a device, expected a file"],
    [["begun.study"], "begun.study: has no trials yet; continue the study with the command that began it"],
    [
      ["my.study", "other.study"],
      "report: my.study and other.study are studies, expected one at most: make a report of each",
    ],
    [["a.csv", "-o", "a.csv"], "-o a.csv: is the same file as a.csv, which would be overwritten"],
    [["a.csv", "-o", "none/page.html"], "-o none/page.html: can't be written: no such file or directory"],
    [[], "the argument <file> is missing (see --help)"],
  ])("%j", async (args, message) => {
    writeFileSync(path("empty.csv"), "");
    writeFileSync(path("other.json"), '{\n  "format": "of another program"\n}\n');
    writeFileSync(path("cut.json"), '{"format":"balloon-sim');
    writeFileSync(path("trace.json"), '{\n  "format": "balloon-sim/trace"\n}\n');
    writeFileSync(path("other.study"), written("my.study"));
    writeFileSync(path("begun.study"), `${written("my.study").split("\n")[0]}\n`);
    expect(await report(...args)).toEqual({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
    expect(readdirSync(directory).filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  test("does not overwrite the output that exists", async () => {
    writeFileSync(path("old.html"), "old");
    writeFileSync(path("bad.csv"), "time_s,size\n0.0,x\n");
    expect((await report("bad.csv", "-o", "old.html")).status).toBe(2);
    expect(written("old.html")).toBe("old");
    expect(existsSync(path("bad.html"))).toBe(false);
  });

  test("is not a study that was interrupted, which is shown as far as it came", async () => {
    writeFileSync(path("cut.study"), written("my.study").slice(0, 20_000));
    const { status, stderr } = await report("cut.study", "-o", "cut.html");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^balloon-sim: cut\.study: the last line is incomplete and omitted\n/);
    expect(written("cut.html")).toContain("<h1>cut.study</h1>");
  });
});
