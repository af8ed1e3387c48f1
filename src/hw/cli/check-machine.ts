import { print } from "../../common/cli/output.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { findings, missingFailure, surroundings } from "./surroundings.ts";

/**
 * Does what `balloon-hw check` says: goes through what `run` goes through before it starts, with the same settings.
 * @param forEmulate only what `emulate` needs
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
