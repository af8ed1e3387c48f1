import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Before the tests: compiles the sources, because some tests run the commands as a user does, and creates a directory for
 * the temporary files of all tests. Errors of the compiler are only printed: `npm test` has built before, and a user who
 * runs a single test may work on other files.
 * @returns removes the temporary files, also those of tests that were skipped or killed
 */
export default function setup(): () => void {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [tsc, "--build"], { cwd: root, encoding: "utf8" });
  if (status !== 0) process.stderr.write(`the sources do not compile:\n${stdout}`);
  else
    spawnSync(process.execPath, [fileURLToPath(new URL("../../../scripts/bundle.js", import.meta.url))], { cwd: root });
  const temporary = mkdtempSync(join(tmpdir(), "balloon-tests-"));
  // As /tmp: some tests run the daemon as another user.
  chmodSync(temporary, 0o1777);
  process.env.TMPDIR = temporary;
  return () => rmSync(temporary, { recursive: true, force: true });
}
