import { InputError, RunError } from "../../../common/errors.ts";
import { formatRequirement } from "../goal.ts";
import { subjectKindOf } from "../objectives.ts";
import { samplerNamed } from "../samplers/index.ts";
import { Scoring } from "../scoring.ts";
import type { Space } from "../space.ts";
import type { Point, Sampler, StudyHeader, Trial } from "../types.ts";
import {
  type Candidate,
  candidateOf,
  type Place,
  placesOf,
  runCandidates,
  trialOf,
  tuningTraces,
  worldsFrom,
} from "./candidates.ts";
import type { Evaluator } from "./evaluator.ts";
import { halve } from "./halving.ts";
import type { StudyLog } from "./study-log.ts";
import { spaceOf } from "./study-space.ts";

/** The limits of a study. */
export interface StudyLimits {
  /** Number of trials besides trial 0; Infinity: until the sampler has no more, or the time is over. */
  readonly trials: number;
  /** Whether the time is over: no further trial begins. */
  readonly isOver: () => boolean;
  /** Called after each trial, with the number of trials besides trial 0. */
  readonly onTrial?: (trials: number) => void;
}

/**
 * Executes the trials of a study that its log does not contain yet. The sampler proposes a batch exactly when it knows all
 * previous batches except for the last `ahead - 1`. A study's course therefore depends only on its header: not on the number of
 * workers, the duration of trials or interruptions. Studies of different length begin with the same trials.
 * @throws {InputError} if the log has another course
 * @throws {RunError} if the reference fails and a requirement is relative to it
 */
export async function runStudy(
  log: StudyLog,
  sampler: Sampler,
  evaluator: Evaluator,
  limits: StudyLimits,
): Promise<void> {
  const { header } = log;
  const space = spaceOf(header);
  const addTrial = (trial: Trial) => {
    log.addTrial(trial);
    limits.onTrial?.(trial.trial);
  };
  await makeReference(log, space, evaluator, limits, addTrial);
  checkReference(log);
  if (log.trials.length === 0) return;
  const scoring = new Scoring(header, log.trials[0]?.runs);
  const addInOrder = inOrder(log.trials.length, addTrial);
  const context = { log, scoring, evaluator, limits, addTrial: addInOrder };
  const underWay: Batch[] = [];
  /** Waits for the oldest batch and passes its results to the sampler; false if the study ends before the batch. */
  const settle = async (): Promise<boolean> => {
    const { first, points, made } = underWay.shift() as Batch;
    await made;
    const trials = log.trials.slice(first, first + points.length);
    if (trials.length < points.length) return false;
    sampler.tell(trials.map((trial) => scoring.outcome(trial)));
    return true;
  };
  const most = batchesAhead(header);
  let isGoingOn = true;
  for (let first = 1; isGoingOn && first <= limits.trials; ) {
    if (underWay.length === most) isGoingOn = await settle();
    const points = isGoingOn ? sampler.ask(header.batch) : [];
    if (points.length === 0) break;
    checkCourse(log, first, points);
    const batch = points.map((point, i) => candidateOf(first + i, point, space.ratesOf(point)));
    const missing = Math.min(points.length, Math.max(0, log.trials.length - first));
    const wanted = Math.min(points.length, limits.trials - first + 1);
    const made = makeBatch(batch, missing, wanted, context);
    // A failure is thrown when its batch's turn comes; until then it must not count as unhandled.
    made.catch(() => {});
    underWay.push({ first, points, made });
    first += points.length;
  }
  // Pending batches are completed, also if the study is over: their trials are needed, or cost little now.
  for (const { made } of underWay) await made;
}

/** A pending batch: its points are proposed, and the sampler does not know its results. */
interface Batch {
  /** Number of its first trial. */
  readonly first: number;
  readonly points: readonly Point[];
  /** Resolves when the log contains those of its trials that are needed. */
  readonly made: Promise<void>;
}

/**
 * Maximum number of pending batches. It is at least 2 if the proposals do not depend on results: the points are the same, and no
 * worker waits for the slowest trial of a batch.
 */
function batchesAhead({ ahead = 1, sampler }: StudyHeader): number {
  return samplerNamed(sampler).isBlind ? Math.max(2, ahead) : ahead;
}

