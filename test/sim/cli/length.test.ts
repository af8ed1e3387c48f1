import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MadeRun } from "../../../src/sim/cli/jobs/execute.ts";
import type { RowCount } from "../../../src/sim/cli/jobs/job.ts";
import { rowsHint } from "../../../src/sim/cli/rows-hint.ts";
import { idleRemark } from "../../../src/sim/cli/tune/idle-notice.ts";
import { TimeNotice } from "../../../src/sim/cli/tune/time-notice.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

describe("a hint where a run writes very many rows", () => {
  const made = (rows: RowCount, choice = "change"): MadeRun =>
    ({ job: { traceColumn: "m\u001b.jsonl", rows: { choice } }, result: { rows } }) as unknown as MadeRun;
  const sampled = (count: number, samples: number): RowCount => ({ count, samples, sampleUs: 300_000_000 });

  test("says how many rows, of how many samples, and what writes fewer", () => {
    expect(rowsHint([made(sampled(2_500_000, 8262))])).toBe(
      "m\\u{1b}.jsonl: 2500000 rows from 8262 samples, one for every change: --every 5m writes one every 5m",
    );
    expect(rowsHint([made(sampled(100_001, 5000))])).not.toBeNull();
    expect(rowsHint([made({ count: 100_001, samples: null, sampleUs: null })])).toBe(
      "m\\u{1b}.jsonl: 100001 rows, one for every change: --every 1m writes one every 1m",
    );
  });

  test("is one line for many runs, about those that are concerned", () => {
    const runs = [made(sampled(50, 3)), made(sampled(200_000, 1000)), made(sampled(300_000, 1000))];
    expect(rowsHint(runs)).toContain("200000 rows from 1000 samples (and 1 more run like it), one for");
  });

  test("is not given for few rows, for a row a sample, or where --every asked for them", () => {
    expect(rowsHint([made(sampled(100_000, 10))])).toBeNull();
    expect(rowsHint([made(sampled(200_000, 10_000))])).toBeNull();
    expect(rowsHint([made(sampled(200_001, 10_000))])).not.toBeNull();
    expect(rowsHint([made(sampled(2_500_000, 8262), "cycle")])).toBeNull();
    expect(rowsHint([made(sampled(2_500_000, 8262), "sample")])).toBeNull();
    expect(rowsHint([])).toBeNull();
  });

  test("comes after the run, on standard error", async () => {
    const scratch = scratchDirectory();
    const trace = {
      format: "balloon-sim/trace",
      version: 1,
      name: "day",
      description: "",
      origin: { kind: "imported", note: "made for this test", sampleSeconds: 300 },
      duration: 105_000,
      guest: { memory: "1GiB" },
      workloads: [{ name: "a", anon: "100MiB" }],
      host: {
        target: {
          points: [
            [0, 0],
            [3600, "400MiB"],
          ],
          hold: "linear",
          repeat: 3600,
        },
      },
    };
    writeFileSync(join(scratch, "day.json"), JSON.stringify(trace));
    const rows = async (...args: string[]) =>
      await callBalloonSim(["run", "day.json", "-o", "rows.csv", ...args], { cwd: scratch });
    const { status, stdout, stderr } = await rows();
    expect([status, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(
      /^balloon-sim: day\.json: 1\d{5} rows from 350 samples, one for every change: --every 5m writes one every 5m\n$/,
    );
    expect((await rows("--every", "5m")).stderr).toBe("");
  });
});

describe("a notice of how long a search takes", () => {
  /** What is said of a search whose trials take so long each. */
  function said(trialMs: number, search: { readonly trials: number; readonly workers: number }, from = 0): string[] {
    const lines: string[] = [];
    // The start of the program is no part of a trial.
    let nowMs = 1e9;
    const notice = new TimeNotice(
      { trials: search.trials, workers: () => search.workers },
      (line) => lines.push(line),
      () => nowMs,
    );
    for (let trial = from; trial <= search.trials; trial++) {
      notice.onTrial(trial);
      nowMs += trialMs;
    }
    return lines;
  }

  test("is given once, in days, hours or minutes", () => {
    expect(said(32_400, { trials: 1000, workers: 2 })).toEqual([
      "about 9 h for 1000 trials on 2 workers: --trials or --for limit it",
    ]);
    expect(said(700, { trials: 1000, workers: 1 })).toEqual([
      "about 12 min for 1000 trials on 1 worker: --trials or --for limit it",
    ]);
    expect(said(600_000, { trials: 1000, workers: 2 })[0]).toContain("about 7 days for");
  });

  test("counts the trials that are still to come of a study that goes on", () => {
    expect(said(32_400, { trials: 1000, workers: 2 }, 501)).toEqual([
      "about 4 h for 499 trials on 2 workers: --trials or --for limit it",
    ]);
  });

  test("is not given of a short search, nor before each worker has had time for two trials", () => {
    expect(said(599, { trials: 1000, workers: 2 })).toEqual([]);
    expect(said(3_600_000, { trials: 15, workers: 8 })).toEqual([]);
    expect(said(3_600_000, { trials: 16, workers: 8 })).not.toEqual([]);
  });
});

describe("a remark about idle workers", () => {
  test("names the pending runs, and the --ahead that keeps the workers busy", () => {
    expect(idleRemark({ batches: 1, runs: 32 }, 64)).toBe(
      "at most 32 runs are pending for 64 workers, and many workers are idle: " +
        "a new study with --ahead 8 keeps them busy (docs/samplers.md)",
    );
    expect(idleRemark({ batches: 2, runs: 512 }, 200)).toContain("--ahead 4 keeps");
  });

  test("is not given if each worker has four pending runs", () => {
    expect(idleRemark({ batches: 1, runs: 32 }, 8)).toBeNull();
    expect(idleRemark({ batches: 8, runs: 256 }, 64)).toBeNull();
    expect(idleRemark({ batches: 1, runs: 32 }, 0)).toBeNull();
  });

  test("is printed by tune after its first batch", async () => {
    const args = ["tune", "ramp", "--until", "20s", "--minimize", "stall_full", "--minimize", "deficit_60s", "-q"];
    const { stderr } = await callBalloonSim([...args, "--trials", "40", "--judge-worlds", "1", "--workers", "12"]);
    expect(stderr).toContain("at most 32 runs are pending for 12 workers");
  });
});
