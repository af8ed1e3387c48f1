import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { OutputFile } from "../../../src/common/files/output-file.ts";
import { RowsDocument } from "../../../src/sim/cli/jobs/rows-document.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

test.skipIf(!existsSync("/dev/full"))(
  "a document whose output is full opens no file of rows, which may be removed by then",
  async () => {
    const document = new RowsDocument(new OutputFile("/dev/full", "-o"), { head: "a\n", separator: "", tail: "" });
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    process.on("uncaughtException", note);
    try {
      await expect(document.addFile(join(scratchDirectory(), "removed"))).rejects.toThrow(
        "no space left on the device",
      );
      await sleep(100);
    } finally {
      process.off("uncaughtException", note);
    }
    expect(failures).toEqual([]);
  },
);
