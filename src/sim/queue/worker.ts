import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, WaitingError, Worker } from "bullmq";
import { failureDataOf, InputError, isOfWork, RunError } from "../../common/errors.ts";
import type { QueueAddress } from "./address.ts";
import { HEARTBEAT_MS, KEEP_SECONDS, LOCK_MS, QUEUE_PREFIX, queueKeys, queueName, STALLED_MS } from "./keys.ts";
import { isSameModel, type ModelId, modelId, modelText } from "./model-id.ts";
import { answerOf, type PieceAnswer, type PieceData, taskOf } from "./pieces.ts";
import { checkMemory, connectRedis, type Redis, redisFailure, type Say } from "./redis.ts";
import {
  forgetWorker,
  liveStudies,
  noteWorker,
  type StudyRecord,
  studyNamed,
  tidyStudy,
  type WorkerRecord,
} from "./registry.ts";
import { loadText } from "./texts.ts";
import type { Work, WorkKind, WorkSetup } from "./work.ts";
import { WorkerFigures, workerText } from "./worker-figures.ts";

/** The settings of a worker. */
export interface WorkerOptions {
  readonly address: QueueAddress;
  /** The study whose tasks the worker takes; null: all studies. */
  readonly name: string | null;
  /** Number of runs in parallel. */
  readonly threads: number;
  /** The kinds of work that the worker can execute. */
  readonly kinds: readonly WorkKind[];
}

/** Interval at which a worker looks for studies, in milliseconds. */
const LOOK_MS = 500;
/** Maximum number of studies for which a worker works at the same time; the oldest come first. */
const MAX_STUDIES = 4;
/** Time without a coordinator after which a worker leaves a study, in milliseconds: Redis may have been restarted. */
const GRACE_MS = 3000;
/** Time within which a worker that ends may complete its tasks, in milliseconds. It returns the others to the queue. */
const FINISH_MS = 5000;
/** Pause before a worker repeats a command after the connection was lost, in milliseconds. */
const RETRY_MS = 500;

/** A study whose tasks a worker takes. */
interface Attachment {
  readonly record: StudyRecord;
  readonly work: Work;
  readonly bull: Worker<PieceData, PieceAnswer>;
  /** Time of the coordinator's last known record, in milliseconds of this process's clock. */
  seenMs: number;
  /** Whether the worker has left the study: results of tasks in progress are discarded. */
  isOver: boolean;
}

/** Takes tasks of studies from a queue and executes their runs on threads. This thread stays free to renew the locks of the tasks. */
export class QueueWorker {
  readonly figures: WorkerFigures;
  readonly #redis: Redis;
  readonly #options: WorkerOptions;
  readonly #say: Say;
  readonly #record: WorkerRecord;
  readonly #attached = new Map<string, Attachment>();
  /** Tokens of the coordinators with another model. Each was reported once. */
  readonly #refused = new Set<string>();
  readonly #stopping = new AbortController();
  #isClosed = false;
  #notedMs = Number.NEGATIVE_INFINITY;

