import { print } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { kernelDriver } from "../machine/kernel-driver.ts";
import type { Addon } from "../native/addon.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { askHost } from "./ask-host.ts";
import { findings, missingFailure, surroundings } from "./surroundings.ts";

/**
 * Executes `balloon-hw check`: performs the checks of `run` before its start, with the same settings.
 * @param forEmulate performs only the checks for `emulate`
 * @param asksHost asks the host, if no requirement is missing, for the level of the protocol and for its target, and has it
 *   lock a page and unlock it
 * @throws {InputError} if the host would be asked beside the kernel's own driver, whose pages it would forget
 */
export async function check(
  config: string | undefined,
  said: RawSettings,
  { forEmulate, asksHost }: { readonly forEmulate: boolean; readonly asksHost: boolean },
): Promise<void> {
  const settings = loadSettings(config, said);
  if (asksHost && forEmulate) throw new InputError("--host: an emulated host is not there yet; leave out --emulate");
  const at = surroundings(settings, forEmulate ? "emulated" : "real");
  if (asksHost && kernelDriver(at.files) !== null) {
    throw new InputError(
      "--host: START would make the host forget the pages of the kernel's own driver: unload it first",
    );
  }
  let exitCode = 0;
  const report = (state: string, name: string, text: string): void => {
    print(`${state.padEnd(8)} ${name.padEnd(14)} ${text}\n`);
  };
  for (const [prerequisite, finding] of findings(at)) {
    report(finding.state, prerequisite.name, finding.text);
    if (finding.state === "missing" && exitCode === 0) ({ exitCode } = missingFailure(prerequisite, finding));
  }
  if (asksHost && exitCode === 0) {
    const { protocol, page } = await askHost(at.addon as Addon, settings);
    report("ok", "protocol", protocol);
    report(page.isTaken ? "ok" : "warning", "host", page.text);
  }
  process.exitCode = exitCode;
}
