import { commit, versionText } from "../../common/cli/command-line.ts";
import { Histogram } from "../../common/metrics/histogram.ts";
import type { RecordedBalloon } from "../../common/record/recording.ts";
import type { ListenAddress } from "../../common/server/listen-address.ts";
import { formatSize } from "../../common/units.ts";
import { CycleLog } from "../log/cycle-log.ts";
import type { CountingLog } from "../log/log.ts";
import type { GuestFigures } from "../machine/guest-figures.ts";
import type { MemoryLimit } from "../machine/memory-limit.ts";
import { CYCLE_SECONDS } from "../metrics/metrics.ts";
import type { Addon, NativeWorker } from "../native/addon.ts";
import { describeStatus } from "../ports/host-statuses.ts";
import { type ProtocolLevel, protocolLevel, wantedCapabilities, whyNotInUse } from "../ports/protocol-level.ts";
import type { Settings } from "../settings/settings.ts";
import { MonotonicClock } from "../time/monotonic-clock.ts";
import type { CycleReport, HostKind } from "../view/types.ts";
import { Auxiliaries } from "./auxiliaries.ts";
import { Daemon } from "./daemon.ts";
import { Health } from "./health.ts";
import type { KeptFile } from "./kept-orders.ts";
import { KernelDriverWatch } from "./kernel-driver-watch.ts";
import { MemoryLimitWatch } from "./memory-limit-watch.ts";
import { Operator } from "./operator.ts";
import { pageSources } from "./page-sources.ts";
import { controlPages, type PageSources, publicPages } from "./pages.ts";
import { ServiceManager } from "./service-manager.ts";
import { SettingsInForce } from "./settings-in-force.ts";
import { onSignals } from "./signals.ts";

/** The parts of a running daemon. */
export interface RunningDaemonParts {
  readonly addon: Pick<Addon, "notify">;
  readonly worker: NativeWorker;
  readonly settings: Settings;
  /** Reads the settings again. */
  readonly loadSettings: () => Settings;
  readonly log: CountingLog;
  readonly host: { readonly kind: HostKind["kind"] };
  /** Whether no pages are taken. */
  readonly isDry?: boolean;
  /** Where an operator's orders are kept that hold over restarts. */
  readonly orders: KeptFile;
  /** Reads the figures by which the balloon gives way. */
  readonly guestFigures: () => GuestFigures;
  /** Reads the memory limit of this process's cgroups; null: none. */
  readonly memoryLimit: () => MemoryLimit | null;
  /** Whether the kernel's own driver is loaded, which answers the same host. */
  readonly kernelDriver: () => boolean;
  /** Reads the kernel's setting of transparent huge pages (`HUGE_PAGES`); null: it has none. */
  readonly hugePages: () => string | null;
}

/** A daemon with log, metrics, service manager and signals. */
export class RunningDaemon {
  readonly daemon: Daemon;
  /** The servers and files that the daemon keeps open. */
  readonly auxiliaries: Auxiliaries;
  /** Called after each cycle. */
  onCycle: (report: CycleReport) => void = () => {};
  /** Called after rates or limits have changed. */
  onReload: () => void = () => {};
  readonly #parts: RunningDaemonParts;
  readonly #log: CountingLog;
  readonly #cycleLog: CycleLog;
  readonly #service: ServiceManager;
  readonly #cycles = new Histogram(CYCLE_SECONDS);
  readonly #nowUs: () => number;
  readonly #beganUs: number;
  readonly #health: Health;
  readonly #kernelDriver: KernelDriverWatch;
  readonly #operator: Operator;
  readonly #inForce: SettingsInForce;
  readonly #memoryLimit: MemoryLimitWatch;
  #lostSeconds = 0;
  #isHostKnownMissing = false;
  #isReady = false;

