import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { Log } from "../../../src/sim/import/log.ts";
import { withTarget } from "../../../src/sim/import/target.ts";
import { LinesWriter } from "../../../src/sim/import/write.ts";
import { logFiles } from "../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

it("both passes over a log report progress from beginning to end", async () => {
  const text = readFileSync(join(ROOT, "test/sim/import/fixtures/bitbrains/17.csv"), "utf8");
  const [header, ...rows] = text.trimEnd().split("\n");
  const more = Array.from({ length: 600 }, (_, i) =>
    rows.map((row) => row.replace(/^\d+/, (time) => String(Number(time) + i * 30_000))).join("\n"),
  );
  const files = logFiles(scratchDirectory(), [{ name: "17.csv", text: `${[header, ...more].join("\n")}\n` }]);
  const done: number[][] = [[], []];
  const log = await Log.survey(files, FORMATS, {}, async (part) => void done[0].push(part));
  const [trace] = log.plan(log.machines, withTarget({ target: "1GiB" }), "0");
  let isEmpty = true;
  const writer = new LinesWriter(trace.header, trace.shape, () => {
    isEmpty = false;
  });
  await log.write([{ ...trace, writer }], async (part) => void done[1].push(part));
  expect(isEmpty).toBe(false);
  for (const parts of done) {
    expect(parts.length).toBeGreaterThan(8);
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts[0]).toBeLessThan(0.1);
    expect(parts.at(-1)).toBeGreaterThan(0.8);
    expect(parts.at(-1)).toBeLessThanOrEqual(1);
  }
});
