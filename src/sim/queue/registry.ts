/** Who is there: studies with a coordinator that lives, and workers. Times are those of Redis, as clocks of machines differ. */
import { isOver, type ProcessIdentity } from "../../common/process-identity.ts";
import { ALIVE_MS, KEEP_SECONDS, listKeys, markKeys, queueName, STUDIES, studyKey, WORKERS } from "./keys.ts";
import type { ModelId } from "./model-id.ts";
import type { Redis } from "./redis.ts";

/** A study and its coordinator. */
export interface StudyRecord {
  readonly study: string;
  /** Hash of its setup. */
  readonly setup: string;
  readonly model: ModelId;
  readonly holder: ProcessIdentity;
  /** Another one for each coordinator. */
  readonly token: string;
}

/** A worker. */
export interface WorkerRecord {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly model: ModelId;
  readonly threads: number;
  /** The study that it works for; null: any. */
  readonly study: string | null;
}

/**
 * Writes a study's record unless another coordinator holds the name, whose record it returns.
 * KEYS: record, studies. ARGV: token, record, how long it is valid (ms), name, how long the list stays (s), token that may be replaced.
 */
const CLAIM = `
local held = redis.call('GET', KEYS[1])
if held then
  local token = cjson.decode(held).token
  if token ~= ARGV[1] and token ~= ARGV[6] then return held end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], 'NX', redis.call('TIME')[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return false`;

/** Removes a study's record if it is the coordinator's own. KEYS: record, studies. ARGV: token, name. */
const RELEASE = `
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).token ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1`;

/**
 * Removes what a worker's looks for lost tasks have left of a queue without tasks, unless its study has a coordinator. A queue
 * with tasks is that of a coordinator that died, and may be continued. KEYS: record, lists of tasks, the rest.
 * ARGV: hash of the setup, how many lists.
 */
const TIDY = `
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).setup == ARGV[1] then return 0 end
if redis.call('EXISTS', unpack(KEYS, 2, 1 + ARGV[2])) > 0 then return 0 end
return redis.call('DEL', unpack(KEYS, 2))`;

/** Notes a worker. KEYS: workers. ARGV: record, how long it is valid (ms). */
const NOTE_WORKER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** The workers that are there. KEYS: workers. */
const WORKERS_NOW = `
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')`;

/**
 * Claims the name of a study for a coordinator, or renews its claim. A coordinator of this machine that is over is replaced.
 * @returns null, or the record of the coordinator that holds the name
 */
export async function claimStudy(redis: Redis, record: StudyRecord): Promise<StudyRecord | null> {
  const claim = async (replaced: string): Promise<StudyRecord | null> => {
    const keys = [studyKey(record.study), STUDIES] as const;
    const { token, study } = record;
    const json = JSON.stringify(record);
    const held = await redis.eval(CLAIM, 2, ...keys, token, json, `${ALIVE_MS}`, study, `${KEEP_SECONDS}`, replaced);
    return typeof held === "string" ? parseStudy(held) : null;
  };
  const other = await claim("");
  return other !== null && isOver(other.holder) ? claim(other.token) : other;
}

/** Gives up the name of a study. @returns false where another coordinator holds it */
export async function releaseStudy(redis: Redis, { study, token }: StudyRecord): Promise<boolean> {
  return (await redis.eval(RELEASE, 2, studyKey(study), STUDIES, token, study)) === 1;
}

/** Removes what a worker has left in the queue of a study that is over. */
export async function tidyStudy(redis: Redis, { study, setup }: StudyRecord): Promise<void> {
  const queue = queueName(study, setup);
  const lists = listKeys(queue);
  const keys = [studyKey(study), ...lists, ...markKeys(queue)];
  await redis.eval(TIDY, keys.length, ...keys, setup, `${lists.length}`);
}

/** The record of a study; null where it has no coordinator that lives. */
export async function studyNamed(redis: Redis, name: string): Promise<StudyRecord | null> {
  const text = await redis.get(studyKey(name));
  return text === null ? null : parseStudy(text);
}

/** The studies whose coordinators live, the one that began first in front. */
export async function liveStudies(redis: Redis): Promise<StudyRecord[]> {
  const names = await redis.zrange(STUDIES, "0", "-1");
  if (names.length === 0) return [];
  const texts = await redis.mget(names.map(studyKey));
  const over = names.filter((_, i) => texts[i] === null);
  // A coordinator that was stopped for long enters its study again when it continues.
  if (over.length > 0) await redis.zrem(STUDIES, ...over);
  return texts.flatMap((text) => (text === null || text === undefined ? [] : [parseStudy(text)]));
}

const parseStudy = (text: string): StudyRecord => JSON.parse(text) as StudyRecord;

/** Notes that a worker is there, until `forgetWorker` or a while after the last note. */
export async function noteWorker(redis: Redis, worker: WorkerRecord): Promise<void> {
  await redis.eval(NOTE_WORKER, 1, WORKERS, JSON.stringify(worker), `${ALIVE_MS}`);
}

export async function forgetWorker(redis: Redis, worker: WorkerRecord): Promise<void> {
  await redis.zrem(WORKERS, JSON.stringify(worker));
}

/** The workers that are there. */
export async function presentWorkers(redis: Redis): Promise<WorkerRecord[]> {
  const texts = (await redis.eval(WORKERS_NOW, 1, WORKERS)) as string[];
  return texts.map((text) => JSON.parse(text) as WorkerRecord);
}
