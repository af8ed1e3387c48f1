import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { SAME_SIGNAL_MS, takeSignals } from "../../common/files/temporary.ts";
import { METRICS_TYPE } from "../../common/metrics/exposition.ts";
import { formatListenAddress, parseListenAddress } from "../../common/server/listen-address.ts";
import { PageServer } from "../../common/server/page-server.ts";
import { parseQueueAddress, parseStudyName } from "../queue/address.ts";
import { processors } from "./jobs/processors.ts";
import type { QueueOptions } from "./queue-options.ts";

/** The options of `balloon-sim worker` as the command line gives them. */
export interface WorkerCommandOptions extends QueueOptions {
  readonly queue: string;
  readonly concurrency?: number;
  readonly metrics?: true | string;
  readonly purge?: string;
}

const DEFAULT_METRICS = "127.0.0.1:9464";

/** Signals that end a worker. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Executes `balloon-sim worker`. */
export async function workForQueue(options: WorkerCommandOptions): Promise<void> {
  const { queue, queuePasswordFile: passwordFile, queueCa: caFile } = options;
  const say = (line: string) => warn(`balloon-sim worker: ${line}`);
  const address = parseQueueAddress(queue, { passwordFile, caFile });
  if (options.purge !== undefined) {
    for (const option of ["name", "concurrency", "metrics"] as const) {
      if (options[option] !== undefined) throw new InputError(`--purge: can't be combined with --${option}`);
    }
    const name = parseStudyName("--purge", options.purge);
    const { purgeStudy } = await import("../queue/purge.ts");
    const keys = await purgeStudy(address, name, say);
    print(`study ${name}: ${keys === 0 ? "no data" : `${keys} keys removed`} at ${address.shown}\n`);
    return;
  }
  const name = options.name === undefined ? null : parseStudyName("--name", options.name);
  const threads = options.concurrency ?? processors();
  const metrics = metricsAddress(options.metrics);
  const [{ QueueWorker }, { STUDY_WORK }, { RUN_WORK }] = await Promise.all([
    import("../queue/worker.ts"),
    import("../queue/study-work.ts"),
    import("./jobs/run-work.ts"),
  ]);
  const worker = await QueueWorker.start({ address, name, threads, kinds: [STUDY_WORK, RUN_WORK] }, say);
  let stopMs: number | null = null;
  let returnSignals: (() => void) | null = null;
  const release = () => {
    for (const name of SIGNALS) process.off(name, stop);
    returnSignals?.();
  };
  const stop = (signal: NodeJS.Signals) => {
    const nowMs = performance.now();
    if (stopMs === null) {
      stopMs = nowMs;
      worker.stop();
    } else if (nowMs - stopMs >= SAME_SIGNAL_MS) {
      // A second signal does not wait.
      release();
      process.kill(process.pid, signal);
    }
  };
  let server: PageServer | null = null;
  try {
    if (metrics !== null) {
      const pages = new Map([["/metrics", () => ({ type: METRICS_TYPE, body: worker.figures.metrics })]]);
      server = await PageServer.listen(metrics, pages, "--metrics");
      say(`metrics at http://${formatListenAddress(server.address)}/metrics`);
    }
    // The rows of a study are in temporary files, which are removed when the worker leaves the study.
    returnSignals = takeSignals();
    for (const signal of SIGNALS) process.on(signal, stop);
    await worker.run();
  } finally {
    worker.close();
    await server?.close();
    release();
  }
}

function metricsAddress(option: true | string | undefined) {
  if (option === undefined) return null;
  try {
    return parseListenAddress(option === true ? DEFAULT_METRICS : option);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`--metrics: ${error.message}`) : error;
  }
}
