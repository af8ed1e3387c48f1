import { runDaemon } from "../daemon/run-daemon.ts";
import { failureFor } from "../exit-codes.ts";
import type { MachineFiles } from "../machine/files.ts";
import { kernelDriver } from "../machine/kernel-driver.ts";
import { lockHolder } from "../machine/lock-holder.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { requireAll, surroundings } from "./surroundings.ts";

/**
 * Executes `balloon-hw run`, until a signal ends it.
 * @param isDry asks the host and takes no pages
 * @throws {RunError} for a dry run beside the kernel's own driver, whose pages the host would forget
 */
export async function runOnHost(config: string | undefined, said: RawSettings, isDry = false): Promise<void> {
  const load = () => loadSettings(config, said);
  // Errors in files are reported before findings about the machine.
  const at = surroundings(load(), "real");
  if (isDry) refuseBesideOthers(at.files);
  const { addon, warnings } = requireAll(at);
  await runDaemon({
    loadSettings: load,
    addon,
    warnings,
    host: { kind: "real" },
    isDry,
    forUs: Number.POSITIVE_INFINITY,
  });
}

/**
 * START makes the host forget all pages that it has locked: a dry run sends it only where there are none.
 * @throws {RunError} beside the kernel's own driver or a daemon
 */
export function refuseBesideOthers(files: MachineFiles): void {
  if (kernelDriver(files) !== null) {
    throw failureFor(
      "KERNEL_DRIVER",
      "--dry-run: START would make the host forget the pages of the kernel's own driver: balloon-hw shadow runs beside it",
    );
  }
  const holder = lockHolder(files);
  if (holder === null) return;
  throw failureFor(
    "ALREADY_RUNNING",
    `--dry-run: START would make the host forget the pages of balloon-hw run (process ${holder}): use balloon-hw shadow on a machine with the kernel's driver`,
  );
}
