/** The active studies and the connected workers. Times are those of Redis, because the clocks of machines differ. */
import { isOver, type ProcessIdentity } from "../../common/process-identity.ts";
import {
  ALIVE_MS,
  KEEP_SECONDS,
  listKeys,
  markKeys,
  QUEUE_PREFIX,
  queueKeys,
  queueName,
  STUDIES,
  studyKey,
  WORKERS,
} from "./keys.ts";
import type { ModelId } from "./model-id.ts";
import type { Redis } from "./redis.ts";

/** A study and its coordinator. */
export interface StudyRecord {
  readonly study: string;
  /** Hash of its setup. */
  readonly setup: string;
  readonly model: ModelId;
  readonly holder: ProcessIdentity;
  /** A random text, different for each coordinator. */
  readonly token: string;
}

/** Process and machine of a study's coordinator, for messages. */
export const placeOf = ({ holder }: StudyRecord): string => `process ${holder.pid} on ${holder.host}`;

/** A worker. */
export interface WorkerRecord {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly model: ModelId;
  readonly threads: number;
  /** The study that the worker executes runs for; null: any study. */
  readonly study: string | null;
}

/**
 * Writes a study's record. If another coordinator uses the name, returns the record of that coordinator instead.
 * KEYS: record, studies. ARGV: token, record, its lifetime (ms), name, lifetime of the list (s), token that may be replaced.
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
 * Removes the keys of a queue without tasks, which a worker's checks for expired locks have created, unless the study has a
 * coordinator. A queue with tasks belongs to a coordinator that died, and may be continued. KEYS: record, lists of tasks, other
 * keys. ARGV: hash of the setup, number of lists.
 */
const TIDY = `
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).setup == ARGV[1] then return 0 end
if redis.call('EXISTS', unpack(KEYS, 2, 1 + ARGV[2])) > 0 then return 0 end
return redis.call('DEL', unpack(KEYS, 2))`;

/**
 * Removes a queue with its tasks. Redis executes it even if its memory is full. KEYS: all keys of the queue. ARGV: prefix of the
 * tasks' keys.
 */
const REMOVE = `
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local ids = {}
  if kind == 'list' then ids = redis.call('LRANGE', key, 0, -1) end
  if kind == 'zset' then ids = redis.call('ZRANGE', key, 0, -1) end
  for _, id in ipairs(ids) do redis.call('DEL', ARGV[1] .. id, ARGV[1] .. id .. ':lock', ARGV[1] .. id .. ':logs') end
end
return redis.call('DEL', unpack(KEYS))`;

/** Adds a worker, or renews its record. KEYS: workers. ARGV: record, its lifetime (ms). */
const NOTE_WORKER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** The connected workers. KEYS: workers. */
const WORKERS_NOW = `
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')`;

/**
 * Claims the name of a study for a coordinator, or renews the claim. A coordinator of this machine that has ended is replaced.
 * @returns null, or the record of another coordinator that uses the name
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

/** Releases the name of a study. @returns false if another coordinator uses it */
export async function releaseStudy(redis: Redis, { study, token }: StudyRecord): Promise<boolean> {
  return (await redis.eval(RELEASE, 2, studyKey(study), STUDIES, token, study)) === 1;
}

/** Removes a worker's data from the queue of a study that has ended. */
export async function tidyStudy(redis: Redis, { study, setup }: StudyRecord): Promise<void> {
  const queue = queueName(study, setup);
  const lists = listKeys(queue);
  const keys = [studyKey(study), ...lists, ...markKeys(queue)];
  await redis.eval(TIDY, keys.length, ...keys, setup, `${lists.length}`);
}

/** Removes a queue with its tasks, also those that workers execute. */
export async function removeQueue(redis: Redis, queue: string): Promise<void> {
  const keys = queueKeys(queue);
  await redis.eval(REMOVE, keys.length, ...keys, `${QUEUE_PREFIX}:${queue}:`);
}

/** The record of a study; null if it has no coordinator. */
export async function studyNamed(redis: Redis, name: string): Promise<StudyRecord | null> {
  const text = await redis.get(studyKey(name));
  return text === null ? null : parseStudy(text);
}

/** The studies that have a coordinator, the oldest first. */
export async function liveStudies(redis: Redis): Promise<StudyRecord[]> {
  const names = await redis.zrange(STUDIES, "0", "-1");
  if (names.length === 0) return [];
  const texts = await redis.mget(names.map(studyKey));
  const over = names.filter((_, i) => texts[i] === null);
  // A coordinator that was suspended for long adds its study again when it continues.
  if (over.length > 0) await redis.zrem(STUDIES, ...over);
  return texts.flatMap((text) => (text === null || text === undefined ? [] : [parseStudy(text)]));
}

const parseStudy = (text: string): StudyRecord => JSON.parse(text) as StudyRecord;

/** Adds a worker or renews its record, which is valid until `forgetWorker` or until it expires. */
export async function noteWorker(redis: Redis, worker: WorkerRecord): Promise<void> {
  await redis.eval(NOTE_WORKER, 1, WORKERS, JSON.stringify(worker), `${ALIVE_MS}`);
}

export async function forgetWorker(redis: Redis, worker: WorkerRecord): Promise<void> {
  await redis.zrem(WORKERS, JSON.stringify(worker));
}

/** The connected workers. */
export async function presentWorkers(redis: Redis): Promise<WorkerRecord[]> {
  const texts = (await redis.eval(WORKERS_NOW, 1, WORKERS)) as string[];
  return texts.map((text) => JSON.parse(text) as WorkerRecord);
}
