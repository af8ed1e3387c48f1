import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const RECORDINGS = join(ROOT, "test/sim/record/recordings");

/** Options that the recordings were imported with. */
const TRACES: readonly (readonly [name: string, options: readonly string[]])[] = [
  ["anonymous-waves", []],
  ["page-cache", ["--file-read", "550MiB/s"]],
  ["kernel-build", ["--file-read", "50MiB/s"]],
];

// Where the import has become another, vitest -u writes the bundled traces anew.
test.each(TRACES)("recorded/%s is what becomes of its recording", async (name, options) => {
  const scratch = scratchDirectory();
  const imported = join(scratch, "imported.jsonl");
  const finished = join(scratch, "finished.jsonl");
  const recording = join(RECORDINGS, `${name}.jsonl`);
  expect((await callBalloonSim(["import", recording, "-o", imported, "--target", "18GiB", ...options])).status).toBe(0);
  const story = join(RECORDINGS, `${name}.story.json`);
  const finish = `"${process.execPath}" scripts/finish-recording.mjs "${imported}" "${finished}" "${story}"`;
  expect(shell(finish)).toEqual({ status: 0, stdout: "", stderr: "" });
  const text = readFileSync(finished, "utf8");
  expect((await callBalloonSim(["validate", finished])).stdout).toBe(`${finished}: ok\n`);
  await expect(text).toMatchFileSnapshot(join(ROOT, `traces/recorded/${name}.jsonl`));
});