  constructor(parts: RunningDaemonParts) {
    const clock = new MonotonicClock();
    this.#nowUs = () => clock.microseconds();
    this.#beganUs = this.#nowUs();
    this.#kernelDriver = new KernelDriverWatch({
      look: parts.kernelDriver,
      isAllowed: parts.settings.besideKernelDriver,
      log: parts.log,
      gone: () => this.daemon.renew(),
    });
    this.#health = new Health(this.#nowUs, () => this.#kernelDriver.unhealthyReason);
    this.#memoryLimit = new MemoryLimitWatch(parts.memoryLimit, parts.log, this.#beganUs);
    this.#parts = parts;
    this.#inForce = new SettingsInForce(parts);
    this.auxiliaries = new Auxiliaries(parts.log);
    this.#log = parts.log;
    this.#cycleLog = new CycleLog(parts.log);
    this.#service = new ServiceManager((state) => parts.addon.notify(state), this.#nowUs, process.env);
    this.#operator = new Operator({
      held: () => ({
        max: this.#inForce.settings.max,
        machinePages: this.#inForce.machinePages,
        size: this.daemon?.engine.state.size ?? 0,
      }),
      readings: () => ({
        ...parts.guestFigures(),
        floor: this.#inForce.limits.floorPages,
        total: this.#inForce.machinePages,
      }),
      giveWay: parts.settings.giveWay,
      nowUs: this.#nowUs,
      file: parts.orders,
      log: parts.log,
      noTarget: () => this.#health.noTarget(this.daemon),
      changed: () => this.#ordered(),
    });
    this.daemon = new Daemon(
      {
        ...{ worker: parts.worker, clock, rates: parts.settings.rates, steered: this.#operator.steering },
        capabilities: wantedCapabilities(parts.settings.protocol),
        mayStart: () => this.#mayStart(),
      },
      {
        alive: () => this.#alive(),
        memory: (pages) => this.#memory(pages),
        loaded: () => this.#loaded(),
        loadFailed: (command) => this.#loadFailed(command),
        cycleEnded: (report) => this.#cycleEnded(report),
      },
    );
  }

  /** The balloon's present parameters and limits. */
  get goesBy(): RecordedBalloon {
    const { limits, settings } = this.#inForce;
    return { rates: settings.rates, ...limits, giveWay: settings.giveWay };
  }

  /** Opens the control socket, and the address for metrics if there is one; retries later if that fails. */
  async listen(): Promise<void> {
    const { socket, metrics } = this.#inForce.settings;
    const sources = this.#sources();
    const control: ListenAddress = { kind: "unix", path: socket };
    await this.auxiliaries.serve("socket", control, controlPages(sources), this.#operator.actions);
    if (metrics !== null) await this.auxiliaries.serve("metrics", metrics, publicPages(sources));
  }

  /** Opens the file for metrics if there is one; retries later if that fails. */
  async keepMetrics(): Promise<void> {
    const { metricsFile } = this.#inForce.settings;
    const { metrics } = this.#sources();
    if (metricsFile !== null) await this.auxiliaries.keepMetrics(metricsFile, () => metrics("textfile"));
  }

  /**
   * Begins; resolves when all memory is freed. From the call on, signals end the daemon or have it read its settings.
   * @param forUs time after which it ends by itself, in microseconds; Infinity: never
   * @param prepare what is to be done before; the end does not wait for it
   */
  async run(forUs: number, prepare?: () => Promise<void>): Promise<void> {
    const { pin, ioPermission } = this.#parts.worker;
    const { floorPages, psiLimit } = this.#inForce.limits;
    this.#log.info(
      `balloon-hw ${versionText()}: ${formatSize(floorPages)} stay available, pages are pinned by ${pin}, I/O permission: ${ioPermission}`,
      {
        event: "start",
        commit: commit(),
        floor_pages: floorPages,
        psi_limit: psiLimit,
        pin,
        io_permission: ioPermission,
      },
    );
    const ignoreSignals = onSignals({ stop: (why) => this.#stop(why), reload: () => this.#reload() });
    const timer = Number.isFinite(forUs) ? setTimeout(() => this.#stop("the time is over"), forUs / 1000) : undefined;
    try {
      if (prepare !== undefined) await Promise.race([prepare(), this.daemon.finished]);
      if (this.daemon.phase === "waiting") this.#begin();
      await this.daemon.finished;
      this.#log.info("all memory is freed", { event: "stopped" });
    } finally {
      clearTimeout(timer);
      ignoreSignals();
    }
  }

  #begin(): void {
    this.#service.status("waiting for the host");
    this.daemon.begin();
  }

  /** Whether START may be sent: not beside the kernel's driver, which may have been loaded while the daemon waits. */
  #mayStart(): boolean {
    const mayStart = this.#kernelDriver.mayStart();
    if (!mayStart) this.#reportStatus();
    return mayStart;
  }

  #alive(): void {
    this.#health.alive();
    this.#service.alive();
  }

  #cycleEnded(report: CycleReport): void {
    this.#cycles.observe(report.durationUs / 1e6);
    this.#lostSeconds += report.lostSeconds;
    this.#health.cycle(report);
    this.#cycleLog.note(report);
    this.#health.limited(this.#memoryLimit.note(report.endUs));
    this.#kernelDriver.note();
    this.onCycle(report);
    this.#reportStatus();
  }

  /** An operator has given orders: they hold from a cycle that begins now. */
  #ordered(): void {
    this.daemon.hurry();
    this.#reportStatus();
  }

  #reportStatus(): void {
    const { size } = this.daemon.engine.state;
    const held = this.#operator.text;
    const of = `${formatSize(size)} of ${formatSize(this.#operator.steering.hostTarget)}`;
    const unhealthyReason = this.#health.unhealthyReason(this.daemon);
    this.#service.status(unhealthyReason ?? `${of}${held === null ? "" : `, ${held}`}`);
  }

  #loaded(): void {
    const protocol = this.#protocol;
    this.#log.info(`the host has accepted START and GUEST_ID, protocol: ${protocol}`, { event: "loaded", protocol });
    const { protocol: wanted } = this.#inForce.settings;
    if (wanted !== "auto" && wanted !== protocol) {
      const why = whyNotInUse(wanted, this.#parts.worker.counters().granted, this.#parts.hugePages());
      this.#log.warn(`--protocol ${wanted}: not in use: ${why}`, { event: "protocol", protocol });
    }
    const { engine, statuses } = this.daemon;
    this.#cycleLog.begin({ state: engine.state, counters: this.#parts.worker.counters(), statuses });
    this.#isHostKnownMissing = false;
    this.#isReady = true;
    this.#service.ready();
  }

  #loadFailed(command: "start" | "guest_id"): void {
    const name = command.toUpperCase();
    const status = this.daemon.statuses.last(command) ?? null;
    const what = `the host does not accept ${name}${status === null ? "" : ` (${describeStatus(status)})`}`;
    this.#service.status(`waiting: ${what}`);
    if (this.#isHostKnownMissing) return;
    this.#isHostKnownMissing = true;
    this.#log.warn(`${what}: the daemon tries again each second`, { event: "load_failed", status });
  }

  #memory(pages: number): void {
    this.#inForce.memory(pages, (limits) => {
      this.daemon.setLimits(limits);
      this.onReload();
    });
  }

  #stop(why: string): void {
    if (this.daemon.phase === "stopping" || this.daemon.phase === "closed") return;
    // Pages of a cycle in progress are not in the balloon's size yet.
    const { pinnedPages } = this.#parts.worker.counters();
    const what = pinnedPages === 0 ? "the balloon is empty" : `${formatSize(pinnedPages)} go back to the guest`;
    this.#log.info(`${why}: ${what}`, { event: "stopping", size_pages: pinnedPages });
    this.#service.stopping();
    this.daemon.stop();
  }

  #reload(): void {
    // Before READY=1 the service manager expects no RELOADING=1.
    if (this.#isReady) this.#service.reloading();
    // An error in the files does not end the daemon.
    this.#inForce.reload(({ rates, giveWay }, limits) => {
      this.daemon.reload(rates, limits);
      this.#operator.steering.setGiveWay(giveWay);
      this.onReload();
    });
    if (this.#isReady) this.#service.ready();
  }

  get #protocol(): ProtocolLevel {
    return protocolLevel(this.#parts.worker.counters().capabilities);
  }

  #sources(): PageSources {
    const { worker, host, isDry = false } = this.#parts;
    return pageSources({
      daemon: this.daemon,
      worker,
      host: host.kind,
      isDry,
      inForce: this.#inForce,
      operator: this.#operator,
      auxiliaries: this.auxiliaries,
      health: this.#health,
      cycles: this.#cycles,
      lostLogLines: () => this.#log.lost,
      lostSeconds: () => this.#lostSeconds,
      isKernelDriverLoaded: () => this.#kernelDriver.isLoaded,
      uptimeUs: () => this.#nowUs() - this.#beganUs,
    });
  }
}
