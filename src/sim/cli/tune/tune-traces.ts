import { checkDistinct } from "../../../common/cli/distinct-files.ts";
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { outputStat } from "../../../common/files/output-file.ts";
import { cleanUpAtSignal } from "../../../common/files/temporary.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { STDIN } from "../../trace/input.ts";
import { createSampler } from "../../tune/samplers/index.ts";
import { judgeStudy } from "../../tune/study/judge.ts";
import { setupOf } from "../../tune/study/runner.ts";
import { pendingWork, runStudy } from "../../tune/study/study.ts";
import { StudyLog } from "../../tune/study/study-log.ts";
import { spaceOf } from "../../tune/study/study-space.ts";
import { optionFiles, traceFiles } from "../input-files.ts";
import { readOnceAmong } from "../read-once.ts";
import { withEvaluator } from "./evaluation.ts";
import { idleRemark } from "./idle-notice.ts";
import { printStudy } from "./show-study.ts";
import { TimeNotice } from "./time-notice.ts";
import { createTuneRequest, type TuneOptions, type TuneRequest } from "./tune-options.ts";

/** Executes `balloon-sim tune`. */
export async function tuneTraces(traces: readonly string[], options: TuneOptions): Promise<void> {
  if (options.study !== undefined) {
    const inputs = [...traceFiles(traces), ...traceFiles(options.holdout ?? [], "--holdout"), ...optionFiles(options)];
    checkDistinct([{ option: "--study", path: options.study }], inputs);
    const once = readOnceAmong([...traces, ...(options.holdout ?? [])]);
    if (once !== null) {
      throw new InputError(
        `--study: ${once} can be read only once, and the study needs its traces again, to be continued and for study best: use a file`,
      );
    }
  }
  const request = createTuneRequest(traces, options);
  if (options.study !== undefined) checkStudyPath(options.study);
  const { header } = request;
  const remark = (line: string) => warn(`balloon-sim: ${line}`);
  const log =
    options.study === undefined ? StudyLog.inMemory(header) : await StudyLog.open(options.study, header, remark);
  const { study } = options;
  const forget =
    study === undefined
      ? () => {}
      : cleanUpAtSignal(
          async () => remark(keptText(study, log)),
          () => {},
        );
  try {
    for (const line of request.remarks) remark(line);
    if (log.resumed > 0) remark(`${escapeUnsafe(options.study ?? "")}: ${log.resumed - 1} trials existed already`);
    await makeStudy(log, request, options);
    printStudy(log, { name: options.study ?? null });
  } catch (error) {
    // With a journal, the corrected command would be refused as another study.
    log.removeIfEmpty();
    throw error;
  } finally {
    forget();
    log.close();
  }
}

/** What remains of a study that a signal ends. */
function keptText(study: string, { trials }: StudyLog): string {
  const kept = `${trials.length} ${trials.length === 1 ? "trial is" : "trials are"} kept in it`;
  return `tune: ${escapeUnsafe(study)}: ended by a signal; ${kept}, and the same command continues the study`;
}

/** Refuses a study file that can't be truncated and continued. */
function checkStudyPath(path: string): void {
  const stat = outputStat(path, "--study");
  if (path === STDIN || (stat !== undefined && !stat.isFile())) {
    const what = stat?.isDirectory() ? "is a directory" : "is no file";
    throw new InputError(`--study ${escapeUnsafe(path)}: ${what}, expected one such as study.jsonl`);
  }
}

/** Executes the missing trials of a study, and judges its result. */
export async function makeStudy(log: StudyLog, { header, texts, trials, forMs }: TuneRequest, options: TuneOptions) {
  const startMs = performance.now();
  const space = spaceOf(header);
  const sampler = createSampler(header.sampler, { space, seed: header.seed, batch: header.batch });
  const limit = Math.min(trials, header.sampler === "grid" ? space.combinations : trials);
  await withEvaluator(setupOf(header, texts), options, async (evaluator, note) => {
    const notice = new TimeNotice({ trials: limit, workers: () => evaluator.workers }, (line) =>
      warn(`balloon-sim: ${line}`),
    );
    const elapsed = () => (performance.now() - startMs) / forMs;
    await runStudy(log, sampler, evaluator, {
      trials,
      isOver: () => elapsed() >= 1,
      onTrial: (trial) => {
        note(Math.max(trial / limit, elapsed()), "searching");
        // By then the workers of a queue are known.
        const idle = trial === log.resumed + header.batch ? idleRemark(pendingWork(header), evaluator.workers) : null;
        if (idle !== null) warn(`balloon-sim: ${idle}`);
        if (!Number.isFinite(forMs)) notice.onTrial(trial);
      },
    });
    await judgeStudy(log, evaluator, (part, round) => note(part, round === 0 ? "judging" : "judging the next best"));
  });
}
