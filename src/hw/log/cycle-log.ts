import { formatSize, formatTime, type Pages } from "../../common/units.ts";
import { type EngineState, Status } from "../../engine/index.ts";
import { describeStatus, type HostCommand } from "../ports/host-statuses.ts";
import { type ProtocolLevel, protocolLevel } from "../ports/protocol-level.ts";
import type { CycleReport } from "../view/types.ts";
import { Episode } from "./episode.ts";
import type { Log } from "./log.ts";

/** Interval of the lines that report the balloon's progress, in microseconds. */
const PROGRESS_EVERY_US = 60_000_000;
/** An episode ends after this long without an occurrence, in microseconds. */
const QUIET_US = 60_000_000;

/** The figures of a cycle that the log uses. */
type Seen = Pick<CycleReport, "state" | "counters" | "statuses"> & { readonly lostSeconds: number };

/** Events that come in episodes, with the log's lines about them. */
interface Watched {
  readonly count: (seen: Seen) => number;
  readonly event: string;
  readonly level: "info" | "warn";
  readonly begins: string;
  readonly ends: string;
  /** The command whose last status the line contains. */
  readonly command?: HostCommand;
}

const WATCHED: readonly Watched[] = [
  {
    event: "target_unknown",
    // Another episode reports failures with the status RESET.
    count: ({ state, statuses }) => state.targetFail - statuses.count("get_target", Status.Reset),
    level: "warn",
    begins: "the host does not answer GET_TARGET with a target: the daemon tries again each second",
    ends: "the host has answered GET_TARGET with a target for a minute",
    command: "get_target",
  },
  {
    event: "refused",
    count: ({ state }) => state.refusedAlloc,
    level: "warn",
    begins: "the host refuses pages",
    ends: "the host has refused no page for a minute",
    command: "lock",
  },
  {
    event: "kept",
    // Other episodes report resets, and pages of 2 MiB for which no UNLOCK was sent.
    count: ({ state, counters, statuses }) =>
      state.unlockFail - statuses.count("unlock", Status.Reset) - counters.exchangeRefusals,
    level: "warn",
    begins: "the host refuses to unlock pages: they stay in the balloon, and the daemon tries again each second",
    ends: "the host has unlocked all pages for a minute",
    command: "unlock",
  },
  {
    event: "exchange",
    count: ({ counters }) => counters.exchangeRefusals,
    level: "warn",
    begins:
      "the host refuses to lock pages of 4 KiB in exchange for a part of a page of 2 MiB, which therefore stays in the balloon as " +
      "a whole: the balloon is up to 2 MiB above its target, and the daemon tries again each second",
    ends: "the host has refused no page in exchange for a part of a page of 2 MiB for a minute",
    command: "lock",
  },
  {
    event: "reset",
    count: ({ state }) => resets(state),
    level: "warn",
    begins: "the host asked for a reset: the driver has freed all pages",
    ends: "the host has asked for no reset for a minute",
  },
  {
    event: "reset_start",
    count: ({ state }) => state.startFail,
    level: "warn",
    begins: "the host does not accept START: the daemon sends it each second",
    ends: "no START has failed for a minute",
    command: "start",
  },
  {
    event: "scarce",
    count: ({ counters }) => counters.watermarkHits,
    level: "info",
    begins: "no free memory is left above the watermark: the balloon grows at the rate of sleeping allocations",
    ends: "allocations have found free memory for a minute",
  },
  {
    event: "floor",
    count: ({ counters }) => counters.floorHits,
    level: "info",
    begins: "the guest is at its floor: the balloon stops growing",
    ends: "the floor has not limited the balloon for a minute",
  },
  {
    event: "pressure",
    count: ({ counters }) => counters.psiHits,
    level: "info",
    begins: "PSI full is above its limit: the balloon stops growing",
    ends: "PSI full has been below its limit for a minute",
  },
  {
    event: "unreadable",
    count: ({ counters }) => counters.unreadableHits,
    level: "warn",
    begins: "/proc/meminfo or /proc/zoneinfo can't be read: the balloon stops growing",
    ends: "the kernel's memory figures have been read for a minute",
  },
  {
    event: "arena",
    count: ({ counters }) => counters.arenaHits,
    level: "warn",
    begins:
      "the address space reserved at the start is full: the balloon grows no further until the daemon is restarted",
    ends: "the reserved address space has been large enough for a minute",
  },
  {
    event: "lost_seconds",
    count: ({ lostSeconds }) => lostSeconds,
    level: "info",
    begins: "cycles take a quarter of a second or more: the next whole second passes without one",
    ends: "no second was lost for a minute",
  },
];

