/** The keys in Redis, and the times after which they expire. */

/** Prefix of every key. */
export const PREFIX = "balloon-sim";

/** Prefix of the keys of BullMQ's queues. */
export const QUEUE_PREFIX = `${PREFIX}:queue`;

/** Names of the studies that have a coordinator: a set, sorted by the time at which they began. */
export const STUDIES = `${PREFIX}:studies`;

/** The connected workers: a set, sorted by the time at which their entries expire. */
export const WORKERS = `${PREFIX}:workers`;

/** Key of a study's record, which exists while its coordinator is alive. */
export const studyKey = (name: string): string => `${PREFIX}:study:${name}`;

/** Key of a text of a study, by the text's SHA-256. */
export const dataKey = (queue: string, sha256: string): string => `${PREFIX}:data:${queue}:${sha256}`;

/** Name of the queue of a study. A study with the same name and another setup has another queue. */
export const queueName = (study: string, setupHash: string): string => `${study}.${setupHash.slice(0, 12)}`;

/** The lists and sets in which BullMQ keeps the tasks of a queue. */
const LISTS = ["wait", "active", "paused", "prioritized", "delayed", "completed", "failed", "waiting-children"];
/** The other keys of a queue in BullMQ. It has one more, which expires within seconds. */
const MARKS = ["meta", "events", "marker", "id", "stalled", "pc", "limiter", "repeat", "de"];

const keysOf =
  (parts: readonly string[]) =>
  (queue: string): string[] =>
    parts.map((part) => `${QUEUE_PREFIX}:${queue}:${part}`);

export const listKeys = keysOf(LISTS);
export const markKeys = keysOf(MARKS);

/** All keys of a queue except those of its tasks. */
export const queueKeys = keysOf([...LISTS, ...MARKS]);

/** Patterns of SCAN for the keys of all queues and setups of the studies of a name. */
export const patternsOf = (study: string): string[] => [
  `${QUEUE_PREFIX}:${study}.*`,
  `${PREFIX}:data:${study}.*`,
  studyKey(study),
];

/** Lifetime of a record, in milliseconds. A coordinator or worker that is alive renews its record earlier. */
export const ALIVE_MS = 15_000;

/** Lifetime of all other data in Redis after the last renewal, in seconds. The data of a dead coordinator expires then. */
export const KEEP_SECONDS = 3600;

/** Interval at which coordinators and workers renew their records, in milliseconds. */
export const HEARTBEAT_MS = 1000;

/** Lifetime of a worker's lock on a task, in milliseconds. BullMQ renews the lock after half of this time. */
export const LOCK_MS = 4000;

/**
 * Interval of the checks for tasks whose lock has expired, in milliseconds. One check marks a task of a dead worker, the next one
 * returns it to the queue: at the latest one lifetime of a lock and two intervals after the worker's death.
 */
export const STALLED_MS = 2000;
