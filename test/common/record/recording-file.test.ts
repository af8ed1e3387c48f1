import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RECORDING_FORMAT } from "../../../src/common/record/recording.ts";
import { RecordingFile } from "../../../src/common/record/recording-file.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const HEADER = `{"format":"${RECORDING_FORMAT}","version":1}`;

/** What is in a recording after another one has been written behind it. */
function continued(before: string): string {
  const path = join(scratchDirectory(), "a.jsonl");
  writeFileSync(path, before);
  const file = new RecordingFile(path);
  file.write("next\n");
  file.close();
  return readFileSync(path, "utf8");
}

test("a continued recording ends a line that was cut short before it writes the next one", () => {
  expect(continued(`${HEADER}\n{"t":12`)).toBe(`${HEADER}\n{"t":12\nnext\n`);
});

test("a continued recording adds no empty line behind a whole one", () => {
  expect(continued(`${HEADER}\n{"t":12}\n`)).toBe(`${HEADER}\n{"t":12}\nnext\n`);
});
