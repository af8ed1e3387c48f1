import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const FIXTURES = join(ROOT, "test/sim/import/fixtures");
const BITBRAINS = join(FIXTURES, "bitbrains/17.csv");
const ESXTOP = join(FIXTURES, "esxtop/capture.csv");
const scratch = scratchDirectory();
const fresh = (name: string): string => {
  const path = join(scratch, name);
  mkdirSync(path);
  return path;
};

describe("balloon-sim import", () => {
  it("prints the trace of a log, and remarks on standard error", async () => {
    const { status, stdout, stderr } = await callBalloonSim(["import", BITBRAINS, "--target", "40%"]);
    expect(status).toBe(0);
    expect(stdout.split("\n")[0]).toContain('"name":"bitbrains-17"');
    expect(stderr).toMatch(/^balloon-sim: warning: one sample every 300 s/m);
    const { stdout: checked } = shell(
      `balloon-sim import ${BITBRAINS} --target 40% -o - 2>/dev/null | balloon-sim validate -`,
    );
    expect(checked).toBe("-: ok\n");
  });

  it("reads standard input and pipes as it reads files", async () => {
    const [, ...expected] = (await callBalloonSim(["import", BITBRAINS])).stdout.split("\n");
    const piped = await callBalloonSim(["import", "-"], { input: readFileSync(BITBRAINS, "utf8") });
    expect(piped.stdout.split("\n").slice(1)).toEqual(expected);
    expect(piped.stdout).toContain('"name":"bitbrains-stdin"');
    const substituted = shell(`balloon-sim import <(cat ${BITBRAINS}) --from bitbrains 2>/dev/null`);
    expect(substituted.stdout.split("\n").slice(1)).toEqual(expected);
  });

  it("writes JSON lines to a file, or one document where its name says so, and both run the same", async () => {
    const directory = fresh("forms");
    const lines = await callBalloonSim(["import", BITBRAINS, "--target", "1GiB", "-o", "a.jsonl"], { cwd: directory });
    const document = await callBalloonSim(["import", BITBRAINS, "--target", "1GiB", "-o", "b.json"], {
      cwd: directory,
    });
    expect([lines.status, lines.stdout, document.status, document.stdout]).toEqual([0, "", 0, ""]);
    expect(readdirSync(directory).sort()).toEqual(["a.jsonl", "b.json"]);
    expect(JSON.parse(readFileSync(join(directory, "b.json"), "utf8"))).toMatchObject({ format: "balloon-sim/trace" });
    const validated = await callBalloonSim(["validate", "a.jsonl", "b.json"], { cwd: directory });
    expect(validated.stdout).toBe("a.jsonl: ok\nb.json: ok\n");
    const [first, second] = await inTurn(
      ["a.jsonl", "b.json"],
      async (name) => (await callBalloonSim(["run", name, "--columns", "all"], { cwd: directory })).stdout,
    );
    expect(first).not.toBe("");
    expect(second).toBe(first);
    const shown = await inTurn(["a.jsonl", "b.json"], async (name) =>
      JSON.parse((await callBalloonSim(["show", name, "--json"], { cwd: directory })).stdout),
    );
    expect(shown[1].events).toEqual(shown[0].events);
    expect(shown[1].measured.map((series: { points: number }) => series.points)).not.toContain(0);
  });

  it("keeps straight lines in a document", async () => {
    const directory = fresh("linear");
    const options = ["--memory", "4GiB", "--target", "1GiB"];
    const log = join(FIXTURES, "vmstat/screens.log");
    for (const name of ["a.jsonl", "b.json"])
      await callBalloonSim(["import", log, ...options, "-o", name], { cwd: directory });
    const [first, second] = await inTurn(
      ["a.jsonl", "b.json"],
      async (name) => (await callBalloonSim(["run", name, "--columns", "all"], { cwd: directory })).stdout,
    );
    expect(first?.split("\n").length).toBeGreaterThan(20);
    expect(second).toBe(first);
    const document = JSON.parse(readFileSync(join(directory, "b.json"), "utf8"));
    expect(document.workloads[0].anon.hold).toBe("linear");
    const dull = readFileSync(BITBRAINS, "utf8").split("\n").slice(5, 40).join("\n");
    const header = readFileSync(BITBRAINS, "utf8").split("\n")[0];
    writeFileSync(join(directory, "17.csv"), `${header}\n${dull}\n`);
    await callBalloonSim(["import", "17.csv", "-o", "c.json"], { cwd: directory });
    expect(JSON.parse(readFileSync(join(directory, "c.json"), "utf8"))).not.toHaveProperty("events");
  });

  it("writes a document with a target from a policy, too", async () => {
    const directory = fresh("policy");
    const options = ["--target", "policy:selfballoon", "--demand", "kernelMemory = 64MiB, anon = active"];
    for (const name of ["a.jsonl", "b.json"])
      await callBalloonSim(["import", BITBRAINS, ...options, "-o", name], { cwd: directory });
    expect((await callBalloonSim(["validate", "a.jsonl", "b.json"], { cwd: directory })).stdout).toBe(
      "a.jsonl: ok\nb.json: ok\n",
    );
    const [first, second] = await inTurn(
      ["a.jsonl", "b.json"],
      async (name) => (await callBalloonSim(["run", name, "--until", "2h"], { cwd: directory })).stdout,
    );
    expect(second).toBe(first);
  });

  it("says in a run's summary how coarse the log was", () => {
    const { stdout } = shell(`balloon-sim import ${BITBRAINS} 2>/dev/null | balloon-sim run - --summary`);
    expect(stdout).toContain("The trace has one value every 300 s");
  });

  it("writes a file for each machine into a directory, or one that is chosen", async () => {
    const { status, stderr } = await callBalloonSim(["import", ESXTOP]);
    expect([status, stderr]).toEqual([
      2,
      `balloon-sim: ${ESXTOP}: holds 3 machines (web01, db, old (2):\\copy)\\x, no-tools): choose one with --vm, or write a file for each with -o DIR\n`,
    ]);
    const directory = fresh("machines");
    expect((await callBalloonSim(["import", ESXTOP, "-o", directory])).status).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(["db_old_2_copy_x.jsonl", "no-tools.jsonl", "web01.jsonl"]);
    const { stdout } = await callBalloonSim(["import", ESXTOP, "--vm", "web01"]);
    expect(readFileSync(join(directory, "web01.jsonl"), "utf8")).toBe(stdout);
    const two = fresh("two");
    expect(
      (await callBalloonSim(["import", ESXTOP, "--vm", "web01", "--vm", "no-tools", "-o", `${two}/`])).status,
    ).toBe(0);
    expect(readdirSync(two).sort()).toEqual(["no-tools.jsonl", "web01.jsonl"]);
  });

  it("gives machines different files whose names differ only in case or odd characters", async () => {
    const directory = fresh("names");
    const text = readFileSync(ESXTOP, "utf8")
      .replaceAll("no-tools", "WEB01")
      .replaceAll("db, old (2):\\copy)\\x", "../../web01");
    writeFileSync(join(directory, "capture.csv"), text);
    const out = fresh("names-out");
    expect((await callBalloonSim(["import", join(directory, "capture.csv"), "-o", out])).stderr).not.toContain("can't");
    expect(readdirSync(out).sort()).toEqual(["WEB01-2.jsonl", "_.._web01.jsonl", "web01.jsonl"].sort());
  });

  it("lists its formats, and says more of them as JSON", async () => {
    const table = (await callBalloonSim(["import", "--list"])).stdout;
    expect(table.split("\n")[0]).toMatch(/^format +what +step +times +RAM +target +machines +carries$/);
    expect(table).toMatch(/^esxtop +esxtop batch CSV .* inferred +measured +several +.*balloonTarget/m);
    const list = JSON.parse((await callBalloonSim(["import", "--list", "--json"])).stdout);
    expect(list.formats.map(({ name }: { name: string }) => name)).toContain("bitbrains");
    expect(list.formats[0].quirks.length).toBeGreaterThan(0);
    expect(list.refused.map(({ title }: { title: string }) => title)).toContain("Azure's Public Dataset, CPU readings");
  });

  it("has help and completion", async () => {
    await expect((await callBalloonSim(["import", "--help"])).stdout).toMatchFileSnapshot("golden/help-import.txt");
    const complete = async (...args: string[]) => (await callBalloonSim(["complete", "--", "import", ...args])).stdout;
    expect(await complete("--from", "")).toContain("bitbrains\tBitbrains GWA-T-12\n");
    expect(await complete("--target", "")).toContain("policy:selfballoon\tcomputed from the log\n");
    expect(await complete(`${FIXTURES}/bitbrains/1`)).toContain(`${BITBRAINS}\tfile\n`);
  });

  it.each<[string[], string]>([
    [[], "import: a log is missing, such as: balloon-sim import vmstat.log"],
    [["nothing.csv"], "nothing.csv: no such file or directory"],
    [["."], ".: is a directory, expected a log file"],
    [[BITBRAINS, "--tz", "CET-1"], '--tz "CET-1": expected the name of a time zone'],
    [[BITBRAINS, "--from", "esxtop"], "17.csv:1:1: expected a header that begins with"],
    [[BITBRAINS, "-o", "no/such/place.jsonl"], "-o no/such/place.jsonl: can't be written: no such file or directory"],
    [[BITBRAINS, "--duplicates", "both"], '--duplicates "both": expected mean, first, last or error'],
    [[BITBRAINS, "--duplicates", "error"], "17.csv:71: a second sample of 17 at the same time"],
    [[BITBRAINS, "--interval", "x"], '--interval "x": expected a time'],
    [[BITBRAINS, "--vm", "18"], '--vm "18": '],
  ])("refuses in one line: %j", async (args, message) => {
    const { status, stdout, stderr } = await callBalloonSim(["import", ...args], { cwd: scratch });
    expect(stderr).toContain(message);
    expect([status, stdout, stderr.trimEnd().split("\n").length]).toEqual([2, "", 1]);
    expect(stderr).not.toContain("unexpected");
  });

  it("leaves files as they were where something is wrong", async () => {
    const directory = fresh("kept");
    const log = join(directory, "17.csv");
    writeFileSync(log, readFileSync(BITBRAINS, "utf8").replace("167772.1;", "1677x2.1;"));
    writeFileSync(join(directory, "out.jsonl"), "before\n");
    expect((await callBalloonSim(["import", log, "-o", "out.jsonl"], { cwd: directory })).status).toBe(2);
    expect(readFileSync(join(directory, "out.jsonl"), "utf8")).toBe("before\n");
    expect(readdirSync(directory).sort()).toEqual(["17.csv", "out.jsonl"]);
    const skipped = await callBalloonSim(["import", log, "-o", "out.jsonl", "--damaged", "skip"], { cwd: directory });
    expect([skipped.status, statSync(join(directory, "out.jsonl")).size > 1000]).toEqual([0, true]);
    expect(skipped.stderr).toMatch(/warning: omitted: .*17\.csv:83:\d+: expected Memory usage/);
  });

  it("does not write over the log under another name of it", async () => {
    const directory = fresh("itself");
    const log = join(directory, "17.csv");
    copyFileSync(BITBRAINS, log);
    symlinkSync("17.csv", join(directory, "link.csv"));
    for (const name of ["17.csv", "link.csv"]) {
      const { status, stderr } = await callBalloonSim(["import", "17.csv", "-o", name], { cwd: directory });
      expect([status, stderr]).toEqual([
        2,
        `balloon-sim: -o ${name}: is the same file as 17.csv, which would be overwritten\n`,
      ]);
    }
    expect(readFileSync(log, "utf8")).toBe(readFileSync(BITBRAINS, "utf8"));
  });

  it("ends quietly where its reader has gone, and with 1 where the disk is full", () => {
    const closed = shell(`balloon-sim import ${BITBRAINS} 2>&1 >/dev/full; echo $?`);
    expect(closed.stdout).toBe("balloon-sim: standard output: no space left on the device\n1\n");
    const big = join(scratch, "big.csv");
    const [header, ...rows] = readFileSync(BITBRAINS, "utf8").trimEnd().split("\n");
    const more = Array.from({ length: 400 }, (_, i) =>
      rows.map((row) => row.replace(/^\d+/, (time) => String(Number(time) + i * 30_000))).join("\n"),
    );
    writeFileSync(big, `${[header, ...more].join("\n")}\n`);
    const head = shell(`balloon-sim import ${big} 2>&1 | head -1 | cut -c1-10`);
    expect([head.status, head.stdout]).toEqual([0, '{"format":\n']);
  });

  it("refuses a document that no longer fits into one", async () => {
    const big = join(scratch, "big2.csv");
    const header = readFileSync(BITBRAINS, "utf8").split("\n")[0];
    const rows = Array.from(
      { length: 180_000 },
      (_, i) => `${1_400_000_000 + i * 300};1;1;1;1;4194304;41943.04;0;0;0;0`,
    );
    writeFileSync(big, `${[header, ...rows].join("\n")}\n`);
    const { status, stderr } = await callBalloonSim([
      "import",
      big,
      "--memory",
      "4GiB",
      "-o",
      join(scratch, "big.json"),
    ]);
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: -o: the trace of this log is too long for a JSON document: give a file name that ends in .jsonl, for JSON lines\n",
    ]);
    expect(existsSync(join(scratch, "big.json"))).toBe(false);
  });
});
