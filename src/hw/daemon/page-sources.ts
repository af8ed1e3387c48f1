/** What a running daemon shows of itself. */
import { commit, version } from "../../common/cli/command-line.ts";
import type { Histogram } from "../../common/metrics/histogram.ts";
import type { Us } from "../../common/units.ts";
import { metricsText } from "../metrics/metrics.ts";
import { memoryPressure, processFigures } from "../metrics/process-figures.ts";
import type { NativeWorker } from "../native/addon.ts";
import { protocolLevel } from "../ports/protocol-level.ts";
import type { HostKind } from "../view/types.ts";
import type { Auxiliaries } from "./auxiliaries.ts";
import type { Daemon } from "./daemon.ts";
import type { Health } from "./health.ts";
import type { Operator } from "./operator.ts";
import type { PageSources } from "./pages.ts";
import type { SettingsInForce } from "./settings-in-force.ts";

/** The parts of a daemon that its pages show. */
export interface ShownParts {
  readonly daemon: Daemon;
  readonly worker: NativeWorker;
  readonly host: HostKind["kind"];
  /** Whether no pages are taken. */
  readonly isDry: boolean;
  readonly inForce: SettingsInForce;
  readonly operator: Operator;
  readonly auxiliaries: Auxiliaries;
  readonly health: Health;
  readonly cycles: Histogram;
  /** Log lines that could not be written. */
  readonly lostLogLines: () => number;
  readonly lostSeconds: () => number;
  readonly isKernelDriverLoaded: () => boolean;
  readonly uptimeUs: () => Us;
}

/** The sources of a daemon's pages; each call takes the present figures. */
export function pageSources(parts: ShownParts): PageSources {
  const { daemon, worker, inForce, operator, health } = parts;
  const common = () => {
    const counters = worker.counters();
    return {
      version: version(),
      commit: commit(),
      host: parts.host,
      isDry: parts.isDry,
      pin: worker.pin,
      ioPermission: worker.ioPermission,
      protocol: protocolLevel(counters.capabilities),
      limits: inForce.limits,
      control: operator.status,
      giveWay: operator.giveWay,
      state: daemon.engine.state,
      counters,
      auxiliaries: parts.auxiliaries.states,
      lostLogLines: parts.lostLogLines(),
    };
  };
  return {
    status: () => ({
      ...common(),
      pid: process.pid,
      uptimeSeconds: Math.floor(parts.uptimeUs() / 1e6),
      phase: daemon.phase,
    }),
    metrics: (way) => {
      const snapshot = {
        ...common(),
        isLoaded: daemon.phase === "running" && daemon.engine.state.resetRequired === 0,
        isHealthy: health.unhealthyReason(daemon) === null,
        statuses: daemon.statuses,
        isKernelDriverLoaded: parts.isKernelDriverLoaded(),
        machinePages: inForce.machinePages,
        lostSeconds: parts.lostSeconds(),
        cycles: parts.cycles,
        pressure: memoryPressure(),
        process: processFigures(),
      };
      return metricsText(snapshot, way);
    },
    unhealthyReason: () => health.unhealthyReason(daemon),
    holding: () => operator.sentence,
  };
}
