import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { ParquetTable } from "../../../src/sim/cli/parquet-table.ts";
import type { RecordColumn } from "../../../src/sim/cli/record-table.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { type CommandResult, scratchDirectory, shell } from "../../support/processes/command.ts";
import { duckdb } from "../../support/processes/duckdb.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(3);

const scratch = scratchDirectory();
const run = (...args: string[]): Promise<CommandResult> => callBalloonSim(args, { cwd: scratch });

const SWEEP = ["sweep", "spike", "no-swap-oom", "--until", "70s", "--set", "alloc-max=1024,2048"];
const RUN = ["run", "spike", "no-swap-oom", "--until", "70s"];

/** The same result as CSV and as Parquet, in files. */
const cases: readonly (readonly [string, readonly string[], "file" | "stdout"])[] = [
  ["rows", RUN, "file"],
  ["rows of one trace", ["run", "spike", "--until", "70s", "--columns", "all"], "file"],
  ["rows of worlds", [...RUN, "--worlds", "2", "--every", "10s"], "file"],
  ["sweep", SWEEP, "file"],
  ["sweep of a target", [...SWEEP, "--target", "30%", "--worlds", "2"], "file"],
  ["summaries", [...RUN, "--summary"], "stdout"],
  ["summaries of worlds", [...RUN, "--summary", "--worlds", "2"], "stdout"],
];

const path = (name: string, extension: string): string => join(scratch, `${name.replaceAll(" ", "-")}.${extension}`);

/** Makes both files. */
async function make(name: string, command: readonly string[], output: "file" | "stdout"): Promise<void> {
  for (const format of ["csv", "parquet"]) {
    const args = [...command, "--format", format];
    const file = path(name, format);
    const { status } =
      output === "file"
        ? await run(...args, "-o", file)
        : shell(`balloon-sim ${args.join(" ")} --workers 2 > ${file}`, scratch);
    expect(status).toBe(0);
  }
}

/** A value as CSV has it. */
const csvText = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

describe.each(cases)("%s as Parquet", (name, command, output) => {
  const files = { csv: path(name, "csv"), parquet: path(name, "parquet") };
  let names: string[];
  let records: string[][];
  beforeAll(async () => {
    await make(name, command, output);
    [names, ...records] = parse(readFileSync(files.csv, "utf8")) as [string[], ...string[][]];
  });

  test.skipIf(duckdb === null)(
    "has the values of the CSV, to DuckDB (needs its package for this platform)",
    async () => {
      const { names: columns, rows } = await (duckdb as NonNullable<typeof duckdb>)(`FROM '${files.parquet}'`, scratch);
      expect(columns).toEqual(names);
      expect(rows.map((row) => row.map(csvText))).toEqual(
        // Seconds have six decimals in CSV.
        records.map((record) => record.map((field) => (/^\d+\.\d+$/.test(field) ? String(Number(field)) : field))),
      );
    },
  );

  test("has the values of the CSV, to hyparquet", async () => {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(files.parquet) });
    expect(rows.map((row) => names.map((column) => csvText(row[column])))).toEqual(
      records.map((record) => record.map((field) => (/^\d+\.\d+$/.test(field) ? String(Number(field)) : field))),
    );
  });

  test("has a type for each column, and says its unit and its meaning", async () => {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(files.parquet));
    const { columns } = JSON.parse(metadata.key_value_metadata?.find(({ key }) => key === "balloon-sim")?.value ?? "");
    expect(columns.map((column: RecordColumn) => column.name)).toEqual(names);
    for (const { meaning, unit } of columns as RecordColumn[]) {
      expect(meaning).not.toBe("");
      expect(unit === null || unit.length > 0).toBe(true);
    }
    const types = new Map(metadata.schema.slice(1).map((element) => [element.name, element.type]));
    const text = new Set(["trace", "name", "driver", "what_if", "seed", "error"]);
    for (const column of columns as RecordColumn[]) {
      const wanted = { whole: "INT64", number: "DOUBLE", text: "BYTE_ARRAY", "yes/no": "BOOLEAN" }[column.type];
      expect([column.name, types.get(column.name)]).toEqual([column.name, wanted]);
      expect(column.type === "text").toBe(text.has(column.name));
      if (column.type === "text") continue;
      // The rule of docs/notebooks.md.
      const isDouble = name.startsWith("sweep")
        ? !["trial", "world", "alloc-max"].includes(column.name)
        : /(_s|_share)$|^objective_/.test(column.name);
      const type = isDouble ? "DOUBLE" : column.name === "loaded" ? "BOOLEAN" : "INT64";
      expect([column.name, wanted]).toEqual([column.name, type]);
    }
    expect(metadata.created_by).toMatch(/^balloon-sim version \d/);
  });

  test("is the same bytes made in shards", async () => {
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const part = `${name.replaceAll(" ", "-")}-part-${shard[0]}`;
      expect((await run(...command, "--format", "parquet", "--shard", shard, "-o", part)).status).toBe(0);
    }
    const parts = [1, 2, 3].map((number) => `${name.replaceAll(" ", "-")}-part-${number}`);
    expect((await run("merge", ...parts, "-o", "merged.parquet")).status).toBe(0);
    expect(readFileSync(join(scratch, "merged.parquet")).equals(readFileSync(files.parquet))).toBe(true);
  });
});

