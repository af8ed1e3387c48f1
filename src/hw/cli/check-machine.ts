import { print } from "../../common/cli/output.ts";
import type { CheckOptions } from "./commands/check.ts";
import { findings, missingFailure, surroundings } from "./surroundings.ts";

/** Does what `balloon-hw check` says. */
export function check({ pin, ioPermission, emulate }: CheckOptions): void {
  const at = surroundings({ pin, ioPermission, force: false }, emulate !== true);
  let exitCode = 0;
  for (const [prerequisite, finding] of findings(at)) {
    print(`${finding.state.padEnd(8)} ${prerequisite.name.padEnd(14)} ${finding.text}\n`);
    if (finding.state === "missing" && exitCode === 0) ({ exitCode } = missingFailure(prerequisite, finding));
  }
  process.exitCode = exitCode;
}
