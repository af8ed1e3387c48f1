import { version } from "../../common/cli/command-line.ts";
import { InputError } from "../../common/errors.ts";
import { Histogram } from "../../common/metrics/histogram.ts";
import type { RecordedBalloon } from "../../common/record/recording.ts";
import { formatListenAddress, type ListenAddress } from "../../common/server/listen-address.ts";
import { type Actions, PageServer, type Pages } from "../../common/server/page-server.ts";
import { formatSize } from "../../common/units.ts";
import { formatCeiling } from "../control/ceiling.ts";
import type { OrdersFile } from "../control/orders-file.ts";
import { CycleLog } from "../log/cycle-log.ts";
import type { CountingLog } from "../log/log.ts";
import type { GuestFigures } from "../machine/guest-figures.ts";
import type { MemoryLimit } from "../machine/memory-limit.ts";
import { CYCLE_SECONDS, metricsText } from "../metrics/metrics.ts";
import { memoryPressure, processFigures } from "../metrics/process-figures.ts";
import type { Addon, NativeWorker } from "../native/addon.ts";
import { describeStatus } from "../ports/host-statuses.ts";
import { type ProtocolLevel, protocolLevel, wantedCapabilities, whyNotInUse } from "../ports/protocol-level.ts";
import type { Settings } from "../settings/settings.ts";
import { MonotonicClock } from "../time/monotonic-clock.ts";
import type { CycleReport, HostKind, Limits } from "../view/types.ts";
import { Auxiliary, type Opener } from "./auxiliary.ts";
import { Daemon } from "./daemon.ts";
import { Health } from "./health.ts";
import { MetricsFile } from "./metrics-file.ts";
import { Operator } from "./operator.ts";
import { controlPages, type PageSources, publicPages } from "./pages.ts";
import { ServiceManager } from "./service-manager.ts";
import { limitsOf, totalPages } from "./sizes.ts";

/** Interval in which the daemon checks for a memory limit that was set after its start, in microseconds. */
const LIMIT_LOOK_US = 60_000_000;

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
  readonly orders: Pick<OrdersFile, "read" | "write">;
  /** Reads the figures by which the balloon gives way. */
  readonly guestFigures: () => GuestFigures;
  /** Reads the memory limit of this process's cgroups; null: none. */
  readonly memoryLimit: () => MemoryLimit | null;
  /** Reads the kernel's setting of transparent huge pages (`HUGE_PAGES`); null: it has none. */
  readonly hugePages: () => string | null;
}

/** A daemon with log, metrics, service manager and signals. */
export class RunningDaemon {
  readonly daemon: Daemon;
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
  readonly #auxiliaries: Auxiliary<unknown>[] = [];
  readonly #operator: Operator;
  #settings: Settings;
  #machinePages = totalPages();
  #limits: Limits;
  #lostSeconds = 0;
  #limitLookUs: number;
  #isHostKnownMissing = false;
  #isReady = false;
  #isLimitTold = false;

  constructor(parts: RunningDaemonParts) {
    const clock = new MonotonicClock();
    this.#nowUs = () => clock.microseconds();
    this.#beganUs = this.#nowUs();
    this.#health = new Health(this.#nowUs);
    this.#limitLookUs = this.#beganUs;
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#limits = limitsOf(parts.settings, this.#machinePages);
    this.#log = parts.log;
    this.#cycleLog = new CycleLog(parts.log);
    this.#service = new ServiceManager((state) => parts.addon.notify(state), this.#nowUs, process.env);
    this.#operator = new Operator({
      held: () => ({
        max: this.#settings.max,
        machinePages: this.#machinePages,
        size: this.daemon?.engine.state.size ?? 0,
      }),
      readings: () => ({
        ...parts.guestFigures(),
        floor: this.#limits.floorPages,
        total: this.#machinePages,
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
      },
      {
        alive: () => this.#alive(),
        memory: (pages) => this.#memory(pages),
        loaded: () => this.#loaded(),
        loadFailed: () => this.#loadFailed(),
        cycleEnded: (report) => this.#cycleEnded(report),
      },
    );
  }

