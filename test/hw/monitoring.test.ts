import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/processes/command.ts";

const MONITORING = join(ROOT, "packaging/monitoring");
const text = (name: string): string => readFileSync(join(MONITORING, name), "utf8");

/** A daemon's metrics on record: those that it answers, and those of `metrics-file`. */
const ON_RECORD = ["metrics.txt", "metrics-file.txt"].map((name) =>
  readFileSync(join(ROOT, "test/hw/metrics/golden", name), "utf8"),
);

/** The series of these metrics, without their labels. */
const METRICS: ReadonlySet<string> = new Set(
  ON_RECORD.flatMap((text) => text.split("\n"))
    .filter((line) => !line.startsWith("#"))
    .map((line) => /^\w+/.exec(line)?.[0] ?? ""),
);

/** The label values of a metric on record. */
const labelsOf = (metric: string, label: string): string[] =>
  [...(ON_RECORD[0] as string).matchAll(new RegExp(`^${metric}\\{[^}]*${label}="(\\w+)"`, "gm"))].map(
    ([, value]) => value as string,
  );

/** Names of metrics in an expression. */
const metricsIn = (expression: string): string[] => expression.match(/\b(?:balloon|process)_\w+\b/g) ?? [];

const ALERTS = [...text("alerts.yml").matchAll(/alert: (\w+)\n +expr: (.+)/g)].map(
  ([, name, expression]) => [name as string, expression as string] as const,
);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(text("dashboard.json")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
};

describe("the alert rules", () => {
  test.each(ALERTS)("%s names metrics that there are", (name, expression) => {
    const named = metricsIn(expression);
    for (const metric of named) expect(METRICS).toContain(metric);
    expect(named.length > 0 || name === "BalloonDown").toBe(true);
  });

  test("have a test each", () => {
    expect(ALERTS.length).toBeGreaterThan(0);
    const tested = new Set([...text("alerts.test.yml").matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
    expect([...tested].sort()).toEqual(ALERTS.map(([name]) => name).sort());
  });

  test("name orders and states that there are", () => {
    expect(labelsOf("balloon_control", "mode")).toEqual(expect.arrayContaining(["limit", "freeze", "drain"]));
    expect(labelsOf("balloon_give_way", "phase")).toContain("giving");
  });

  const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;
  test.skipIf(!hasPromtool)(`do what they should${hasPromtool ? "" : " (skipped: there is no promtool)"}`, () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", "alerts.test.yml"], {
      cwd: MONITORING,
      encoding: "utf8",
    });
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });
});

describe("the dashboard", () => {
  test.each(dashboard.panels.map((panel) => [panel.title, panel] as const))(
    "%s names metrics that there are",
    (_, { targets }) => {
      for (const { expr } of targets) {
        const named = metricsIn(expr);
        expect(named.length).toBeGreaterThan(0);
        for (const metric of named) expect(METRICS).toContain(metric);
        // Each is that of the chosen machines.
        expect(expr).toContain('instance=~"$instance"');
      }
    },
  );

  test("chooses machines by a metric that there is", () => {
    const named = metricsIn(JSON.stringify(dashboard.templating.list));
    expect(named).toEqual(["balloon_info"]);
    expect(METRICS).toContain("balloon_info");
  });
});
