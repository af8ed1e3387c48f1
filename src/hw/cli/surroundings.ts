import { RunError } from "../../common/errors.ts";
import { balloonOptions, limitsOf } from "../daemon/sizes.ts";
import { failureFor } from "../exit-codes.ts";
import { MachineFiles } from "../machine/files.ts";
import { type Finding, PREREQUISITES, type Prerequisite, type Surroundings } from "../machine/prerequisites.ts";
import type { Addon, BalloonTrial, NativeFailure } from "../native/addon.ts";
import { detectHypervisor } from "../native/detect.ts";
import { loadAddon } from "../native/load.ts";
import { NativeError } from "../native/native-error.ts";
import type { Settings } from "../settings/settings.ts";
import type { HostKind } from "../view/types.ts";

/**
 * This machine, for a daemon with such settings.
 * @param force start an emulated host where there may be a real one, or the daemon of `balloon-hw run`
 * @throws {InputError} for a floor that leaves no room for any balloon: what is wrong with a file is said before anything
 *   about the machine
 */
export function surroundings(settings: Settings, host: HostKind["kind"], force = false): Surroundings {
  limitsOf(settings);
  const { ioPermission, anyHypervisor, besideKernelDriver } = settings;
  const addon = tryAddon();
  const files = new MachineFiles();
  const hypervisor = "code" in addon ? { isVmware: false, name: "unknown" } : detectHypervisor(addon.cpu());
  return {
    ...{ files, architecture: process.arch, addon, hypervisor, host, force },
    ...{ ioPermission, anyHypervisor, besideKernelDriver },
    tryBalloon: once(() => ("code" in addon ? addon : addon.tryBalloon(balloonOptions(settings)))),
  };
}

/** The value that a function returns at its first call. */
function once(make: () => NativeFailure | BalloonTrial): () => NativeFailure | BalloonTrial {
  let made: NativeFailure | BalloonTrial | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function tryAddon(): Addon | NativeFailure {
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  }
}

/** The prerequisites of a daemon with this host, and how each of them looks. */
export function* findings(at: Surroundings): Generator<readonly [Prerequisite, Finding]> {
  for (const prerequisite of PREREQUISITES) {
    if (prerequisite.hosts?.includes(at.host) === false) continue;
    yield [prerequisite, prerequisite.look(at)];
  }
}

/** The failure that a prerequisite which is missing ends a daemon with. */
export const missingFailure = ({ name }: Prerequisite, { exit, text }: Finding): RunError =>
  exit === undefined ? new RunError(`${name}: ${text}`) : failureFor(exit, `${name}: ${text}`);

/**
 * The native addon, once everything that a daemon needs is there, and what is not as it should be.
 * @throws {RunError} for the first prerequisite that is missing
 */
export function requireAll(at: Surroundings): { readonly addon: Addon; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  for (const [prerequisite, finding] of findings(at)) {
    if (finding.state === "missing") throw missingFailure(prerequisite, finding);
    if (finding.state === "warning") warnings.push(`${prerequisite.name}: ${finding.text}`);
  }
  return { addon: at.addon as Addon, warnings };
}