/** Adds trials, which end in any order, in ascending order from number `next` on. */
function inOrder(next: number, add: (trial: Trial) => void): (trial: Trial) => void {
  const waiting = new Map<number, Trial>();
  let number = next;
  return (trial) => {
    waiting.set(trial.trial, trial);
    for (let due = waiting.get(number); due !== undefined; due = waiting.get(number)) {
      waiting.delete(number++);
      add(due);
    }
  };
}

interface BatchContext {
  readonly log: StudyLog;
  readonly scoring: Scoring;
  readonly evaluator: Evaluator;
  readonly limits: StudyLimits;
  /** Gets the trials of all batches, in any order. */
  readonly addTrial: (trial: Trial) => void;
}

/** Executes the trials of a batch from index `from` up to `to`. */
async function makeBatch(
  batch: readonly Candidate[],
  from: number,
  to: number,
  { log, scoring, evaluator, limits, addTrial }: BatchContext,
): Promise<void> {
  const { header } = log;
  if (from >= to || limits.isOver()) return;
  if (header.rungs.length > 0) {
    // Which candidates are dropped depends on the whole batch, however much of it is wanted.
    for (const trial of (await halve(batch, scoring, { header, evaluator })).slice(from, to)) addTrial(trial);
  } else {
    const done = (candidate: Candidate) => addTrial(trialOf(candidate));
    await runCandidates(batch.slice(from, to), searchPlaces(header), { header, evaluator }, done, limits.isOver);
  }
}

/** The work of a search that can be executed at the same time. */
export interface PendingWork {
  /** Maximum number of pending batches. */
  readonly batches: number;
  /** Number of runs in these batches; fewer with halving. */
  readonly runs: number;
}

/** The maximum of the pending work of a study's search. */
export function pendingWork(header: StudyHeader): PendingWork {
  const batches = batchesAhead(header);
  return { batches, runs: header.batch * batches * searchPlaces(header).length };
}

/** The places of every trial's runs. */
const searchPlaces = (header: StudyHeader): Place[] =>
  placesOf(header, tuningTraces(header), worldsFrom(1, header.worlds));

/** Executes trial 0; if it exists and the study shall be continued, checks that it has the same result again. */
async function makeReference(
  log: StudyLog,
  space: Space,
  evaluator: Evaluator,
  limits: StudyLimits,
  addTrial: (trial: Trial) => void,
): Promise<void> {
  const { header } = log;
  const [there] = log.trials;
  if (there !== undefined && (log.trials.length > limits.trials || limits.isOver())) return;
  const candidate = candidateOf(0, space.referencePoint, header.reference);
  await runCandidates([candidate], searchPlaces(header), { header, evaluator });
  const trial = trialOf(candidate);
  if (there === undefined) addTrial(trial);
  else if (JSON.stringify(trial) !== JSON.stringify(there)) {
    throw new InputError(
      `${log.place}trial 0 gives other values now than when the study began: another program made it; begin a new study`,
    );
  }
}

/**
 * Checks that the reference has not failed, if a requirement is relative to it. A crash is no OOM kill: to allow kills would lift
 * the assumed requirement, but no trial could be compared with the reference either.
 */
function checkReference({ header, trials, place }: StudyLog): void {
  const [reference] = trials;
  const relative = header.requirements.find(({ of }) => of !== undefined);
  if (reference?.state !== "failed" || relative === undefined) return;
  const assumed = relative.isAssumed === true ? " (assumed)" : "";
  const number = relative.isAssumed === true ? ` (--require "${relative.objective} == 0")` : "";
  throw new RunError(
    `${place}trial 0, the reference, fails (${reference.error}), so "${formatRequirement(relative)}"${assumed} can't be ` +
      `checked: give other --rates as the reference, leave the ${subjectKindOf(header)} out, or require a number instead${number}`,
  );
}

/** Checks that the existing trials are those that the sampler proposes now. */
function checkCourse({ trials, place }: StudyLog, first: number, points: readonly Point[]): void {
  points.forEach((point, i) => {
    const trial = trials[first + i];
    if (trial !== undefined && String(trial.point) !== String(point)) {
      throw new InputError(
        `${place}trial ${trial.trial} of the study is not what its sampler proposes: the journal was changed, or another program ` +
          "made it; begin a new study",
      );
    }
  });
}
