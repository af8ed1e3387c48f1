import { setTimeout as sleep } from "node:timers/promises";
import { Queue, QueueEvents } from "bullmq";
import { errorOf, RunError } from "../../common/errors.ts";
import { cleanUpAtSignal } from "../../common/files/temporary.ts";
import { Piecewise } from "../threads/piecewise.ts";
import type { QueueAddress, QueueTarget } from "./address.ts";
import { claimName } from "./claim-name.ts";
import { HEARTBEAT_MS, KEEP_SECONDS, QUEUE_PREFIX, queueKeys, queueName } from "./keys.ts";
import { isSameModel, type ModelId, modelId } from "./model-id.ts";
import { Pace } from "./pace.ts";
import { type PieceAnswer, type PieceData, pieceId } from "./pieces.ts";
import { connectRedis, type Redis, redisFailure, type Say, secondConnection } from "./redis.ts";
import { claimStudy, placeOf, presentWorkers, releaseStudy, removeQueue, type StudyRecord } from "./registry.ts";
import { type PackedText, packText, StoredTexts } from "./texts.ts";
import type { WorkSetup } from "./work.ts";
import { WorkerNotice } from "./worker-notice.ts";

/** Maximum number of pieces in the queue for each thread: one that the thread executes, and one that waits. */
const PIECES_PER_THREAD = 2;
/** Number of pieces in the queue for which no thread is needed, so that a new worker finds some. */
const LEAST_PIECES = 4;
/** Minimum number of completed tasks that Redis keeps, so that the coordinator finds a result whose event it missed. */
const LEAST_KEPT = 16;
/** Number of events that the queue keeps. Each result is in one of them; the coordinator also searches for missed results. */
const EVENTS = 64;
/** Number of attempts at a piece whose worker reports a failure; the death of a worker is not an attempt. */
const ATTEMPTS = 3;
/** Interval at which the coordinator searches for results whose events it missed, in milliseconds. */
const CHECK_MS = 2000;
/** Pause after a failure before the coordinator adds the pieces to the queue again, in milliseconds. */
const RETRY_MS = 200;
/** Losses of Redis within this time are reported once, in milliseconds. */
const LOST_MS = 10_000;
/** Maximum duration of the end, in milliseconds, if Redis does not answer. */
const END_MS = 2500;

/** A piece of a study's work, as a kind of work requests it. */
export interface Piece {
  /** The runs, as text in the format of the kind of work. */
  readonly task: string;
  readonly runs: number;
  /** Texts that this piece needs, and not every other. */
  readonly texts?: readonly PackedText[];
}

/** A piece that has no answer yet. */
interface Entry {
  readonly id: string;
  readonly data: PieceData;
  readonly runs: number;
  readonly texts: readonly PackedText[];
  /** Whether Redis has confirmed that the piece is stored. */
  isStored: boolean;
  readonly waiters: { resolve(answer: string): void; reject(error: unknown): void }[];
}

/**
 * The side of a queue that needs runs: it adds pieces of work to the queue and receives the workers' answers. Redis may lose
 * its data at any time: the coordinator remembers the pieces without an answer, and adds them again. `stop` removes all data of
 * the coordinator from Redis; if the process dies, the data expires.
 */
export class Coordinator {
  readonly #redis: Redis;
  readonly #address: QueueAddress;
  readonly #texts: StoredTexts;
  readonly #record: StudyRecord;
  readonly #queue: Queue<PieceData, PieceAnswer>;
  readonly #events: QueueEvents;
  readonly #second: Redis;
  readonly #print: Say;
  readonly #entries = new Map<string, Entry>();
  readonly #pace = new Pace();
  /** The users of the queue. They learn when they may send more pieces, and when no more answers will arrive. */
  readonly #users: Pick<Piecewise<never, never>, "send" | "fail">[] = [];
  readonly #working = new Set<Promise<void>>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #unregisterCleanup: () => void;
  readonly #workers: WorkerNotice;
  #toAdd: Entry[] = [];
  #threads = 0;
  #lostMs = Number.NEGATIVE_INFINITY;
  #failure: Error | null = null;
  #saidLeft = false;
  #stopped: Promise<void> | null = null;

