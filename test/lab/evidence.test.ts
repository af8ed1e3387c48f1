/** What `lab/evidence/run.mjs` saw in VMs, and the page on it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tableRow, withParts } from "../support/pages/generated.ts";
import { ROOT } from "../support/processes/command.ts";

interface Result {
  readonly experiment: string;
  readonly does: string;
  readonly kernel: string;
  readonly good: boolean;
  readonly checks: Readonly<Record<string, boolean>>;
  readonly host: Readonly<Record<"locked" | "target" | "violations" | "commands", number>>;
}

const RESULTS = join(ROOT, "lab/evidence/results");
const results = readdirSync(RESULTS)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(RESULTS, name), "utf8")) as Result);

// Scripts have no declarations.
type Table = Readonly<Record<string, { readonly does: string }>>;
const { EXPERIMENTS } = (await import(join(ROOT, "lab/evidence/table.mjs"))) as { EXPERIMENTS: Table };
const { MACHINES } = (await import(join(ROOT, "lab/evidence/machines.mjs"))) as { MACHINES: Table };

/** A name of a check as words: `activeAfterBoot` is "active after boot". */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The rows of the experiments of a table, in its order. */
function tableOf(table: Table): string {
  const rows = Object.keys(table).flatMap((experiment) =>
    results
      .filter((one) => one.experiment === experiment)
      .map(({ does, kernel, checks, host }) => {
        const failed = Object.entries(checks).filter(([, holds]) => !holds);
        const held = Object.keys(checks).filter((name) => checks[name]);
        const seen = [...held.map(words), ...failed.map(([name]) => `**not ${words(name)}**`)].join(", ");
        const book = `${host.locked} of ${host.target} pages, ${host.commands} commands`;
        return tableRow([`\`${experiment}\``, does, kernel, seen, book, String(host.violations)]);
      }),
  );
  const head = [
    "experiment",
    "what was done",
    "Linux",
    "what was true then",
    "the host's book at the end",
    "violations",
  ];
  return [tableRow(head), tableRow(head.map((_, i) => (i === 5 ? "---:" : "---"))), ...rows].join("\n");
}

test("docs/evidence.md has all recorded experiments", async () => {
  const page = readFileSync(join(ROOT, "docs/evidence.md"), "utf8");
  const parts = { machines: () => tableOf(MACHINES), experiments: () => tableOf(EXPERIMENTS) };
  await expect(withParts(page, parts)).toMatchFileSnapshot("../../docs/evidence.md");
});

describe("recorded experiments", () => {
  test.each(results)("$experiment was good by its checks and without a violation", ({ good, checks, host }) => {
    expect({ checks, violations: host.violations }).toEqual({
      checks: Object.fromEntries(Object.keys(checks).map((name) => [name, true])),
      violations: 0,
    });
    expect(good).toBe(true);
  });

  test.each(results)("$experiment is still what the table says that it is", ({ experiment, does }) => {
    expect({ ...MACHINES, ...EXPERIMENTS }[experiment]?.does).toBe(does);
  });
});
