import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { seeded, whole } from "../../support/generators/random.ts";
import { importFiles } from "../../support/in-process/import-log.ts";
import { scratchDirectory, startBalloonSim } from "../../support/processes/command.ts";

const KILLS = 30;
/** Recordings at the same time. */
const AT_ONCE = 4;

/** Records this machine until the file is so long, then kills the process some milliseconds later. */
async function killedRecording(path: string, bytes: number, delayMs: number): Promise<void> {
  const child = startBalloonSim(["record", "--every", "10ms", "-o", path]);
  while ((statSync(path, { throwIfNoEntry: false })?.size ?? -1) < bytes && child.exitCode === null) await sleep(2);
  await sleep(delayMs);
  child.kill("SIGKILL");
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
}

/** What an import has to make of a recording: as many samples as it has whole lines for. */
async function expectImported(path: string): Promise<"imported" | "too short"> {
  const text = readFileSync(path, "utf8");
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  for (const line of lines) JSON.parse(line);
  try {
    const { traces, remarks } = await importFiles([new InputFile(path)]);
    const [trace] = [...traces.values()] as [string];
    const rows = trace.trimEnd().split("\n").slice(1);
    const samples = rows.filter((row) => !row.includes('"event"') && !row.includes('"anon":null'));
    expect(samples).toHaveLength(lines.length - 1);
    expect(remarks.some((remark) => remark.includes("is incomplete"))).toBe(!text.endsWith("\n"));
    return "imported";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(lines.length).toBeLessThan(3);
    expect(error.message).toMatch(/is empty|no samples|one sample/);
    return "too short";
  }
}

test(`a recording that is killed ${KILLS} times is imported each time, up to its last whole line`, async () => {
  const directory = scratchDirectory();
  const random = seeded("kills");
  const kills = Array.from({ length: KILLS }, (_, i) => ({
    path: join(directory, `${i}.jsonl`),
    // From the moment the file is there, empty, to some fifty samples.
    bytes: i % 10 === 0 ? 0 : whole(random, 1, 16_384),
    delayMs: whole(random, 0, 12),
  }));
  const outcomes: string[] = [];
  const work = async (): Promise<void> => {
    for (let kill = kills.pop(); kill !== undefined; kill = kills.pop()) {
      await killedRecording(kill.path, kill.bytes, kill.delayMs);
      outcomes.push(await expectImported(kill.path));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(outcomes).toHaveLength(KILLS);
  // Those that were longer than a header and two samples, at least.
  expect(outcomes.filter((outcome) => outcome === "imported").length).toBeGreaterThan(KILLS / 2);
});
