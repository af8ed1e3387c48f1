import { RunError } from "../../common/errors.ts";
import { formatSize } from "../../common/units.ts";
import { Capability, GUEST_ID_LINUX, PROTOCOL_VERSION, Status, SUCCESS_WITH_CAPABILITIES } from "../../engine/index.ts";
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

/** What a host has answered. */
export interface HostAnswers {
  /** The level of the protocol that a daemon would use, with the capabilities granted. */
  readonly protocol: string;
  /** What became of one page: the host took it and gave it back, or a reason why not, which need not be a fault. */
  readonly page: { readonly isTaken: boolean; readonly text: string };
}

/**
 * Sends START to the host, with the capabilities that a daemon with these settings wants, asks for the target, and has it lock
 * and unlock one page. The host forgets all locked pages at START: no driver may be loaded.
 * @throws {RunError} if a daemon is active, or the host does not accept START or GUEST_ID
 */
export async function askHost(addon: Addon, settings: Settings): Promise<HostAnswers> {
  takeLock(addon);
  return ask(await openWorker(addon, workerOptions(settings, { kind: "real" })), settings.protocol);
}

/**
 * Asks the host of a worker, as `askHost`, and closes the worker.
 * @throws {RunError} if the host does not accept START or GUEST_ID: a daemon would never be loaded
 */
export async function ask(worker: NativeWorker, wanted: Settings["protocol"]): Promise<HostAnswers> {
  try {
    const [status, inUse] = await start(worker, wantedCapabilities(wanted));
    // What a port reads that no device answers.
    if (status === Status.Failure) {
      const text =
        "nothing answers START at the host's port: this hypervisor has no balloon, or it is switched off for this VM";
      throw failureFor("NO_BACKDOOR", text);
    }
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) {
      throw new RunError(`the host does not accept START (${describeStatus(status)})`);
    }
    const [identified] = await answer((answered) => worker.guestId(GUEST_ID_LINUX, answered));
    if (identified !== Status.Success) {
      throw new RunError(`the host does not accept GUEST_ID (${describeStatus(identified)})`);
    }
    const { granted } = worker.counters();
    const names = [...NAMES].filter(([bit]) => (granted & bit) !== 0).map(([, name]) => name);
    const level = protocolLevel(inUse);
    const isLower = level !== protocolLevel(granted);
    const but = isLower ? `, but ${whyNotUsable(new MachineFiles().read(HUGE_PAGES))}` : "";
    const protocol = `${level}: the host grants ${names.length === 0 ? "single pages only" : names.join(", ")}${but}`;
    return { protocol, page: await tryPage(worker) };
  } finally {
    await start(worker, PROTOCOL_VERSION);
    await answer((answered) => worker.close(answered));
  }
}

/** Has the host lock a page and unlock it. */
async function tryPage(worker: NativeWorker): Promise<HostAnswers["page"]> {
  const not = (text: string) => ({ isTaken: false, text });
  const [total] = await answer((answered) => worker.totalPages(answered));
  const [told, target] = await answer((answered) => worker.getTarget(total, answered));
  if (told !== Status.Success) return not(`the host does not tell its target (${describeStatus(told)})`);
  const wants = `the host's target is ${formatSize(target)}`;
  const [allocated] = await answer((answered) => worker.allocate(1, false, answered));
  if (allocated === 0) return not(`${wants}; no page could be tried, as a limit, such as the floor, allows none`);
  const [locked, refusal] = await answer((answered) => worker.lock(1, answered));
  if (locked === 0) return not(`${wants}; it refused to lock a page (${describeStatus(refusal)})`);
  const [unlocked, kept] = await answer((answered) => worker.unlock(1, answered));
  if (unlocked === 0) return not(`${wants}; it locked a page, and refused to unlock it (${describeStatus(kept)})`);
  return { isTaken: true, text: `${wants}; it locked a page of this machine and unlocked it` };
}

const start = (worker: NativeWorker, wanted: number) => answer((answered) => worker.start(wanted, answered));

const answer = (call: (answered: Answered) => void): Promise<readonly [first: number, second: number]> =>
  new Promise((resolve, reject) => {
    call((failure, first, second) => {
      if (failure === null) resolve([first, second]);
      else reject(new RunError(failure.message));
    });
  });
