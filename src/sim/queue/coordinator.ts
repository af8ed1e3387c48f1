import { setTimeout as sleep } from "node:timers/promises";
import { Queue, QueueEvents } from "bullmq";
import { InputError, RunError } from "../../common/errors.ts";
import { undoAtSignal } from "../../common/files/temporary.ts";
import { thisProcess } from "../../common/process-identity.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import type { Evaluator } from "../tune/study/evaluator.ts";
import { encodeTasks, type ResultMessage } from "../tune/study/messages.ts";
import { Piecewise } from "../tune/study/piecewise.ts";
import type { RunResult, RunSetup, RunTask } from "../tune/study/runner.ts";
import { policyOf } from "../tune/study/study-space.ts";
import type { QueueAddress, QueueTarget } from "./address.ts";
import { HEARTBEAT_MS, KEEP_SECONDS, QUEUE_PREFIX, queueKeys, queueName } from "./keys.ts";
import { isSameModel, type ModelId, modelId, modelText } from "./model-id.ts";
import { Pace } from "./pace.ts";
import { decodeAnswer, encodePiece, errorOf, type PieceAnswer, type PieceData, pieceId } from "./pieces.ts";
import { connectRedis, type Redis, redisFailure, type Say, secondConnection } from "./redis.ts";
import { claimStudy, presentWorkers, releaseStudy, type StudyRecord } from "./registry.ts";
import { packSetup, type StoredSetup, setupKeys, storeSetup } from "./setup.ts";

/** Pieces for each thread that are in the queue at most: one that is made, and one that waits. */
const PIECES_PER_THREAD = 2;
/** Pieces that are in the queue at least, so that a worker that comes finds some. */
const LEAST_PIECES = 4;
/** Results that stay in Redis at least until they are taken, so that one whose event was missed is found. */
const LEAST_KEPT = 16;
/** Events that the queue keeps; each result is in one of them, and results that were missed are looked for anyway. */
const EVENTS = 64;
/** How often a piece is tried whose worker fails, as opposed to dies. */
const ATTEMPTS = 3;
/** How often results are looked for of which no event was heard, in milliseconds. */
const CHECK_MS = 2000;
/** How long no worker may be there before it is said, in milliseconds. */
const ALONE_MS = 5000;
/** How long after a failure pieces are put into the queue again, in milliseconds. */
const AGAIN_MS = 200;
/** What Redis loses within this time is said once, in milliseconds. */
const LOST_MS = 10_000;
/** How long the end may take, in milliseconds, where Redis does not answer. */
const END_MS = 2500;
/** Coordinators with the same setup that have no name, at the same time. */
const MAX_NAMESAKES = 1000;

/** A piece that is asked for. */
interface Entry {
  readonly id: string;
  readonly data: PieceData;
  readonly runs: number;
  /** Whether Redis has confirmed that it has the piece. */
  isStored: boolean;
  readonly waiters: { resolve(results: ResultMessage): void; reject(error: unknown): void }[];
}

/**
 * Makes runs on the workers of a queue. What is in Redis may be lost at any time: this side knows what is missing, and asks
 * for it again. What this side put there is removed by `stop`, and expires where this process dies.
 */
export class QueueEvaluator implements Evaluator {
  readonly #redis: Redis;
  readonly #target: QueueAddress;
  readonly #policy: BalloonPolicy;
  readonly #setup: StoredSetup;
  readonly #record: StudyRecord;
  readonly #queue: Queue<PieceData, PieceAnswer>;
  readonly #events: QueueEvents;
  readonly #second: Redis;
  readonly #sayLast: Say;
  readonly #entries = new Map<string, Entry>();
  readonly #pace = new Pace();
  readonly #pieces: Piecewise;
  readonly #working = new Set<Promise<void>>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #noUndo: () => void;
  readonly #startMs = performance.now();
  #toAdd: Entry[] = [];
  #threads = 0;
  #seenMs = this.#startMs;
  #isAlone = false;
  #lostMs = Number.NEGATIVE_INFINITY;
  #failure: Error | null = null;
  #stopped: Promise<void> | null = null;