  /** The balloon's present parameters and limits. */
  get goesBy(): RecordedBalloon {
    const { rates, giveWay } = this.#settings;
    return { rates, ...this.#limits, giveWay };
  }

  /** Opens the control socket, and the address for metrics if there is one; retries later if that fails. */
  async listen(): Promise<void> {
    const { socket, metrics, metricsFile } = this.#settings;
    const sources = this.#sources();
    await this.#serve("socket", { kind: "unix", path: socket }, controlPages(sources), this.#operator.actions);
    if (metrics !== null) await this.#serve("metrics", metrics, publicPages(sources));
    if (metricsFile !== null) await this.#keepMetricsFile(metricsFile, () => sources.metrics("textfile"));
  }

  async #keepMetricsFile(path: string, text: () => string): Promise<void> {
    const auxiliary = await this.keep<MetricsFile>({
      name: "metrics-file",
      open: () => new MetricsFile({ path, text, failed: (error) => auxiliary.lost(error) }),
      close: (file) => file.close(),
    });
  }

  async #serve(name: "socket" | "metrics", address: ListenAddress, pages: Pages, actions?: Actions): Promise<void> {
    const open = async (): Promise<PageServer> => {
      const server = await PageServer.listen(address, pages, `--${name}`, actions);
      const text = formatListenAddress(server.address);
      this.#log.info(`listening on ${text}`, { event: "listening", address: text });
      return server;
    };
    await this.keep({ name, open, close: (server) => server.close() });
  }

  /** Opens a server or a file of the daemon, and opens it again after failures until the daemon ends. */
  async keep<T>(opener: Opener<T>): Promise<Auxiliary<T>> {
    const auxiliary = new Auxiliary(opener, this.#log);
    this.#auxiliaries.push(auxiliary);
    await auxiliary.open();
    return auxiliary;
  }

  /** Closes all servers and files that `keep` has opened. */
  async closeAuxiliaries(): Promise<void> {
    for (const auxiliary of this.#auxiliaries.splice(0).reverse()) await auxiliary.end();
  }

  /**
   * Begins; resolves when all memory is freed.
   * @param forUs time after which it ends by itself, in microseconds; Infinity: never
   */
  async run(forUs: number): Promise<void> {
    const { pin, ioPermission } = this.#parts.worker;
    const { floorPages, psiLimit } = this.#limits;
    this.#log.info(
      `balloon-hw ${version()}: ${formatSize(floorPages)} stay available, pages are pinned by ${pin}, I/O permission: ${ioPermission}`,
      { event: "start", floor_pages: floorPages, psi_limit: psiLimit, pin, io_permission: ioPermission },
    );
    const stop = (why: string): void => this.#stop(why);
    const reload = (): void => this.#reload();
    const ends = ["SIGTERM", "SIGINT"] as const;
    for (const signal of ends) process.on(signal, stop);
    process.on("SIGHUP", reload);
    const timer = Number.isFinite(forUs) ? setTimeout(() => stop("the time is over"), forUs / 1000) : undefined;
    try {
      this.#service.status("waiting for the host");
      this.daemon.begin();
      await this.daemon.finished;
      this.#log.info("all memory is freed", { event: "stopped" });
    } finally {
      clearTimeout(timer);
      for (const signal of ends) process.off(signal, stop);
      process.off("SIGHUP", reload);
    }
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
    this.#lookForLimit(report.endUs);
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
    const { protocol: wanted } = this.#settings;
    if (wanted !== "auto" && wanted !== protocol) {
      const why = whyNotInUse(wanted, this.#parts.worker.counters().granted, this.#parts.hugePages());
      this.#log.warn(`--protocol ${wanted}: not in use: ${why}`, { event: "protocol", protocol });
    }
    const { engine, statuses } = this.daemon;
    this.#cycleLog.begin({ state: engine.state, counters: this.#parts.worker.counters(), statuses });
    this.#isReady = true;
    this.#service.ready();
  }

  #loadFailed(): void {
    // The driver sends GUEST_ID only after an accepted START.
    const { start, startFail } = this.daemon.engine.state;
    const [command, name] = start > startFail ? (["guest_id", "GUEST_ID"] as const) : (["start", "START"] as const);
    const status = this.daemon.statuses.last(command) ?? null;
    const what = `the host does not accept ${name}${status === null ? "" : ` (${describeStatus(status)})`}`;
    this.#service.status(`waiting: ${what}`);
    if (this.#isHostKnownMissing) return;
    this.#isHostKnownMissing = true;
    this.#log.warn(`${what}: the daemon tries again each second`, { event: "load_failed", status });
  }

  /** The machine's memory has changed: adapts the floor, so that the balloon may use added memory. */
  #memory(pages: number): void {
    if (pages === this.#machinePages) return;
    const before = this.#machinePages;
    this.#machinePages = pages;
    this.#limits = this.#limitsNow();
    this.daemon.setLimits(this.#limits);
    this.onReload();
    const { floorPages } = this.#limits;
    this.#log.info(
      `the machine has ${formatSize(pages)} of memory now, before ${formatSize(before)}: ${formatSize(floorPages)} stay available`,
      { event: "memory", machine_pages: pages, floor_pages: floorPages },
    );
  }

  #limitsNow(): Limits {
    try {
      return limitsOf(this.#settings, this.#machinePages);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Memory was removed: with a floor of all memory the balloon does not grow, and keeps its pages.
      return { ...this.#limits, psiLimit: this.#settings.psiLimit };
    }
  }

  #lookForLimit(nowUs: number): void {
    if (nowUs - this.#limitLookUs < LIMIT_LOOK_US) return;
    this.#limitLookUs = nowUs;
    const limit = this.#parts.memoryLimit();
    const isNews = limit !== null && !this.#isLimitTold;
    this.#isLimitTold = limit !== null;
    this.#health.limited(limit);
    if (!isNews) return;
    this.#log.warn(`${limit.path} is ${limit.value}: a memory limit would end the balloon; set it to max`, {
      event: "memory_limit",
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
    try {
      const settings = this.#parts.loadSettings();
      const limits = limitsOf(settings, this.#machinePages);
      this.daemon.reload(settings.rates, limits);
      const rest = needingRestart(this.#settings, settings);
      this.#settings = { ...this.#settings, ...pick(settings, RELOADED) };
      this.#limits = limits;
      this.#operator.steering.setGiveWay(settings.giveWay);
      this.onReload();
      const floor = formatSize(limits.floorPages);
      const max = settings.max === null ? "none" : formatCeiling(settings.max);
      this.#log.info(
        `rates and limits were read again (${floor} stay available, max: ${max}); they hold from the next cycle on`,
        { event: "reloaded", floor_pages: limits.floorPages, psi_limit: limits.psiLimit, max },
      );
      if (rest.length > 0) {
        this.#log.warn(`changed as well, but only a restart puts it in force: ${rest.join(", ")}`, {
          event: "reloaded",
        });
      }
    } catch (error) {
      // An error in the files does not end the daemon.
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`${why}: rates and limits stay as they were`, { event: "reload_failed" });
    } finally {
      if (this.#isReady) this.#service.ready();
    }
  }

  get #protocol(): ProtocolLevel {
    return protocolLevel(this.#parts.worker.counters().capabilities);
  }

  #sources(): PageSources {
    const { daemon } = this;
    const common = () => ({
      version: version(),
      host: this.#parts.host.kind,
      isDry: this.#parts.isDry ?? false,
      pin: this.#parts.worker.pin,
      ioPermission: this.#parts.worker.ioPermission,
      protocol: this.#protocol,
      limits: this.#limits,
      control: this.#operator.status,
      giveWay: this.#operator.giveWay,
      state: daemon.engine.state,
      counters: this.#parts.worker.counters(),
      auxiliaries: this.#auxiliaries.map(({ state }) => state),
      lostLogLines: this.#log.lost,
    });
    return {
      status: () => ({
        ...common(),
        pid: process.pid,
        uptimeSeconds: Math.floor((this.#nowUs() - this.#beganUs) / 1e6),
        phase: daemon.phase,
      }),
      metrics: (way) => {
        const snapshot = {
          ...common(),
          isLoaded: daemon.phase === "running" && daemon.engine.state.resetRequired === 0,
          isHealthy: this.#health.unhealthyReason(daemon) === null,
          statuses: daemon.statuses,
          machinePages: this.#machinePages,
          lostSeconds: this.#lostSeconds,
          cycles: this.#cycles,
          pressure: memoryPressure(),
          process: processFigures(),
        };
        return metricsText(snapshot, way);
      },
      unhealthyReason: () => this.#health.unhealthyReason(daemon),
      holding: () => this.#operator.sentence,
    };
  }
}

/** Settings that SIGHUP changes. */
const RELOADED = ["rates", "floorPages", "psiLimit", "max", "giveWay"] as const satisfies readonly (keyof Settings)[];

const pick = <K extends keyof Settings>(settings: Settings, keys: readonly K[]): Pick<Settings, K> =>
  Object.fromEntries(keys.map((key) => [key, settings[key]])) as Pick<Settings, K>;

/** Changed options that need a restart, by their names. */
function needingRestart(before: Settings, after: Settings): string[] {
  const isTakenUp = (key: string): boolean => (RELOADED as readonly string[]).includes(key);
  const hasChanged = (key: keyof Settings): boolean => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  const keys = Object.keys(after) as (keyof Settings)[];
  return keys.filter((key) => !isTakenUp(key) && hasChanged(key)).map(optionName);
}

/** `io-permission` for `ioPermission`. */
const optionName = (key: string): string => key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
