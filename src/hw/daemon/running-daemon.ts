import { version } from "../../common/cli/command-line.ts";
import type { RecordedBalloon } from "../../common/record/recording.ts";
import { formatSize } from "../../common/units.ts";
import { CycleLog } from "../log/cycle-log.ts";
import type { Log } from "../log/log.ts";
import { Histogram } from "../metrics/histogram.ts";
import { CYCLE_SECONDS, metricsText } from "../metrics/metrics.ts";
import { memoryPressure, processFigures } from "../metrics/process-figures.ts";
import type { Addon, NativeWorker } from "../native/addon.ts";
import { PageServer, type Pages } from "../server/server.ts";
import { formatListenAddress, type ListenAddress } from "../settings/listen-address.ts";
import type { Settings } from "../settings/settings.ts";
import { MonotonicClock } from "../time/monotonic-clock.ts";
import { type CycleReport, Daemon } from "./daemon.ts";
import type { HostKind } from "./host-kind.ts";
import { controlPages, type PageSources, publicPages } from "./pages.ts";
import { ServiceManager } from "./service-manager.ts";
import { limitsOf } from "./sizes.ts";

/** Without a sign of life for so long the daemon is not well, in microseconds. */
const UNWELL_AFTER_US = 10_000_000;

/** What a daemon runs with. */
export interface DaemonParts {
  readonly addon: Pick<Addon, "notify">;
  readonly worker: NativeWorker;
  readonly settings: Settings;
  /** Reads the settings again. */
  readonly loadSettings: () => Settings;
  readonly log: Log;
  readonly host: { readonly kind: HostKind["kind"] };
}

/** A daemon with everything around it: log, metrics, service manager, signals. */
export class RunningDaemon {
  readonly daemon: Daemon;
  /** Who else wants to hear of cycles. */
  onCycle: (report: CycleReport) => void = () => {};
  /** Who wants to hear that rates and limits have changed. */
  onReload: () => void = () => {};
  readonly #parts: DaemonParts;
  readonly #log: Log;
  readonly #cycleLog: CycleLog;
  readonly #service: ServiceManager;
  readonly #cycles = new Histogram(CYCLE_SECONDS);
  readonly #nowUs: () => number;
  readonly #beganUs: number;
  #settings: Settings;
  #aliveUs: number;
  #isHostKnownMissing = false;

  constructor(parts: DaemonParts) {
    const clock = new MonotonicClock();
    this.#nowUs = () => clock.microseconds();
    this.#beganUs = this.#nowUs();
    this.#aliveUs = this.#beganUs;
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#log = parts.log;
    this.#cycleLog = new CycleLog(parts.log);
    this.#service = new ServiceManager((state) => parts.addon.notify(state), this.#nowUs, process.env);
    this.daemon = new Daemon(
      { worker: parts.worker, clock, rates: parts.settings.rates },
      {
        alive: () => this.#alive(),
        loaded: () => this.#loaded(),
        loadFailed: () => this.#loadFailed(),
        cycleEnded: (report) => this.#cycleEnded(report),
      },
    );
  }

  /** What the balloon goes by now. */
  get goesBy(): RecordedBalloon {
    return { rates: this.#settings.rates, ...limitsOf(this.#settings) };
  }

  /** Opens the control socket, and the address for metrics where there is one. */
  async listen(): Promise<readonly PageServer[]> {
    const { socket, metrics } = this.#settings;
    const sources = this.#sources();
    const servers: PageServer[] = [];
    const open = async (address: ListenAddress, pages: Pages, option: string) => {
      servers.push(await PageServer.listen(address, pages, option));
    };
    try {
      await open({ kind: "unix", path: socket }, controlPages(sources), "--socket");
      if (metrics !== null) await open(metrics, publicPages(sources), "--metrics");
    } catch (error) {
      for (const server of servers) await server.close();
      throw error;
    }
    const addresses = servers.map(({ address }) => formatListenAddress(address)).join(" and ");
    this.#log.info(`listening on ${addresses}`, { event: "listening", addresses });
    return servers;
  }

  /**
   * Begins, and comes back when everything was given back.
   * @param forUs ends by itself after so many microseconds; Infinity: never
   */
  async run(forUs: number): Promise<void> {
    const { pin, ioPermission } = this.#parts.worker;
    const { floorPages, psiLimit } = limitsOf(this.#settings);
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
      this.#service.ready();
      this.daemon.begin();
      await this.daemon.finished;
      this.#log.info("all memory was given back", { event: "stopped" });
    } finally {
      clearTimeout(timer);
      for (const signal of ends) process.off(signal, stop);
      process.off("SIGHUP", reload);
    }
  }

  #alive(): void {
    this.#aliveUs = this.#nowUs();
    this.#service.alive();
  }

