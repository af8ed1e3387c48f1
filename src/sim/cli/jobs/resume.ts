import { InputError } from "../../../common/errors.ts";
import { formatTime } from "../../../common/units.ts";
import type { RowChoice } from "../../output/recorder.ts";
import type { RowFormat } from "../../output/row-format.ts";
import { policyOfCheckpoint, readCheckpoint } from "./checkpoint-file.ts";
import type { Job } from "./job.ts";
import { checkQueue, parseSuspendTime, type RunOptions, type RunRequest, targetOf } from "./request.ts";

/** Options whose values are in the checkpoint. */
const KEPT = ["driver", "rates", "set", "seed", "target", "machine", "since", "until", "format"] as const;

/**
 * Checks the options of a run that resumes a suspended one.
 * @param path the checkpoint
 * @throws {InputError}
 */
export function resumeRequest(traces: readonly string[], options: RunOptions, path: string): RunRequest {
  const suspendAtUs = parseSuspendTime(traces, options);
  checkQueue(traces, options);
  const kept = KEPT.find((name) => options[name] !== undefined) ?? (options.every !== "change" ? "every" : null);
  const refused = kept ?? (options.columns !== "default" ? "columns" : null);
  if (refused !== null)
    throw new InputError(`--${refused}: can't be combined with --resume: the checkpoint contains this setting`);
  const { checkpoint, state } = readCheckpoint(path, traces[0] ?? null);
  if (suspendAtUs !== null && suspendAtUs <= checkpoint.atUs) {
    throw new InputError(
      `--at ${formatTime(suspendAtUs)}: the checkpoint is at ${formatTime(checkpoint.atUs)} already`,
    );
  }
  const { columns, format, choice, sampleUs } = checkpoint.rows;
  const job: Job = {
    trace: checkpoint.trace.path,
    traceColumn: checkpoint.trace.path,
    driver: policyOfCheckpoint(checkpoint).name,
    driverBy: "--driver",
    rates: checkpoint.rates,
    seed: checkpoint.seed,
    world: 1,
    whatIf: checkpoint.whatIf,
    rows: {
      columns,
      format: format as RowFormat,
      choice: choice as RowChoice,
      sampleUs,
      placement: { isNamed: false, world: null, last: suspendAtUs === null },
    },
    wantsSummary: false,
    wantsChanges: false,
    wantsPlot: false,
    state,
    suspendAtUs,
  };
  return {
    jobs: [job],
    rowsTarget: targetOf([checkpoint.trace.path], options.output, format as RowFormat, true),
    isParquet: false,
    summaryFormat: null,
    svgPath: null,
    causesPath: null,
    checkpointPath: options.checkpoint ?? null,
    isQuiet: options.quiet === true,
    isVerified: false,
    worlds: null,
    threads: 1,
    queueTarget: null,
  };
}
