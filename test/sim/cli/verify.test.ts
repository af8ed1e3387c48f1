import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { runToFile } from "../../../src/sim/cli/jobs/execute.ts";
import type { Job } from "../../../src/sim/cli/jobs/job.ts";
import { ComparingSink, verifyJob } from "../../../src/sim/cli/jobs/verify.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const JOB: Job = {
  trace: join(ROOT, "test/sim/cli/traces/small.json"),
  traceColumn: "trace",
  driver: "vmmemctl",
  driverBy: "--driver",
  rates: DEFAULT_RATES,
  seed: null,
  world: 1,
  whatIf: AS_IT_IS,
  rows: {
    columns: ["time_s", "size", "refused"],
    format: "csv",
    choice: "change",
    sampleUs: null,
    placement: { isNamed: false, world: null, last: true },
  },
  wantsSummary: true,
  wantsChanges: true,
  wantsPlot: false,
  state: null,
  suspendAtUs: null,
};

let files = 0;
function fileWith(text: string): string {
  const path = join(scratch, `rows-${files++}`);
  writeFileSync(path, text);
  return path;
}

/** What is said when the first run wrote `first`, and the second one writes `pieces`. */
async function difference(first: string, pieces: readonly string[]): Promise<string | null> {
  const sink = new ComparingSink(fileWith(first), "spike");
  try {
    for (const piece of pieces) {
      sink.write(piece);
      await sink.flush();
    }
    sink.end();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(RunError);
    return (error as Error).message;
  }
}

test("equal rows are equal in any pieces", async () => {
  expect(await difference("a\nb\nc\n", ["a\nb\nc\n"])).toBeNull();
  expect(await difference("a\nb\nc\n", ["a", "\nb", "\n", "c\n"])).toBeNull();
});

const says = (line: number, first: string, second: string) =>
  `spike: the second run of the same trace has different rows; first difference in line ${line}: "${first}", then "${second}"`;

test.each([
  ["in a piece", "a,1\nb,2\nc,3\n", ["a,1\nb,9\nc,3\n"], says(2, "b,2", "b,9")],
  ["over two pieces", "a,1\nb,20\n", ["a,1\nb,", "21\n"], says(2, "b,20", "b,21")],
  ["in the first line", "a\n", ["b\n"], says(1, "a", "b")],
  ["because the second is shorter", "a\nb\n", ["a\n"], says(2, "b", "")],
  ["because the second is longer", "a\n", ["a\nb\n"], says(2, "", "b")],
  ["behind a line without an end", "a\nb", ["a\nbc"], says(2, "b", "bc")],
])("rows that differ %s are shown with the number of their line", async (_, first, pieces, message) => {
  expect(await difference(first, pieces)).toBe(message);
});

test("a difference far into a long output is found", async () => {
  const lines = Array.from({ length: 50_000 }, (_, i) => `${i},some,more,columns`);
  const first = `${lines.join("\n")}\n`;
  expect(await difference(first, [first.replace("\n40000,some", "\n40000,same")])).toBe(
    says(40_001, "40000,some,more,columns", "40000,same,more,columns"),
  );
});

test("a run is compared with another run: rows, randomness and summary", async () => {
  const path = join(scratch, "first-run");
  const first = await runToFile(JOB, path, true, () => {});
  const verify = (job: Job, result = first) => verifyJob(job, path, result, () => {});
  await expect(verify(JOB)).resolves.toBeUndefined();
  await expect(verify({ ...JOB, seed: "another" })).rejects.toThrow(
    /has different rows; first difference in line \d+: /,
  );
  await expect(verify(JOB, { ...first, finalDraw: "0.5" })).rejects.toThrow(/drew different random numbers/);
  await expect(verify(JOB, { ...first, summary: null })).rejects.toThrow(/a different summary/);
});