/** Logs the changes of a cycle; logs nothing if nothing changes. */
export class CycleLog {
  readonly #log: Log;
  readonly #episodes = WATCHED.map((watched) => ({ watched, episode: new Episode(QUIET_US) }));
  #saidSize = 0;
  #saidUs = Number.NEGATIVE_INFINITY;
  #movingSinceUs: number | null = null;
  #verb: "inflates" | "deflates" = "inflates";
  #resets = 0;
  #lostSeconds = 0;
  #protocol: ProtocolLevel = "basic";

  constructor(log: Log) {
    this.#log = log;
  }

  /** Called when the driver is loaded; the log has reported the failures before. */
  begin(report: Pick<CycleReport, "state" | "counters" | "statuses">): void {
    for (const { watched, episode } of this.#episodes) episode.skip(watched.count({ ...report, lostSeconds: 0 }));
    this.#resets = resets(report.state);
    this.#protocol = protocolLevel(report.counters.capabilities);
  }

  /** Logs the changes of a cycle that has ended. */
  note({ state, counters, statuses, hostTarget, endUs, lostSeconds }: CycleReport): void {
    this.#lostSeconds += lostSeconds;
    // After a reset the log reports the size again.
    if (resets(state) !== this.#resets) this.#saidSize = 0;
    this.#resets = resets(state);
    this.#noteProtocol(protocolLevel(counters.capabilities));
    this.#noteSize(state, hostTarget, endUs);
    const seen = { state, counters, statuses, lostSeconds: this.#lostSeconds };
    for (const { watched, episode } of this.#episodes) {
      const { event, level, begins, ends, command } = watched;
      const turn = episode.note(watched.count(seen), endUs);
      if (turn === "begins") {
        const status = command === undefined ? undefined : statuses.last(command);
        const why = status === undefined ? "" : ` (${describeStatus(status)})`;
        this.#log[level](`${begins}${why}`, { event, phase: "begins", ...(status === undefined ? {} : { status }) });
      } else if (turn === "ends") {
        this.#log.info(ends, { event, phase: "ends", occurrences: episode.occurrences });
      }
    }
  }

  /** START of a reset may grant other capabilities; and batches are given up where they fail and single pages do not. */
  #noteProtocol(protocol: ProtocolLevel): void {
    if (protocol === this.#protocol) return;
    this.#log.info(`the protocol is ${protocol} now, before ${this.#protocol}`, { event: "protocol", protocol });
    this.#protocol = protocol;
  }

  #noteSize({ size, target }: Readonly<EngineState>, hostTarget: Pages, nowUs: number): void {
    const fields = { size_pages: size, target_pages: target, host_target_pages: hostTarget };
    const host = `the host asks for ${formatSize(hostTarget)}`;
    const asks = target === hostTarget ? host : `its target is ${formatSize(target)}, ${host}`;
    if (size === target) {
      const since = this.#movingSinceUs;
      this.#movingSinceUs = null;
      const isDue = nowUs - this.#saidUs >= PROGRESS_EVERY_US;
      if (since === null && (size === this.#saidSize || !isDue)) return;
      const after = since === null ? "" : `, after ${formatTime(Math.round((nowUs - since) / 1e5) * 1e5)}`;
      this.#log.info(`the balloon is at its target, ${formatSize(size)}${after}`, { event: "settled", ...fields });
    } else {
      const verb = size < target ? "inflates" : "deflates";
      // The log reports a reversal as a new move.
      if (this.#movingSinceUs === null || verb !== this.#verb) this.#movingSinceUs = nowUs;
      else if (nowUs - this.#saidUs < PROGRESS_EVERY_US) return;
      this.#verb = verb;
      this.#log.info(`the balloon ${verb}: it has ${formatSize(size)}, ${asks}`, {
        event: "moving",
        ...fields,
      });
    }
    this.#saidSize = size;
    this.#saidUs = nowUs;
  }
}

/** Number of resets: accepted STARTs except the first. */
const resets = (state: Readonly<EngineState>): number => (state.start - state.startFail - 1) >>> 0;
