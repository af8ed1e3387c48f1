// Changes every number in the engine's source by one, each alone, and reports the changes that the tests do not detect. Stryker,
// which `npm run mutation` runs, changes operators, conditions and statements, but no numbers.

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const copy = join(mkdtempSync(join(tmpdir(), "balloon-mutation-")), "repository");
const engine = join(copy, "src/engine/vmmemctl");

/** The numbers of a source file: their positions and texts. */
function numbersIn(name, text) {
  const found = [];
  const visit = (node) => {
    if (ts.isNumericLiteral(node)) found.push({ start: node.getStart(), end: node.end, number: node.getText() });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return found;
}

/** Timeout of the tests, in milliseconds: a change that causes an endless loop counts as detected. */
const PATIENCE_MS = 90_000;

function testsPass() {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", "vitest.mutation.config.ts", "--bail", "1"];
  return new Promise((resolve) => {
    // A process group of its own: the workers of an endless run must be killed with it.
    const run = spawn(process.execPath, args, { cwd: copy, stdio: "ignore", detached: true });
    const timer = setTimeout(() => process.kill(-run.pid, "SIGKILL"), PATIENCE_MS);
    run.on("close", (status) => {
      clearTimeout(timer);
      resolve(status === 0);
    });
  });
}

for (const part of ["src", "test", "docs", "package.json", "tsconfig.base.json", "vitest.mutation.config.ts"]) {
  cpSync(join(root, part), join(copy, part), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

let tried = 0;
const unnoticed = [];
try {
  if (!(await testsPass())) throw new Error("the tests fail as it is");
  for (const name of readdirSync(engine).filter((file) => file.endsWith(".ts"))) {
    const file = join(engine, name);
    const text = readFileSync(file, "utf8");
    for (const { start, end, number } of numbersIn(name, text)) {
      writeFileSync(file, `${text.slice(0, start)}(${number} + 1)${text.slice(end)}`);
      tried++;
      if (await testsPass()) {
        const line = text.slice(0, start).split("\n").length;
        unnoticed.push(`${name}:${line}: ${number} in ${text.split("\n")[line - 1].trim()}`);
        process.stderr.write(`\n${unnoticed.at(-1)}\n`);
      }
      process.stderr.write(`\r${name}: ${tried} numbers changed, ${unnoticed.length} not detected `);
    }
    writeFileSync(file, text);
  }
} finally {
  rmSync(join(copy, ".."), { recursive: true });
}
process.stderr.write("\n");
console.log([`${tried} numbers changed, ${unnoticed.length} not detected`, ...unnoticed].join("\n"));
process.exitCode = unnoticed.length === 0 ? 0 : 1;
