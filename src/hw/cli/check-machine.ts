import { print } from "../../common/cli/output.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { findings, missingFailure, surroundings } from "./surroundings.ts";

/**
 * Executes `balloon-hw check`: performs the checks of `run` before its start, with the same settings.
 * @param forEmulate performs only the checks for `emulate`
 */
export function check(config: string | undefined, said: RawSettings, forEmulate: boolean): void {
  const at = surroundings(loadSettings(config, said), forEmulate ? "emulated" : "real");
  let exitCode = 0;
  for (const [prerequisite, finding] of findings(at)) {
    print(`${finding.state.padEnd(8)} ${prerequisite.name.padEnd(14)} ${finding.text}\n`);
    if (finding.state === "missing" && exitCode === 0) ({ exitCode } = missingFailure(prerequisite, finding));
  }
  process.exitCode = exitCode;
}