  #cycleEnded(report: CycleReport): void {
    const { size, target } = report.state;
    this.#cycles.observe(report.durationUs / 1e6);
    this.#cycleLog.note(report);
    this.onCycle(report);
    this.#service.status(`${formatSize(size)} of ${formatSize(target)}`);
  }

  #loaded(): void {
    this.#log.info("the host has taken START and GUEST_ID", { event: "loaded" });
    this.#cycleLog.begin(this.daemon.engine.state, this.#parts.worker.counters());
  }

  #loadFailed(): void {
    if (this.#isHostKnownMissing) return;
    this.#isHostKnownMissing = true;
    this.#log.warn("the host does not take START: it is asked each second", { event: "load_failed" });
  }

  #stop(why: string): void {
    if (this.daemon.phase === "stopping" || this.daemon.phase === "closed") return;
    const { size } = this.daemon.engine.state;
    const what = size === 0 ? "the balloon is empty" : `${formatSize(size)} go back to the guest`;
    this.#log.info(`${why}: ${what}`, { event: "stopping", size_pages: size });
    this.#service.stopping();
    this.daemon.stop();
  }

  #reload(): void {
    this.#service.reloading();
    try {
      const settings = this.#parts.loadSettings();
      const limits = limitsOf(settings);
      this.daemon.reload(settings.rates, limits);
      const rest = needingRestart(this.#settings, settings);
      this.#settings = { ...this.#settings, ...pick(settings, RELOADED) };
      this.onReload();
      const floor = formatSize(limits.floorPages);
      this.#log.info(`rates and limits were read again (${floor} stay available); they hold from the next cycle on`, {
        event: "reloaded",
        floor_pages: limits.floorPages,
        psi_limit: limits.psiLimit,
      });
      if (rest.length > 0) {
        this.#log.warn(`changed as well, but only a restart puts it in force: ${rest.join(", ")}`, {
          event: "reloaded",
        });
      }
    } catch (error) {
      // Whatever is wrong with the files, it is no reason to let go of the balloon.
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`${why}: rates and limits stay as they were`, { event: "reload_failed" });
    } finally {
      this.#service.ready();
    }
  }

  #sources(): PageSources {
    const { daemon } = this;
    const common = () => ({
      version: version(),
      host: this.#parts.host.kind,
      pin: this.#parts.worker.pin,
      ioPermission: this.#parts.worker.ioPermission,
      limits: limitsOf(this.#settings),
      state: daemon.engine.state,
      counters: this.#parts.worker.counters(),
    });
    return {
      status: () => ({
        ...common(),
        pid: process.pid,
        uptimeSeconds: Math.floor((this.#nowUs() - this.#beganUs) / 1e6),
        phase: daemon.phase,
      }),
      metrics: () =>
        metricsText({
          ...common(),
          isLoaded: daemon.phase === "running",
          cycles: this.#cycles,
          pressure: memoryPressure(),
          process: processFigures(),
        }),
      ailment: () => {
        const silentUs = this.#nowUs() - this.#aliveUs;
        if (silentUs > UNWELL_AFTER_US) return `nothing was done for ${Math.floor(silentUs / 1e6)} s`;
        return daemon.phase === "running" ? null : `${daemon.phase}: the host has not taken START`;
      },
    };
  }
}

/** Settings that SIGHUP puts in force. */
const RELOADED = ["rates", "floorPages", "psiLimit"] as const satisfies readonly (keyof Settings)[];

const pick = <K extends keyof Settings>(settings: Settings, keys: readonly K[]): Pick<Settings, K> =>
  Object.fromEntries(keys.map((key) => [key, settings[key]])) as Pick<Settings, K>;

/** Options that have changed and that only a new daemon takes up, by their names. */
function needingRestart(before: Settings, after: Settings): string[] {
  const isTakenUp = (key: string): boolean => (RELOADED as readonly string[]).includes(key);
  const hasChanged = (key: keyof Settings): boolean => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  const keys = Object.keys(after) as (keyof Settings)[];
  return keys.filter((key) => !isTakenUp(key) && hasChanged(key)).map(optionName);
}

/** `io-permission` for `ioPermission`. */
const optionName = (key: string): string => key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
