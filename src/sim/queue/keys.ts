/** What lies where in Redis, and for how long. */

/** In front of every key. */
export const PREFIX = "balloon-sim";

/** Where BullMQ keeps its queues. */
export const QUEUE_PREFIX = `${PREFIX}:queue`;

/** Names of the studies that have a coordinator: a sorted set, by when they began. */
export const STUDIES = `${PREFIX}:studies`;

/** The workers that are there: a sorted set, by when their entry expires. */
export const WORKERS = `${PREFIX}:workers`;

/** A study's record, while its coordinator lives. */
export const studyKey = (name: string): string => `${PREFIX}:study:${name}`;

/** A text of a study's setup, by its SHA-256. */
export const dataKey = (queue: string, sha256: string): string => `${PREFIX}:data:${queue}:${sha256}`;

/** The queue of a study: another setup under the same name has another queue. */
export const queueName = (study: string, setupHash: string): string => `${study}.${setupHash.slice(0, 12)}`;

/** The lists and sets in which BullMQ keeps the tasks of a queue. */
const LISTS = ["wait", "active", "paused", "prioritized", "delayed", "completed", "failed", "waiting-children"];
/** What BullMQ keeps of a queue besides; one more key expires within seconds. */
const MARKS = ["meta", "events", "marker", "id", "stalled", "pc", "limiter", "repeat", "de"];

const keysOf =
  (parts: readonly string[]) =>
  (queue: string): string[] =>
    parts.map((part) => `${QUEUE_PREFIX}:${queue}:${part}`);

export const listKeys = keysOf(LISTS);
export const markKeys = keysOf(MARKS);

/** The keys of a queue, but for those of its tasks. */
export const queueKeys = keysOf([...LISTS, ...MARKS]);

/** The keys of all queues and setups that studies of a name have had, as patterns of SCAN. */
export const patternsOf = (study: string): string[] => [
  `${QUEUE_PREFIX}:${study}.*`,
  `${PREFIX}:data:${study}.*`,
  studyKey(study),
];

/** Within this time a coordinator that is alive renews its record, in milliseconds. */
export const ALIVE_MS = 15_000;

/** How long everything else stays in Redis after the last renewal, in seconds: what a dead coordinator left vanishes then. */
export const KEEP_SECONDS = 3600;

/** How often coordinators and workers renew what says that they live, in milliseconds. */
export const HEARTBEAT_MS = 1000;

/** How long a worker's lock on a task lasts unless it is renewed, in milliseconds: BullMQ renews it every half of that. */
export const LOCK_MS = 4000;

/**
 * How often tasks are looked for whose lock has expired, in milliseconds. A task is marked at one look and taken from a dead
 * worker at the next one: at the latest a lock and two looks after the worker's death.
 */
export const STALLED_MS = 2000;
