import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";
import { duckdb } from "../../support/processes/duckdb.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(10);

const PAGE = join(ROOT, "docs/notebooks.md");
const page = readFileSync(PAGE, "utf8");

/** The blocks of a language in a text. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, body]) => body as string);

const scratch = scratchDirectory();
for (const line of (blocks(page, "console")[0] as string).split("\n")) {
  if (line.startsWith("$ ")) expect(shell(line.slice(2), scratch)).toMatchObject({ status: 0 });
}

const [head, ...questions] = page.split(/^(?=### \d)/m) as [string, ...string[]];

type Cell = string | number | boolean | null;

/** A table as the page shows it. Numbers have one spelling, whether they come as text or not, and as 1 or as 1.0. */
function tableText(rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) =>
    row.map((cell) =>
      cell !== null && cell !== "" && Number.isFinite(Number(cell)) ? String(Number(cell)) : String(cell),
    ),
  );
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] as number))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

const python = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, ["-c", "import pandas"], { encoding: "utf8" }).status === 0,
);

/** What the last expression of a notebook's cells is, as a table. */
function pandas(...cells: readonly string[]): string {
  const script = [
    "import ast, json, sys",
    "scope = {}",
    "for cell in json.load(sys.stdin):",
    "    *body, last = ast.parse(cell).body",
    "    is_value = isinstance(last, ast.Expr)",
    "    exec(compile(ast.Module(body if is_value else [*body, last], []), 'cell', 'exec'), scope)",
    "    if is_value: value = eval(compile(ast.Expression(last.value), 'cell', 'eval'), scope)",
    "print(json.dumps([list(value.columns), *json.loads(value.to_json(orient='values', double_precision=15))]))",
  ].join("\n");
  const { stdout, stderr, status } = spawnSync(python as string, ["-c", script], {
    cwd: scratch,
    input: JSON.stringify(cells),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return tableText(JSON.parse(stdout) as Cell[][]);
}

test("the page has ten questions, each with an answer in SQL and in pandas", () => {
  expect(
    questions.map((text) =>
      [blocks(text, "sql"), blocks(text, "python"), blocks(text, "text")].map((all) => all.length),
    ),
  ).toEqual(Array.from({ length: 10 }, () => [1, 1, 1]));
});

describe.skipIf(duckdb === null)("DuckDB (needs its package for this platform)", () => {
  test("gives the answers of the page", async () => {
    const answered: string[] = [];
    for (const text of questions) {
      const { names, rows } = await (duckdb as NonNullable<typeof duckdb>)(blocks(text, "sql")[0] as string, scratch);
      const answer = tableText([names, ...(rows as Cell[][])]);
      expect(answer.split("\n").length, text).toBeGreaterThan(2);
      answered.push(text.replace(/^```text\n[\s\S]*?^```$/m, `\`\`\`text\n${answer}\`\`\``));
    }
    await expect([head, ...answered].join("")).toMatchFileSnapshot(PAGE);
  });

  test("reads units out of the metadata, as the page says", async () => {
    const sql = blocks(head, "sql")[0] as string;
    const { rows } = await (duckdb as NonNullable<typeof duckdb>)(sql, scratch);
    expect(rows).toContainEqual(["alloc-max", "pages/cycle"]);
    expect(rows).toContainEqual(["time_to_target", "s"]);
    expect(rows).toContainEqual(["trace", null]);
  });
});

describe.skipIf(python === undefined)("pandas (needs python3-pandas)", () => {
  const setup = blocks(head, "python")[0] as string;
  test.each(questions.map((text) => [text.split("\n", 1)[0] as string, text] as const))("%s", (_, text) => {
    const shown = blocks(readFileSync(PAGE, "utf8"), "text")[questions.indexOf(text)];
    expect(pandas(setup, blocks(text, "python")[0] as string)).toBe(shown);
  });
});