  private constructor(redis: Redis, options: WorkerOptions, say: Say, model: ModelId) {
    this.#redis = redis;
    this.#options = options;
    this.#say = say;
    this.#record = {
      id: crypto.randomUUID(),
      host: hostname(),
      pid: process.pid,
      model,
      threads: options.threads,
      study: options.name,
    };
    this.figures = new WorkerFigures(model, options.threads);
  }

  /**
   * @throws {InputError} if the queue can't be used
   * @throws {RunError} if the memory of Redis is full
   */
  static async start(options: WorkerOptions, say: Say, model: ModelId = modelId()): Promise<QueueWorker> {
    let worker: QueueWorker | null = null;
    const sayLoss = (line: string) => {
      if (worker !== null && !worker.#isClosed) say(line);
    };
    const redis = await connectRedis(options.address, sayLoss, say);
    try {
      await checkMemory(redis, options.address);
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    worker = new QueueWorker(redis, options, say, model);
    return worker;
  }

  /**
   * Works until `stop`.
   * @throws {InputError} if the study of `name` has another model
   * @throws {RunError} if Redis refuses a command
   */
  async run(): Promise<void> {
    const { address, name, threads } = this.#options;
    const what = name === null ? "any study" : `the study ${name}`;
    this.#say(`takes tasks of ${what} from ${address.shown}: ${workerText(this.#record.model, threads)}`);
    try {
      while (!this.#isStopping) {
        try {
          await this.#look();
        } catch (error) {
          const failure = redisFailure(error, address);
          if (failure !== null) throw failure;
        }
        await sleep(LOOK_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    } finally {
      await Promise.race([this.#leave(), sleep(2 * FINISH_MS, undefined, { ref: false })]);
    }
  }

  /** Closes the connection. The caller must wait for the end of `run` first. */
  close(): void {
    this.#isClosed = true;
    this.#redis.disconnect();
  }

  /** Ends the work. Pieces that are not done within a few seconds are returned to the queue. */
  stop(): void {
    this.#stopping.abort();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #look(): Promise<void> {
    const now = performance.now();
    if (now - this.#notedMs >= HEARTBEAT_MS) {
      await noteWorker(this.#redis, this.#record);
      await this.#keep();
      this.#notedMs = now;
    }
    for (const record of await this.#studies()) {
      const queue = queueName(record.study, record.setup);
      const existing = this.#attached.get(queue);
      if (existing !== undefined) existing.seenMs = performance.now();
      else if (this.#attached.size < MAX_STUDIES && !this.#refused.has(record.token)) await this.#attach(queue, record);
    }
    for (const [queue, attachment] of this.#attached) {
      if (performance.now() - attachment.seenMs < GRACE_MS) continue;
      this.#attached.delete(queue);
      await this.#detach(attachment);
    }
    this.#share();
  }

  /** Sets the expiry of the keys that this worker writes, for queues without a coordinator. */
  async #keep(): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const queue of this.#attached.keys()) {
      for (const key of queueKeys(queue)) pipeline.expire(key, KEEP_SECONDS);
    }
    await pipeline.exec();
  }

  async #studies(): Promise<StudyRecord[]> {
    const { name } = this.#options;
    if (name === null) return liveStudies(this.#redis);
    const record = await studyNamed(this.#redis, name);
    return record === null ? [] : [record];
  }

  async #attach(queue: string, record: StudyRecord): Promise<void> {
    const { study } = record;
    if (!isSameModel(record.model, this.#record.model)) {
      this.#refused.add(record.token);
      const text =
        `study ${study}: its coordinator has the model ${modelText(record.model)}, this worker has ${modelText(this.#record.model)}: ` +
        "both need the same version of balloon-sim";
      if (this.#options.name !== null) throw new InputError(text);
      this.#say(text);
      return;
    }
    const work = await this.#begin(queue, record);
    if (work === null) return;
    this.#say(`study ${study}: taking tasks`);
    const make = (job: Job<PieceData, PieceAnswer>, token?: string): Promise<PieceAnswer> =>
      this.#make(attachment, job, token);
    const bull: Attachment["bull"] = new Worker<PieceData, PieceAnswer>(queue, make, {
      connection: this.#redis,
      prefix: QUEUE_PREFIX,
      concurrency: this.#options.threads,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      // Repeated deaths of workers do not make a task a failure.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: RETRY_MS,
      skipVersionCheck: true,
    });
    // Errors about tasks that were removed or taken over by another worker need no message.
    bull.on("error", () => {});
    const attachment: Attachment = { record, work, bull, seenMs: performance.now(), isOver: false };
    this.#attached.set(queue, attachment);
  }

  /** Begins the work of a study; null if Redis no longer has the study. */
  async #begin(queue: string, { study, setup }: StudyRecord): Promise<Work | null> {
    const textOf = async (name: string): Promise<string> => {
      const text = await loadText(this.#redis, queue, name);
      if (text === null) throw new TextGone(`study ${study}: a text is missing in Redis`);
      return text;
    };
    try {
      const stored = (JSON.parse(await textOf(setup)) as { readonly setup: WorkSetup }).setup;
      const kind = this.#options.kinds.find(({ name }) => name === stored.kind);
      if (kind === undefined) throw new RunError(`study ${study}: its kind of work is unknown: ${stored.kind}`);
      return await kind.start(stored, textOf, this.#options.threads);
    } catch (error) {
      if (error instanceof TextGone) return null;
      throw error;
    }
  }

  /** Executes the runs of a piece. */
  async #make(attachment: Attachment, job: Job<PieceData, PieceAnswer>, token?: string): Promise<PieceAnswer> {
    const { work, record } = attachment;
    const { study } = record;
    const startMs = performance.now();
    try {
      const { answer, runs, failedRuns } = await work.make(taskOf(job.data));
      const ms = performance.now() - startMs;
      this.figures.note(study, runs, failedRuns, ms);
      return answerOf(answer, ms);
    } catch (error) {
      if (attachment.isOver) {
        // Another worker executes the task, unless the study has ended.
        await job.moveToWait(token).catch(() => {});
        throw new WaitingError();
      }
      this.figures.noteFailure(study);
      if (isOfWork(error)) return { ok: false, failure: failureDataOf(error) };
      this.#say(`study ${study}: a task failed: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }

  /** Divides the threads equally among the studies. */
  #share(): void {
    const part = Math.ceil(this.#options.threads / Math.max(1, this.#attached.size));
    for (const { bull } of this.#attached.values()) if (bull.concurrency !== part) bull.concurrency = part;
  }

  /** Leaves a study that no longer has a coordinator. */
  async #detach(attachment: Attachment): Promise<void> {
    const { record, work, bull } = attachment;
    attachment.isOver = true;
    await work.stop();
    await bull.close();
    await tidyStudy(this.#redis, record);
    this.#say(`study ${record.study}: has ended${this.figures.text(record.study)}`);
  }

  /** Leaves all studies: takes no further pieces, and returns those that are not done in time to the queue. */
  async #leave(): Promise<void> {
    const attached = [...this.#attached.values()];
    const closing = Promise.all(attached.map(({ bull }) => bull.close()));
    await Promise.race([closing, sleep(FINISH_MS, undefined, { ref: false })]);
    for (const attachment of attached) attachment.isOver = true;
    await Promise.all(attached.map(({ work }) => work.stop()));
    await closing;
    for (const { record } of attached) await tidyStudy(this.#redis, record);
    for (const { record } of attached) {
      this.#say(`study ${record.study}: the worker leaves${this.figures.text(record.study)}`);
    }
    await forgetWorker(this.#redis, this.#record);
  }
}

/** A text is missing in Redis: the study has ended, or Redis has lost its data. */
class TextGone extends Error {}
