import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Compiles the sources once before the tests: some of them run the commands as a user does. What does not compile is only
 * shown: `npm test` has built before, and stops there; whoever runs a single test has a reason.
 */
export default function setup(): void {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [tsc, "--build"], { cwd: root, encoding: "utf8" });
  if (status !== 0) process.stderr.write(`the sources do not compile:\n${stdout}`);
  else
    spawnSync(process.execPath, [fileURLToPath(new URL("../../../scripts/bundle.js", import.meta.url))], { cwd: root });
}
