import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { failureFor, nativeFailure } from "../exit-codes.ts";
import { LOCK_PATH } from "../machine/lock-holder.ts";
import type { Addon } from "../native/addon.ts";

/**
 * Takes the lock of a machine's one daemon, until this process ends.
 * @throws {RunError} if another process has it, or it can't be made
 */
export function takeLock(addon: Addon): void {
  try {
    mkdirSync(dirname(LOCK_PATH), { recursive: true, mode: 0o755 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw failureFor("NOT_ROOT", `${dirname(LOCK_PATH)}: can't be made: ${systemErrorText(error)}`);
  }
  const failure = addon.lockFile(LOCK_PATH);
  if (failure === null) return;
  if (failure.code !== "LOCKED") throw nativeFailure(failure);
  throw failureFor("ALREADY_RUNNING", "balloon-hw run is already active on this machine: balloon-hw status asks it");
}
