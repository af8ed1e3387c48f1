import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notesText } from "../../../src/sim/cli/triage/notes-text.ts";
import type { TriagedCase } from "../../../src/sim/output/triage/triage.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const cwd = scratchDirectory();
const summary = async (...args: string[]) =>
  (await callBalloonSim(["run", ...args, "--summary", "--sort", "stall_full"], { cwd })).stdout;

/** A trace of which the runs of some worlds have these notes. */
const caseOf = (index: number, worlds: readonly (readonly string[])[], caveat: string | null = null): TriagedCase =>
  ({ index, worlds: worlds.map((notes) => ({ notes, caveat })), warned: [] }) as unknown as TriagedCase;

test("the mark is explained by the condition that holds without --warn, or by --warn", async () => {
  expect(await summary("spike")).toContain("\n! meets stall_full > 1s, the default of --warn\n");
  expect(await summary("spike", "--warn", "stall_full > 2s")).toContain("\n! meets a condition of --warn\n");
  expect(await summary("steady")).not.toMatch(/^!/m);
});

test("the notes of shown rows are below them, the commonest first, with the row or the number of rows", () => {
  const cases = [
    caseOf(0, [["One."], ["One.", "Both."]]),
    caseOf(1, [["Both."], ["Both."]]),
    caseOf(2, [["Caveat."]], "Caveat."),
  ];
  expect(notesText(cases, ["a", "b\u001b", "c"])).toBe("\nNotes of these rows:\n  2 rows: Both.\n  a: One.\n");
  expect(notesText([caseOf(1, [["One."]])], ["a", "b\u001b"])).toBe("\nNotes of these rows:\n  b\\u{1b}: One.\n");
  expect(notesText([caseOf(2, [["Caveat."]], "Caveat.")], ["a", "b", "c"])).toBe("");
});

test("of many and long notes some are shown, shortened", () => {
  const lines = notesText([caseOf(0, [Array.from({ length: 9 }, (_, i) => `${i}${"x".repeat(500)}`)])], ["a"]).split(
    "\n",
  );
  expect(lines).toHaveLength(9);
  expect(lines[2]).toBe(`  a: 0${"x".repeat(158)}…`);
  expect(lines[7]).toBe("  and 4 more (--format json has all, in full)");
});

test("a trace or a host without a name in its file has that of the file in tables", async () => {
  for (const name of ["", " "]) {
    writeFileSync(join(cwd, "nameless.json"), documentText({ name, duration: "10s", guest: { memory: "256MiB" } }));
    expect(await summary("nameless.json", "steady")).toMatch(/^nameless +0 /m);
    const vms = [{ name: "a", trace: "nameless.json" }];
    const host = { name, host: { memory: "1GiB" }, policy: { name: "none" }, vms };
    writeFileSync(join(cwd, "host.json"), JSON.stringify(host));
    expect((await callBalloonSim(["host", "host.json"], { cwd })).stdout).toMatch(/^host: no VM lost/);
  }
});
