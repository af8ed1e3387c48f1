import { RunError } from "../../common/errors.ts";
import { Capability, PROTOCOL_VERSION, Status, SUCCESS_WITH_CAPABILITIES } from "../../engine/index.ts";
import { openWorker } from "../daemon/open-worker.ts";
import { workerOptions } from "../daemon/sizes.ts";
import { takeLock } from "../daemon/take-lock.ts";
import { failureFor } from "../exit-codes.ts";
import { MachineFiles } from "../machine/files.ts";
import type { Addon, Answered, NativeWorker } from "../native/addon.ts";
import { describeStatus } from "../ports/host-statuses.ts";
import { HUGE_PAGES, protocolLevel, wantedCapabilities, whyNotUsable } from "../ports/protocol-level.ts";
import type { Settings } from "../settings/settings.ts";

/** Names of capabilities beside the basic one. */
const NAMES = new Map<number, string>([
  [Capability.Batched, "batches"],
  [Capability.Batched2m, "batches of pages of 2 MiB"],
  [Capability.Doorbell, "doorbell"],
  [Capability.Target64, "targets of 64 bits"],
]);

/**
 * Sends START to the host, with the capabilities that a daemon with these settings wants, and returns the level of the
 * protocol that it would use, with the capabilities granted. The host forgets all locked pages at START: no driver may be
 * loaded.
 * @throws {RunError} if a daemon is active, or the host does not accept START
 */
export async function askHost(addon: Addon, settings: Settings): Promise<string> {
  takeLock(addon);
  const worker = await openWorker(addon, workerOptions(settings, { kind: "real" }));
  try {
    const [status, inUse] = await start(worker, wantedCapabilities(settings.protocol));
    // What a port reads that no device answers.
    if (status === Status.Failure) {
      const text =
        "nothing answers START at the host's port: this hypervisor has no balloon, or it is switched off for this VM";
      throw failureFor("NO_BACKDOOR", text);
    }
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) {
      throw new RunError(`the host does not accept START (${describeStatus(status)})`);
    }
    const { granted } = worker.counters();
    const names = [...NAMES].filter(([bit]) => (granted & bit) !== 0).map(([, name]) => name);
    const level = protocolLevel(inUse);
    const isLower = level !== protocolLevel(granted);
    const but = isLower ? `, but ${whyNotUsable(new MachineFiles().read(HUGE_PAGES))}` : "";
    return `${level}: the host grants ${names.length === 0 ? "single pages only" : names.join(", ")}${but}`;
  } finally {
    await start(worker, PROTOCOL_VERSION);
    await answer((answered) => worker.close(answered));
  }
}

const start = (worker: NativeWorker, wanted: number) => answer((answered) => worker.start(wanted, answered));

const answer = (call: (answered: Answered) => void): Promise<readonly [first: number, second: number]> =>
  new Promise((resolve, reject) => {
    call((failure, first, second) => {
      if (failure === null) resolve([first, second]);
      else reject(new RunError(failure.message));
    });
  });
