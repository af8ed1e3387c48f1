import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { environment, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

const NOTEBOOK = "docs/fleet.ipynb";

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly ename?: string;
  readonly evalue?: string;
}

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: string | readonly string[];
  execution_count?: number | null;
  metadata: object;
  outputs?: readonly Output[];
}

interface Notebook {
  readonly cells: readonly Cell[];
}

const joined = (text: string | readonly string[] = ""): string => (typeof text === "string" ? text : text.join(""));

/** What is missing to execute notebooks: apt-get install python3-pandas jupyter-nbconvert python3-ipykernel. */
const missing = ["pandas", "nbconvert", "ipykernel"].filter(
  (name) => spawnSync("/usr/bin/python3", ["-c", `import ${name}`]).status !== 0,
);

/** The notebook after its execution, without what differs from run to run, as the file has it. */
function executed(text: string, directory: string): string {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  const command = join(ROOT, "bin/balloon-sim.js");
  writeFileSync(join(bin, "balloon-sim"), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`, { mode: 0o755 });
  writeFileSync(join(directory, "in.ipynb"), text);
  const args = ["-m", "nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb"];
  const { status, stderr } = spawnSync("/usr/bin/python3", args, {
    cwd: directory,
    env: { ...environment(), PATH: `${bin}:${process.env.PATH}` },
    encoding: "utf8",
  });
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  const notebook = JSON.parse(readFileSync(join(directory, "out.ipynb"), "utf8")) as Notebook;
  const own = JSON.parse(text) as Notebook;
  const cells = own.cells.map((cell, i) => {
    if (cell.cell_type !== "code") return cell;
    const outputs = (notebook.cells[i]?.outputs ?? []).map(({ name, text: printed }) => ({
      name,
      output_type: "stream",
      text: joined(printed).split(/(?<=\n)/),
    }));
    return { ...cell, outputs };
  });
  return `${JSON.stringify({ ...own, cells }, null, 1)}\n`;
}

describe(`the notebook ${NOTEBOOK}`, () => {
  const text = readFileSync(join(ROOT, NOTEBOOK), "utf8");
  const why = missing.length === 0 ? "" : ` (skipped: there is no ${missing.join(", ")} for /usr/bin/python3)`;

  test.skipIf(missing.length > 0)(`prints what it shows${why}`, slow(60), async () => {
    await expect(executed(text, scratchDirectory())).toMatchFileSnapshot(`../../../${NOTEBOOK}`);
  });

  test("has an output for each question, and no error", () => {
    const { cells } = JSON.parse(text) as Notebook;
    const code = cells.filter(({ cell_type }) => cell_type === "code");
    const asking = code.filter(({ source }) => joined(source).includes("\nshow("));
    expect(asking.length).toBeGreaterThan(3);
    for (const { outputs = [] } of asking) {
      expect(outputs.map(({ output_type, name }) => [output_type, name])).toEqual([["stream", "stdout"]]);
    }
  });
});