  private constructor(
    redis: Redis,
    { address }: QueueTarget,
    parts: { policy: BalloonPolicy; setup: StoredSetup; record: StudyRecord; say: Say },
  ) {
    this.#redis = redis;
    this.#target = address;
    this.#policy = parts.policy;
    this.#setup = parts.setup;
    this.#record = parts.record;
    this.#sayLast = parts.say;
    const name = queueName(parts.record.study, parts.setup.hash);
    const streams = { events: { maxLen: EVENTS } };
    this.#queue = new Queue(name, { connection: redis, prefix: QUEUE_PREFIX, streams, skipVersionCheck: true });
    this.#second = secondConnection(redis);
    this.#events = new QueueEvents(name, { connection: this.#second, prefix: QUEUE_PREFIX, skipVersionCheck: true });
    // Errors of the connection are said by `connectRedis`, and what is lost by them is found missing.
    this.#queue.on("error", () => {});
    this.#events.on("error", () => {});
    this.#pieces = new Piecewise({
      most: () => this.#mostPieces,
      sizeOf: (left) => this.#pace.sizeOf(left, this.#threads),
      make: (tasks) => this.#ask(tasks),
    });
    this.#noUndo = undoAtSignal(() => this.stop());
  }

  /**
   * Enters a study into a queue.
   * @param say gets lines about what has to be waited for
   * @throws {InputError} where the queue can't be used, or another coordinator works under the name
   */
  static async start(
    setup: RunSetup,
    target: QueueTarget,
    say: Say,
    model: ModelId = modelId(),
  ): Promise<QueueEvaluator> {
    let evaluator: QueueEvaluator | null = null;
    const redis = await connectRedis(target.address, (line) => (evaluator === null ? undefined : evaluator.#say(line)));
    try {
      const stored = await packSetup(setup, model);
      const record = await claimName(redis, target, stored.hash, model);
      evaluator = new QueueEvaluator(redis, target, { policy: policyOf(setup), setup: stored, record, say });
      await evaluator.#begin();
      return evaluator;
    } catch (error) {
      if (evaluator === null) redis.disconnect();
      else await evaluator.stop();
      throw error;
    }
  }

  /** The study's name. */
  get name(): string {
    return this.#record.study;
  }

  /** How many pieces are in the queue at most. */
  get #mostPieces(): number {
    return Math.max(LEAST_PIECES, PIECES_PER_THREAD * this.#threads);
  }

  get workers(): number {
    return this.#threads;
  }

  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    return this.#pieces.run(tasks, deliver, isOver);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #begin(): Promise<void> {
    this.#events.on("completed", ({ jobId, returnvalue }) =>
      this.#finish(jobId, returnvalue as unknown as PieceAnswer),
    );
    const check = ({ jobId }: { readonly jobId: string }) => this.#try(() => this.#check([jobId]));
    this.#events.on("failed", check);
    // The piece was there already: a coordinator that died had asked for it.
    this.#events.on("duplicated", check);
    await storeSetup(this.#redis, this.#record.study, this.#setup);
    await this.#queue.waitUntilReady();
    await this.#events.waitUntilReady();
    await this.#beat();
    this.#every(HEARTBEAT_MS, () => this.#beat());
    this.#every(CHECK_MS, () => this.#check());
    this.#redis.on("ready", () => this.#try(() => this.#beat().then(() => this.#check())));
  }

  /** Does work with Redis, unless the end has begun, which waits for it. */
  #try(work: () => Promise<void>): Promise<void> {
    if (this.#stopped !== null) return Promise.resolve();
    const done = work()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
    return done;
  }

  /** Does work again and again, not at the same time with itself. */
  #every(ms: number, work: () => Promise<void>): void {
    let isBusy = false;
    const timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      void this.#try(work).finally(() => {
        isBusy = false;
      });
    }, ms);
    this.#timers.push(timer);
  }

  /** Ends all work with an error, unless it is one of a connection that is made again. */
  #fail(error: unknown): void {
    const failure = redisFailure(error, this.#target);
    if (failure === null || this.#stopped !== null || this.#failure !== null) return;
    this.#failure = failure;
    for (const { waiters } of this.#entries.values()) for (const { reject } of waiters) reject(this.#failure);
    this.#entries.clear();
    this.#pieces.fail(this.#failure);
  }

  #say(line: string): void {
    if (this.#stopped === null) this.#sayLast(line);
  }

  /** Makes the runs of a piece, as soon as a worker takes it. */
  #ask(tasks: readonly RunTask[]): Promise<ResultMessage> {
    const data = encodePiece(encodeTasks(tasks, this.#policy));
    const id = pieceId(this.#setup.hash, data);
    return new Promise((resolve, reject) => {
      const there = this.#entries.get(id);
      if (there !== undefined) {
        there.waiters.push({ resolve, reject });
        return;
      }
      const entry = { id, data, runs: tasks.length, isStored: false, waiters: [{ resolve, reject }] };
      this.#entries.set(id, entry);
      this.#add(entry);
    });
  }

  /** Puts a piece into the queue, together with others of the same moment. */
  #add(entry: Entry): void {
    this.#toAdd.push(entry);
    if (this.#toAdd.length === 1) setImmediate(() => void this.#try(() => this.#flush()));
  }

  async #flush(): Promise<void> {
    const entries = this.#toAdd;
    this.#toAdd = [];
    // No more results than these wait to be taken, so the ones before have been.
    const removeOnComplete = { count: Math.max(LEAST_KEPT, this.#mostPieces) };
    try {
      await this.#queue.addBulk(
        entries.map(({ id, data }) => ({
          name: "runs",
          data,
          opts: { jobId: id, attempts: ATTEMPTS, removeOnComplete },
        })),
      );
      for (const entry of entries) entry.isStored = true;
      const pipeline = this.#redis.pipeline();
      for (const { id } of entries) pipeline.expire(this.#queue.toKey(id), KEEP_SECONDS);
      await pipeline.exec();
    } catch (error) {
      this.#fail(error);
      setTimeout(() => {
        for (const entry of entries) if (!entry.isStored && this.#entries.get(entry.id) === entry) this.#add(entry);
      }, AGAIN_MS).unref();
    }
  }

  /** Lets what is in Redis live on for a while. @returns whether the setup is there */
  async #keep(): Promise<boolean> {
    const pipeline = this.#redis.pipeline();
    const data = setupKeys(this.#record.study, this.#setup);
    for (const key of data) pipeline.expire(key, KEEP_SECONDS);
    for (const key of queueKeys(this.#queue.name)) pipeline.expire(key, KEEP_SECONDS);
    for (const id of this.#entries.keys()) pipeline.expire(this.#queue.toKey(id), KEEP_SECONDS);
    const replies = (await pipeline.exec()) ?? [];
    return replies.slice(0, data.length).every(([, isThere]) => isThere === 1);
  }

  /** Says that this coordinator lives, and looks which workers do. */
  async #beat(): Promise<void> {
    const other = await claimStudy(this.#redis, this.#record);
    if (other !== null) {
      throw new RunError(`another coordinator (${placeOf(other)}) has taken over the study ${this.name} meanwhile`);
    }
    if (!(await this.#keep())) await this.#storeAgain();
    const workers = (await presentWorkers(this.#redis)).filter(({ study }) => study === null || study === this.name);
    const own = workers.filter(({ model }) => isSameModel(model, this.#record.model));
    this.#threads = own.reduce((sum, { threads }) => sum + threads, 0);
    this.#noteWorkers(own.length, workers[0]?.model ?? null);
    this.#pieces.send();
  }

  /** Redis has lost the study: it was started again without its data, or was emptied. */
  async #storeAgain(): Promise<void> {
    this.#sayLost();
    await storeSetup(this.#redis, this.#record.study, this.#setup);
    await this.#redis.hset(this.#queue.keys.meta as string, "opts.maxLenEvents", EVENTS);
  }

  #noteWorkers(count: number, foreign: ModelId | null): void {
    const now = performance.now();
    if (count > 0) {
      this.#seenMs = now;
      this.#isAlone = false;
    } else if (!this.#isAlone && now - this.#seenMs >= ALONE_MS) {
      this.#isAlone = true;
      const { shown } = this.#target;
      const what =
        foreign === null
          ? `no worker takes from ${shown} (study ${this.name})`
          : `no worker that takes from ${shown} has the model ${modelText(this.#record.model)}, but ${modelText(foreign)}`;
      this.#say(`${what}: start balloon-sim worker --queue ${shown}`);
    }
  }

  /** Looks for pieces whose results were not heard of, and for those that Redis has lost. */
  async #check(ids: readonly string[] = [...this.#entries.keys()]): Promise<void> {
    const entries = ids.flatMap((id) => this.#entries.get(id) ?? []).filter(({ isStored }) => isStored);
    if (entries.length === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const { id } of entries) {
      pipeline.hmget(this.#queue.toKey(id), "timestamp", "finishedOn", "returnvalue", "failedReason");
    }
    const replies = (await pipeline.exec()) ?? [];
    let lost = 0;
    entries.forEach((entry, i) => {
      const [timestamp, finishedOn, value, failure] = (replies[i]?.[1] ?? []) as (string | null)[];
      // It may have been finished, and asked for again, while the answer was on its way.
      if (this.#entries.get(entry.id) !== entry || timestamp === undefined) return;
      if (timestamp === null) {
        lost++;
        entry.isStored = false;
        this.#add(entry);
      } else if (finishedOn === null || finishedOn === undefined) return;
      else if (value != null) this.#finish(entry.id, JSON.parse(value) as PieceAnswer);
      else
        this.#fail(new RunError(`a task failed ${ATTEMPTS} times on the workers: ${failure ?? "no reason is known"}`));
    });
    if (lost > 0) this.#sayLost();
  }

  /** Says that Redis has lost something; once, where it has lost all. */
  #sayLost(): void {
    const now = performance.now();
    if (now - this.#lostMs < LOST_MS) return;
    this.#lostMs = now;
    this.#say(`${this.#target.shown} has lost tasks of the study ${this.name}, which are computed again`);
  }

  /** A piece is done. What is heard twice counts once. */
  #finish(id: string, answer: PieceAnswer): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    try {
      if (!answer.ok) throw errorOf(answer);
      this.#pace.note(entry.runs, answer.ms);
      const results = decodeAnswer(answer, entry.runs);
      for (const { resolve } of entry.waiters) resolve(results);
    } catch (error) {
      for (const { reject } of entry.waiters) reject(error);
    }
  }

  async #end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const limit = sleep(END_MS, false, { ref: false });
    const removal = Promise.all(this.#working)
      .then(() => this.#remove())
      .then(() => true);
    const isRemoved = await Promise.race([removal.catch(() => false), limit]);
    if (!isRemoved) {
      const { shown } = this.#target;
      this.#sayLast(
        `${shown}: can't be reached to remove the study ${this.name}: it vanishes within an hour, or by ` +
          `balloon-sim worker --queue ${shown} --purge ${this.name}`,
      );
    }
    await Promise.race([this.#events.close().catch(() => {}), limit]);
    this.#second.disconnect();
    this.#redis.disconnect();
    this.#noUndo();
  }

  /** Removes the study from Redis, unless another coordinator has taken it over. */
  async #remove(): Promise<void> {
    // Workers that see the study gone take no further pieces of it.
    if (!(await releaseStudy(this.#redis, this.#record))) return;
    await this.#queue.obliterate({ force: true });
    await this.#redis.del(...queueKeys(this.#queue.name), ...setupKeys(this.name, this.#setup));
  }
}

/** Where a coordinator runs, for messages. */
const placeOf = ({ holder }: StudyRecord): string => `process ${holder.pid} on ${holder.host}`;

/** Takes the name that was given, or the first free one of those that follow from the setup. */
async function claimName(
  redis: Redis,
  { name, address }: QueueTarget,
  setup: string,
  model: ModelId,
): Promise<StudyRecord> {
  const claim = async (study: string) => {
    const record = { study, setup, model, holder: thisProcess(), token: crypto.randomUUID() };
    return { record, other: await claimStudy(redis, record) };
  };
  if (name !== null) {
    const { record, other } = await claim(name);
    if (other === null) return record;
    throw new InputError(
      `--name ${name}: ${placeOf(other)} works on the study of that name at ${address.shown}: take another name, or, if it does not, ` +
        `balloon-sim worker --queue ${address.shown} --purge ${name}`,
    );
  }
  for (let i = 1; i <= MAX_NAMESAKES; i++) {
    const { record, other } = await claim(`${setup.slice(0, 12)}${i === 1 ? "" : `-${i}`}`);
    if (other === null) return record;
  }
  throw new InputError(`${address.shown}: too many studies of the same traces at once: give this one a --name`);
}