test("each trace may have a file of its own", async () => {
  expect((await run(...RUN, "--format", "parquet", "-o", "own/")).status).toBe(0);
  expect(readdirSync(join(scratch, "own")).sort()).toEqual(["no-swap-oom.parquet", "spike.parquet"]);
  const file = await asyncBufferFromFile(join(scratch, "own/spike.parquet"));
  const rows = await parquetReadObjects({ file });
  expect(Object.keys(rows[0] ?? {})).not.toContain("trace");
  expect(rows.length).toBe((await run("run", "spike", "--until", "70s")).stdout.trimEnd().split("\n").length - 1);
});

describe("Parquet goes to anything but a terminal", () => {
  test.each([[RUN], [SWEEP], [[...RUN, "--summary"]]])("%s", async (command) => {
    const hasOutput = !command.includes("--summary");
    const file = (name: string) => readFileSync(path(name, "parquet"));
    const made = (line: string) => expect(shell(line, scratch)).toMatchObject({ status: 0, stdout: "" });
    const parquet = `balloon-sim ${command.join(" ")} --format parquet --workers 1`;
    made(`${parquet} > ${path("redirected", "parquet")}`);
    expect(file("redirected").subarray(-4).toString("latin1")).toBe("PAR1");
    made(`${parquet} | cat > ${path("piped", "parquet")}`);
    made(`balloon-sim merge ${await shardOf(command)} > ${path("merged", "parquet")}`);
    const same = ["piped", "merged"];
    if (hasOutput) {
      made(`${parquet} -o - > ${path("dash", "parquet")}`);
      made(`${parquet} -o ${path("named", "parquet")}`);
      same.push("dash", "named");
    }
    for (const name of same) expect(file(name).equals(file("redirected")), name).toBe(true);
  });

  /** The only part of a result. */
  async function shardOf(command: readonly string[]): Promise<string> {
    expect((await run(...command, "--format", "parquet", "--shard", "1/1", "-o", "whole-part")).status).toBe(0);
    return "whole-part";
  }

  test.skipIf(!existsSync("/usr/bin/script"))("not to a terminal (needs script of util-linux)", () => {
    const command = "run steady --until 1s";
    const sweep = "sweep steady --until 1s --set alloc-max=1024,2048";
    for (const line of [command, `${command} -o -`, `${command} --summary`, sweep, `${sweep} -o -`]) {
      const { stdout } = shell(
        `script -qec "${process.execPath} $BIN ${line} --format parquet" /dev/null`.replace(
          "$BIN",
          join(import.meta.dirname, "../../../bin/balloon-sim.js"),
        ),
        scratch,
      );
      expect(stdout).toBe(
        "balloon-sim: --format parquet: standard output is a terminal, which can't show binary data: redirect it to a file\r\n",
      );
    }
  });

  test("and not into a run that is continued", async () => {
    const { status, stderr } = await run(
      ...["run", "spike", "--format", "parquet", "--checkpoint", "c", "--at", "5", "-o", "x"],
    );
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: --checkpoint: can't be combined with --format parquet: a Parquet file can't be continued\n",
    ]);
  });

  test("nothing is left of a file whose run failed", async () => {
    writeFileSync(join(scratch, "bad.json"), '{"format": 7}');
    expect((await run("run", "bad.json", "--format", "parquet", "-o", "bad.parquet")).status).toBe(2);
    expect(existsSync(join(scratch, "bad.parquet"))).toBe(false);
  });
});

describe("a table in Parquet", () => {
  const columns: readonly RecordColumn[] = [
    { name: "n", type: "whole", unit: "pages", meaning: "A number" },
    { name: "x", type: "number", unit: "s", meaning: "Another one" },
    { name: "t", type: "text", unit: "", meaning: "A text" },
    { name: "b", type: "yes/no", unit: "", meaning: "Whether" },
  ];

  /** @param every records between two looks at what has gathered */
  async function write(name: string, records: number, every: number): Promise<{ file: string; most: number }> {
    const file = join(scratch, name);
    const fd = openSync(file, "w");
    let most = 0;
    const table = await ParquetTable.create(columns, { fd, name });
    for (let i = 0; i < records; i++) {
      table.add([i, i / 7, `text ${i}`, i % 2 === 0]);
      if (i % every !== 0 || !table.isFull) continue;
      const before = statSync(file).size;
      await table.flush();
      most = Math.max(most, statSync(file).size - before);
    }
    await table.end();
    closeSync(fd);
    return { file, most };
  }

  test("passes row groups on as they fill, and they depend on the records only", async () => {
    const often = await write("often", 200_000, 1);
    const seldom = await write("seldom", 200_000, 4096);
    expect(readFileSync(often.file).equals(readFileSync(seldom.file))).toBe(true);
    // Four row groups: no more than one of them is held.
    expect(often.most).toBeLessThan(statSync(often.file).size / 2);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(often.file));
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([65_536, 65_536, 65_536, 3392]);
  });

  test("is a table without any records", async () => {
    const { file } = await write("none", 0, 1);
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(file) })).toEqual([]);
  });

  test("has null where CSV has nothing", async () => {
    const file = join(scratch, "nulls");
    const fd = openSync(file, "w");
    const table = await ParquetTable.create(columns, { fd, name: "nulls" });
    table.add(["", null, undefined, null]);
    table.add([2 ** 52, -0.5, "'=1+1\u0007", false]);
    await table.end();
    closeSync(fd);
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(file) })).toEqual([
      { n: null, x: null, t: null, b: null },
      { n: 2n ** 52n, x: -0.5, t: "'=1+1\u0007", b: false },
    ]);
  });
});
