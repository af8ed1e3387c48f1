import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STDOUT } from "../../../src/common/cli/output.ts";

/** What a function of a command prints to standard output. */
export async function printed(work: () => Promise<void>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "balloon-printed-"));
  const path = join(directory, "stdout");
  const fd = openSync(path, "w");
  Object.assign(STDOUT, { fd });
  try {
    await work();
    return readFileSync(path, "utf8");
  } finally {
    Object.assign(STDOUT, { fd: 1 });
    closeSync(fd);
    rmSync(directory, { recursive: true });
  }
}