  private constructor(
    redis: Redis,
    address: QueueAddress,
    record: StudyRecord,
    texts: readonly PackedText[],
    say: Say,
  ) {
    this.#redis = redis;
    this.#address = address;
    this.#record = record;
    this.#print = say;
    this.#workers = new WorkerNotice(record, address.shown, (line) => this.#say(line));
    const name = queueName(record.study, record.setup);
    this.#texts = new StoredTexts(redis, name);
    this.#texts.hold(texts);
    const streams = { events: { maxLen: EVENTS } };
    this.#queue = new Queue(name, { connection: redis, prefix: QUEUE_PREFIX, streams, skipVersionCheck: true });
    this.#second = secondConnection(redis);
    this.#events = new QueueEvents(name, { connection: this.#second, prefix: QUEUE_PREFIX, skipVersionCheck: true });
    // `connectRedis` reports errors of the connection, and `#check` finds lost pieces and results.
    this.#queue.on("error", () => {});
    this.#events.on("error", () => {});
    this.#unregisterCleanup = cleanUpAtSignal(
      () => this.stop(),
      () => this.#sayLeft(`${address.shown}: interrupted`),
    );
  }

  /**
   * Registers a study in Redis.
   * @param work the setup, and the texts that all its tasks need
   * @param say receives messages about missing workers, lost data and the connection, one line each
   * @throws {InputError} if the queue can't be used, or if another coordinator uses the name
   */
  static async start(
    work: { readonly setup: WorkSetup; readonly texts: readonly PackedText[] },
    target: QueueTarget,
    say: Say,
    model: ModelId = modelId(),
  ): Promise<Coordinator> {
    let coordinator: Coordinator | null = null;
    const redis = await connectRedis(
      target.address,
      (line) => (coordinator === null ? undefined : coordinator.#say(line)),
      say,
    );
    try {
      const setup = await packText(JSON.stringify({ model: [model.version, model.hash], setup: work.setup }), "setup");
      const record = await claimName(redis, target, setup.sha256, model);
      coordinator = new Coordinator(redis, target.address, record, [setup, ...work.texts], say);
      await coordinator.#begin();
      return coordinator;
    } catch (error) {
      if (coordinator === null) redis.disconnect();
      else await coordinator.stop();
      throw redisFailure(error, target.address) ?? new RunError(`${target.address.shown}: the connection was lost`);
    }
  }

  /** The study's name. */
  get name(): string {
    return this.#record.study;
  }

  /** Current number of threads of the workers that take pieces of this study. */
  get threads(): number {
    return this.#threads;
  }

  /** Maximum number of pieces in the queue. */
  get #mostPieces(): number {
    return Math.max(LEAST_PIECES, PIECES_PER_THREAD * this.#threads);
  }

  /**
   * Work in pieces that keeps the maximum number of pieces in the queue.
   * @param make requests the runs of a piece with `ask`
   */
  piecewise<Task, Result>(make: (tasks: readonly Task[]) => Promise<Iterable<Result>>): Piecewise<Task, Result> {
    const pieces = new Piecewise<Task, Result>({
      most: () => this.#mostPieces,
      sizeOf: (left) => this.#pace.sizeOf(left, this.#threads),
      make,
    });
    this.#users.push(pieces);
    return pieces;
  }

  /** Adds a piece to the queue. @returns a worker's answer */
  ask({ task, runs, texts = [] }: Piece): Promise<string> {
    const data: PieceData = { task };
    const id = pieceId(this.#record.setup, data);
    return new Promise((resolve, reject) => {
      const existing = this.#entries.get(id);
      if (existing !== undefined) {
        existing.waiters.push({ resolve, reject });
        return;
      }
      const entry = { id, data, runs, texts, isStored: false, waiters: [{ resolve, reject }] };
      this.#entries.set(id, entry);
      this.#texts.hold(texts);
      this.#add(entry);
    });
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
    // The queue has the piece already: a coordinator that died had added it.
    this.#events.on("duplicated", check);
    await this.#texts.flush();
    await this.#queue.waitUntilReady();
    await this.#events.waitUntilReady();
    await this.#beat();
    this.#every(HEARTBEAT_MS, () => this.#beat());
    this.#every(CHECK_MS, () => this.#check());
    this.#redis.on("ready", () => this.#try(() => this.#beat().then(() => this.#check())));
  }

  /** Starts work with Redis, unless the end has begun. The end waits for the work. */
  #try(work: () => Promise<void>): Promise<void> {
    if (this.#stopped !== null) return Promise.resolve();
    const done = work()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
    return done;
  }

  /** Repeats work at an interval; omits an interval if the previous work is not done. */
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

  /** Ends all work with an error, unless the cause is a lost connection: the client restores it. */
  #fail(error: unknown): void {
    const failure = redisFailure(error, this.#address);
    if (failure === null || this.#stopped !== null || this.#failure !== null) return;
    this.#failure = failure;
    for (const { waiters } of this.#entries.values()) for (const { reject } of waiters) reject(this.#failure);
    this.#entries.clear();
    for (const user of this.#users) user.fail(this.#failure);
  }

  #say(line: string): void {
    if (this.#stopped === null) this.#print(line);
  }

  /** Adds a piece to the queue, together with others of the same turn of the event loop. */
  #add(entry: Entry): void {
    this.#toAdd.push(entry);
    if (this.#toAdd.length === 1) setImmediate(() => void this.#try(() => this.#flush()));
  }

  async #flush(): Promise<void> {
    const entries = this.#toAdd;
    this.#toAdd = [];
    // At most so many results are not received yet, so older ones may be removed.
    const removeOnComplete = { count: Math.max(LEAST_KEPT, this.#mostPieces) };
    try {
      await this.#texts.flush();
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
      }, RETRY_MS).unref();
    }
  }

  /** Postpones the expiry of all the study's data in Redis. @returns whether Redis has all texts */
  async #keep(): Promise<boolean> {
    const pipeline = this.#redis.pipeline();
    for (const key of queueKeys(this.#queue.name)) pipeline.expire(key, KEEP_SECONDS);
    for (const id of this.#entries.keys()) pipeline.expire(this.#queue.toKey(id), KEEP_SECONDS);
    const [hasTexts] = await Promise.all([this.#texts.keep(), pipeline.exec()]);
    return hasTexts;
  }

  /** Renews the study's record and counts the connected workers. */
  async #beat(): Promise<void> {
    const other = await claimStudy(this.#redis, this.#record);
    if (other !== null) {
      throw new RunError(`another coordinator (${placeOf(other)}) has taken over the study ${this.name}`);
    }
    if (!(await this.#keep())) await this.#storeAgain();
    const workers = (await presentWorkers(this.#redis)).filter(({ study }) => study === null || study === this.name);
    const own = workers.filter(({ model }) => isSameModel(model, this.#record.model));
    this.#threads = own.reduce((sum, { threads }) => sum + threads, 0);
    this.#workers.note(own.length, workers[0]?.model ?? null);
    for (const user of this.#users) user.send();
  }

  /** Stores the study again after Redis has lost its data: it was restarted without them, or emptied. */
  async #storeAgain(): Promise<void> {
    this.#sayLost();
    this.#texts.noteLost();
    await this.#texts.flush();
    await this.#redis.hset(this.#queue.keys.meta as string, "opts.maxLenEvents", EVENTS);
  }

  /** Searches for results whose events were missed, and for pieces that Redis has lost. */
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
      // The piece may have been completed, and requested again, before this reply arrived.
      if (this.#entries.get(entry.id) !== entry || timestamp === undefined) return;
      if (timestamp === null) {
        // The texts of the piece are lost as well.
        if (lost++ === 0) this.#texts.noteLost();
        entry.isStored = false;
        this.#add(entry);
      } else if (finishedOn === null || finishedOn === undefined) return;
      else if (value != null) this.#finish(entry.id, JSON.parse(value) as PieceAnswer);
      else this.#fail(new RunError(`a task failed ${ATTEMPTS} times on the workers: ${failure ?? "unknown reason"}`));
    });
    if (lost > 0) this.#sayLost();
  }

  /** Reports that Redis has lost data; once for a loss of all data. */
  #sayLost(): void {
    const now = performance.now();
    if (now - this.#lostMs < LOST_MS) return;
    this.#lostMs = now;
    this.#say(`${this.#address.shown} has lost tasks of the study ${this.name}: they are added to the queue again`);
  }

  /** Delivers the answer to a piece; the second answer to the same piece is ignored. */
  #finish(id: string, answer: PieceAnswer): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    if (entry.texts.length > 0) void this.#try(() => this.#texts.release(entry.texts));
    if (answer.ok) {
      this.#pace.note(entry.runs, answer.ms);
      for (const { resolve } of entry.waiters) resolve(answer.answer);
    } else {
      const error = errorOf(answer.failure);
      for (const { reject } of entry.waiters) reject(error);
    }
  }

  async #end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const limit = sleep(END_MS, false, { ref: false });
    const removal = Promise.all(this.#working)
      .then(() => this.#remove())
      .then(() => null);
    const refusal = removal.catch(
      (error: unknown) =>
        redisFailure(error, this.#address)?.message ?? `${this.#address.shown}: the connection was lost`,
    );
    const reason = await Promise.race([refusal, limit.then(() => `${this.#address.shown}: no answer`)]);
    if (reason !== null) this.#sayLeft(reason);
    // The data is removed, or reported.
    this.#saidLeft = true;
    await Promise.race([this.#events.close().catch(() => {}), limit]);
    this.#second.disconnect();
    this.#redis.disconnect();
    this.#unregisterCleanup();
  }

  /** Reports that the study's data is still in Redis. */
  #sayLeft(reason: string): void {
    if (this.#saidLeft) return;
    this.#saidLeft = true;
    this.#print(
      `${reason}: the data of the study ${this.name} is not removed; it expires within an hour. To remove it at once: ` +
        `balloon-sim worker --queue ${this.#address.shown} --purge ${this.name}`,
    );
  }

  /** Removes the study from Redis, unless another coordinator has taken it over. */
  async #remove(): Promise<void> {
    // Workers take no further pieces of a study without a record.
    if (!(await releaseStudy(this.#redis, this.#record))) return;
    await removeQueue(this.#redis, this.#queue.name);
    await this.#redis.del(...this.#texts.keys);
  }
}
