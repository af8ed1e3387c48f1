import { RunError } from "../../common/errors.ts";
import { NativeError } from "../../common/native/native-error.ts";
import { balloonOptions, limitsOf } from "../daemon/sizes.ts";
import { failureFor } from "../exit-codes.ts";
import { MachineFiles } from "../machine/files.ts";
import { type Finding, PREREQUISITES, type Prerequisite, type Surroundings } from "../machine/prerequisites.ts";
import type { Addon, BalloonTrial, NativeFailure } from "../native/addon.ts";
import { detectHypervisor } from "../native/detect.ts";
import { loadAddon } from "../native/load.ts";
import type { Settings } from "../settings/settings.ts";
import type { HostKind } from "../view/types.ts";

/**
 * This machine as the prerequisites see it, for a daemon with these settings.
 * @param force start an emulated host although there may be a real one, or the daemon of `balloon-hw run`
 * @throws {InputError} for a floor that leaves no room for a balloon: errors in files are reported before findings
 * about the machine
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

/** A function that calls `make` once and returns its result at every call. */
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

/** The prerequisites of a daemon with this host, with their findings. */
export function* findings(at: Surroundings): Generator<readonly [Prerequisite, Finding]> {
  for (const prerequisite of PREREQUISITES) {
    if (prerequisite.hosts?.includes(at.host) === false) continue;
    yield [prerequisite, prerequisite.look(at)];
  }
}

/** The error for a missing prerequisite. */
export const missingFailure = ({ name }: Prerequisite, { exit, text }: Finding): RunError =>
  exit === undefined ? new RunError(`${name}: ${text}`) : failureFor(exit, `${name}: ${text}`);

/**
 * The native addon, and warnings, if no prerequisite of a daemon is missing.
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
