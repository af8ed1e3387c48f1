import { join } from "node:path";
import { type Log, openLog } from "../log/log.ts";
import { MachineFiles } from "../machine/files.ts";
import { guestFigures } from "../machine/guest-figures.ts";
import { kernelDriver } from "../machine/kernel-driver.ts";
import { memoryLimit } from "../machine/memory-limit.ts";
import type { Addon } from "../native/addon.ts";
import { DryWorker } from "../ports/dry-worker.ts";
import { HUGE_PAGES } from "../ports/protocol-level.ts";
import type { Settings } from "../settings/settings.ts";
import type { HostKind } from "../view/types.ts";
import { CycleFile } from "./cycle-file.ts";
import { dryMemory } from "./dry-memory.ts";
import { OrdersFile } from "./files/orders-file.ts";
import { lowerOomScore } from "./oom-score.ts";
import { openWorker } from "./open-worker.ts";
import { Recording } from "./recording.ts";
import { RunningDaemon } from "./running-daemon.ts";
import { workerOptions } from "./sizes.ts";
import { takeLock } from "./take-lock.ts";
import { within } from "./within.ts";

/** Time for what is to be done after the daemon's end before the process ends by force, in milliseconds. */
const LAST_WORDS_MS = 200;
/** Longest time that the end waits for orders that are being kept, in milliseconds; as long as for other files. */
const LAST_WRITE_MS = 5000;

/** What `runDaemon` needs. */
export interface DaemonRequest {
  /** Reads the settings: at the start, and again on SIGHUP. */
  loadSettings(): Settings;
  readonly addon: Addon;
  /** Warnings found before the start, for the log. */
  readonly warnings: readonly string[];
  readonly host: HostKind;
  /** Asks the host and takes no pages: the log says what the daemon would have done. */
  readonly isDry?: boolean;
  /** Time after which the daemon ends by itself, in microseconds; Infinity: never. */
  readonly forUs: number;
}

/** Runs a daemon until a signal or a failure ends it. */
export async function runDaemon(request: DaemonRequest): Promise<void> {
  const settings = request.loadSettings();
  const log = await openLog(settings.log, request.addon.isWritable);
  const { addon, host, isDry = false } = request;
  for (const warning of request.warnings) log.warn(warning, { event: "start" });
  if (host.kind === "real") takeLock(addon);
  const cleanup: (() => Promise<void>)[] = [];
  let isClosed = true;
  try {
    // Before the balloon's address space is reserved, because that must not be locked.
    const unlocked = addon.lockOwnMemory();
    if (unlocked !== null) log.warn(`the daemon's own memory is not locked: ${unlocked.message}`, { event: "start" });
    if (host.kind === "real") lowerOomScore(log);
    const options = workerOptions(settings, host);
    const real = await openWorker(addon, options);
    const worker = isDry ? new DryWorker(real, options, () => dryMemory(new MachineFiles())) : real;
    if (isDry)
      log.warn("dry run: no page is allocated or locked; sizes are what the balloon would have", { event: "start" });
    const orders = new OrdersFile(join(settings.state, "orders.json"));
    const running = new RunningDaemon({
      ...request,
      settings,
      worker,
      log,
      orders,
      guestFigures: () => guestFigures(new MachineFiles()),
      memoryLimit: () => memoryLimit(new MachineFiles()),
      // An emulated host has only this daemon.
      kernelDriver: () => host.kind === "real" && kernelDriver(new MachineFiles()) !== null,
      hugePages: () => new MachineFiles().read(HUGE_PAGES),
    });
    cleanup.push(() => running.daemon.finished.catch(() => {}));
    cleanup.push(async () => running.daemon.stop());
    cleanup.push(async () => {
      const [areClosed, isKept] = await Promise.all([running.auxiliaries.close(), endOf(orders, log)]);
      isClosed = areClosed && isKept;
    });
    await running.listen();
    const over = running.run(request.forUs, async () => {
      // At once: each of them may take its time on a file system that does not answer.
      await Promise.all([
        running.keepMetrics(),
        settings.record !== null && keepRecording(running, settings.record, settings.recordLimitBytes, log, isDry),
        settings.cycles !== null && keepCycles(running, settings.cycles, settings.recordLimitBytes),
      ]);
      dropRights(addon, settings, log);
    });
    // The daemon removes its own handlers at its end. These remain, so that a second signal does not interrupt closing.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
    await over;
  } finally {
    while (cleanup.length > 0) await cleanup.pop()?.();
    if (!isClosed) endWithoutThreads(addon);
  }
}

/**
 * Waits until the last order is kept.
 * @returns whether it is; else the disk does not answer
 */
async function endOf(orders: OrdersFile, log: Log): Promise<boolean> {
  const isKept = await within(LAST_WRITE_MS, orders.idle);
  if (!isKept) log.warn(`${orders.shown}: the disk does not answer: the daemon ends without it`, { event: "control" });
  return isKept;
}

async function keepRecording(
  running: RunningDaemon,
  path: string,
  limitBytes: number,
  log: Log,
  isDry: boolean,
): Promise<void> {
  const { engine } = running.daemon;
  // The machine that is recorded has no balloon in a dry run.
  const state = isDry ? () => ({ ...engine.state, size: 0 }) : () => engine.state;
  const watch = running.auxiliaries.watch("record", path);
  const auxiliary = await running.auxiliaries.keep<Recording>({
    name: "record",
    watch,
    open: () =>
      Recording.open({
        ...{ path, limitBytes, log, watch, state, isDry, settings: () => running.goesBy },
        failed: (error) => auxiliary.lost(error),
      }),
    close: (recording) => recording.end(),
  });
  running.onReload = () => auxiliary.value?.describeAnew();
}

async function keepCycles(running: RunningDaemon, path: string, limitBytes: number): Promise<void> {
  const watch = running.auxiliaries.watch("cycles", path);
  const cycles = new CycleFile({ path, limitBytes, watch, failed: (error) => auxiliary.lost(error) });
  const auxiliary = await running.auxiliaries.keep({
    name: "cycles",
    watch,
    open: async () => {
      await cycles.open();
      return cycles;
    },
    close: () => cycles.close(),
  });
  running.onCycle = (report) => cycles.write(report);
}

/**
 * Lets the process end although a thread waits for a file system: Node's own exit would wait for that thread. The error that ends
 * the daemon, if there is one, is printed before.
 */
function endWithoutThreads(addon: Addon): void {
  process.once("exit", (code) => addon.exitNow(code));
  setTimeout(() => process.exit(), LAST_WORDS_MS);
}

/**
 * Drops rights after everything that may need one was opened: a file in a directory of another user, a socket of another group. Only a
 * port below 1024 needs a right to be opened again.
 */
function dropRights(addon: Addon, { metrics }: Settings, log: Log): void {
  const failure = addon.dropRights(metrics?.kind === "tcp" && metrics.port > 0 && metrics.port < 1024);
  if (failure !== null) log.warn(failure.message, { event: "rights" });
}
