import type { MemoryLimit } from "../machine/memory-limit.ts";
import { describeStatus, type HostCommand, type HostStatuses } from "../ports/host-statuses.ts";
import type { CycleReport } from "../view/types.ts";
import type { Daemon } from "./daemon.ts";

/** The daemon is unhealthy if the native worker has not answered for this long, in microseconds. */
const SILENT_US = 10_000_000;
/** The daemon is unhealthy if this many consecutive GET_TARGETs have failed. A reset makes one fail. */
const FAILED_TARGETS = 3;

/** Judges the daemon by the answers of the host and of the native worker, by the kernel's figures and driver, and by memory limits. */
export class Health {
  readonly #nowUs: () => number;
  #aliveUs: number;
  /** Consecutive failed GET_TARGETs, and the engine's count of failures at the last cycle. */
  #failedTargets = 0;
  #targetFailBefore = 0;
  #unreadableBefore = 0;
  #populatedBefore = 0;
  #isMemoryReadable = true;
  #memoryLimit: MemoryLimit | null = null;
  readonly #driverReason: () => string | null;

  /**
   * @param nowUs microseconds of CLOCK_MONOTONIC
   * @param driverReason why the kernel's own driver makes the daemon unhealthy; null: it does not
   */
  constructor(nowUs: () => number, driverReason: () => string | null = () => null) {
    this.#driverReason = driverReason;
    this.#nowUs = nowUs;
    this.#aliveUs = nowUs();
  }

  /** The native worker has answered. */
  alive(): void {
    this.#aliveUs = this.#nowUs();
  }

  /** A cycle has ended. */
  cycle({ state, counters }: Pick<CycleReport, "state" | "counters">): void {
    this.#failedTargets = state.targetFail === this.#targetFailBefore ? 0 : this.#failedTargets + 1;
    this.#targetFailBefore = state.targetFail;
    // Only a cycle with an allocation shows whether the figures can be read.
    if (counters.unreadableHits > this.#unreadableBefore) this.#isMemoryReadable = false;
    else if (state.size >= state.target || counters.populatedPages > this.#populatedBefore)
      this.#isMemoryReadable = true;
    this.#unreadableBefore = counters.unreadableHits;
    this.#populatedBefore = counters.populatedPages;
  }

  /** Sets the present memory limit of the daemon's cgroups; null: none. */
  limited(limit: MemoryLimit | null): void {
    this.#memoryLimit = limit;
  }

  /** Why the last GET_TARGET has brought no target; null: it has, or the host has emptied the balloon and must accept START first. */
  noTarget({ phase, engine, statuses }: Pick<Daemon, "phase" | "engine" | "statuses">): string | null {
    if (phase !== "running" || engine.state.resetRequired !== 0 || this.#failedTargets === 0) return null;
    return `the host does not answer GET_TARGET${last(statuses, "get_target")}`;
  }

  /** Why the daemon is unhealthy, as a line of text; null if it is healthy. */
  unhealthyReason(daemon: Pick<Daemon, "phase" | "engine" | "statuses" | "refused" | "isRenewing">): string | null {
    const { phase, engine, statuses, refused, isRenewing } = daemon;
    const silentUs = this.#nowUs() - this.#aliveUs;
    if (silentUs > SILENT_US) return `the native worker has not answered for ${Math.floor(silentUs / 1e6)} s`;
    const driver = this.#driverReason();
    if (driver !== null) return driver;
    if (phase === "waiting") {
      if (refused !== null)
        return `waiting: the host has not accepted ${refused.toUpperCase()}${last(statuses, refused)}`;
      return isRenewing ? "the balloon begins anew" : "waiting: the host has not accepted START";
    }
    if (phase !== "running") return `${phase}: the balloon's memory is being freed`;
    if (engine.state.resetRequired !== 0) {
      return `the host asked for a reset and has not accepted START since${last(statuses, "start")}`;
    }
    if (this.#failedTargets >= FAILED_TARGETS) {
      return `GET_TARGET has failed ${this.#failedTargets} times in a row${last(statuses, "get_target")}`;
    }
    if (!this.#isMemoryReadable) return "the balloon can't grow: /proc/meminfo or /proc/zoneinfo can't be read";
    const limit = this.#memoryLimit;
    return limit === null ? null : `a memory limit would end the balloon: ${limit.path} is ${limit.value}`;
  }
}

function last(statuses: HostStatuses, command: HostCommand): string {
  const status = statuses.last(command);
  return status === undefined ? "" : ` (${describeStatus(status)})`;
}
