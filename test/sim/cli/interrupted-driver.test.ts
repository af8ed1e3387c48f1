import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { NO_SINK } from "../../../src/common/cli/text-sink.ts";
import { type Job, runJob } from "../../../src/sim/cli/jobs/job.ts";
import { createRequest, type RunOptions } from "../../../src/sim/cli/jobs/request.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

// Rows and curves look once a second at the guest of a driver that the host interrupts: its work cycles may be hours apart.

const directory = scratchDirectory();
const sim = (...args: string[]) => callBalloonSim(args, { cwd: directory });

function trace(name: string, duration: number, parts: object): string {
  const content = { format: "balloon-sim/trace", version: 1, duration, ...parts };
  writeFileSync(join(directory, name), JSON.stringify(content));
  return name;
}

/** A guest in which nothing happens but two changes of the target. */
const quiet = trace("quiet.json", 20_000, {
  guest: { memory: "1GiB", driver: "virtio-balloon" },
  host: {
    target: [
      [0, 0],
      [10, "20MiB"],
    ],
  },
});

/** A guest that swaps. */
const busy = trace("busy.json", 25, {
  guest: { memory: "1GiB", swap: "1GiB", driver: "virtio-balloon" },
  workloads: [{ name: "app", anon: "600MiB", touch: "100MiB/s", workingSet: "200MiB" }],
  host: {
    target: [
      [0, 0],
      [5.3, "500MiB"],
      [15, "100MiB"],
    ],
  },
});

/** How often a run lets others work: after each 2,048 events. */
async function slices(options: Partial<RunOptions>): Promise<number> {
  const request = createRequest([join(directory, quiet)], { every: "change", columns: "default", ...options });
  let count = 0;
  await runJob(request.jobs[0] as Job, NO_SINK, () => {
    count++;
  });
  return count;
}

describe("a run of such a driver", () => {
  it("is looked at for rows and curves, and not for a summary", async () => {
    expect(await slices({ summary: true })).toBe(0);
    expect(await slices({ every: "cycle" })).toBe(0);
    const rows = await slices({});
    expect(rows).toBeGreaterThanOrEqual(9);
    expect(await slices({ summary: true, plot: true })).toBe(rows);
    expect(await slices({ summary: true, output: "rows.csv" })).toBe(rows);
  });

  it("has the same summary whether it is looked at or not", async () => {
    const summary = async (...args: string[]) => (await sim("run", busy, "--summary", ...args)).stdout;
    const alone = await summary();
    expect(alone).toMatch(/^ +swap out +\d+ pages/m);
    expect(await summary("-o", "rows.csv")).toBe(alone);
    expect(await summary("--plot", "curves.svg")).toBe(alone);
    expect(await summary("--verify")).toBe(alone);
  });

  test.each(["change", "cycle", "3s"])(
    "has the same rows if it is suspended and resumed, with --every %s",
    async (every) => {
      const options = [busy, "--every", every, "--columns", "all"];
      const whole = (await sim("run", ...options)).stdout;
      const parts = [
        await sim("run", ...options, "--checkpoint", "one", "--at", "5.5"),
        await sim("run", "--resume", "one", "--checkpoint", "two", "--at", "12"),
        await sim("run", "--resume", "two"),
      ];
      expect(parts.map(({ status }) => status)).toEqual([0, 0, 0]);
      expect(parts.map(({ stdout }) => stdout).join("")).toBe(whole);
      await sim("run", ...options, "-o", "rows.csv", "--plot", "curves.svg");
      expect(readFileSync(join(directory, "rows.csv"), "utf8")).toBe(whole);
    },
  );
});
