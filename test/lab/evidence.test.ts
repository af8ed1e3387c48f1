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
  /** Lines of the log that are warnings or errors, each once. Older results have neither these nor alerts. */
  readonly warnings?: readonly string[];
  /** Alerts that fired, and when; null where the metrics were not scraped. */
  readonly alerts?: Readonly<Record<string, { readonly first_s: number; readonly last_s: number }>> | null;
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

/** What the log and the alerts said, by experiment. */
function saidOf(table: Table): string {
  const rows = Object.keys(table).flatMap((experiment) =>
    results
      .filter((one) => one.experiment === experiment && one.alerts !== undefined)
      .map(({ warnings = [], alerts }) => {
        const fired = Object.entries(alerts ?? {}).map(
          ([name, { first_s, last_s }]) => `${name} (${minutes(first_s)} to ${minutes(last_s)})`,
        );
        return tableRow([`\`${experiment}\``, shapesOf(warnings).join(" / ") || "–", fired.join(", ") || "none"]);
      }),
  );
  const head = ["experiment", "warnings in the log, in the order of their first", "alerts that fired"];
  return [tableRow(head), tableRow(head.map(() => "---")), ...rows].join("\n");
}

/** Minutes and seconds of a time in seconds, such as 2:15. */
const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Lines without their figures, each once. */
const shapesOf = (lines: readonly string[]): string[] => [
  ...new Set(lines.map((line) => line.replace(/\d[\d.]*(?:[KMG]iB|m?s|m|h)?(?![\w.])/g, "…"))),
];

test("docs/evidence.md has all recorded experiments", async () => {
  const page = readFileSync(join(ROOT, "docs/evidence.md"), "utf8");
  const parts = {
    machines: () => tableOf(MACHINES),
    experiments: () => tableOf(EXPERIMENTS),
    said: () => saidOf(EXPERIMENTS),
  };
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
