/** The connection to Redis. This module and what imports it are loaded only where a queue is used. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { InputError, RunError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { isSystemError } from "../../common/system-error.ts";
import { type QueueAddress, WHERE_PASSWORD } from "./address.ts";

export type { Redis } from "ioredis";

/** The oldest Redis that has the commands which BullMQ's scripts use well. */
const OLDEST_REDIS = [6, 2] as const;

/** How long the first connection may take, in milliseconds. */
const CONNECT_MS = 5000;
/** Longest pause between two attempts to connect again, in milliseconds. */
const RETRY_MS = 1000;

/** Says on standard error what becomes of the connection. */
export type Say = (line: string) => void;

/**
 * Connects to Redis and checks that it can hold a queue. A connection that is lost later is made again, however long that
 * takes; commands wait for it.
 * @param say gets a line when the connection is lost, and when it is there again
 * @throws {InputError} where there is no such Redis, it can't be used, or it refuses the password
 */
export async function connectRedis(address: QueueAddress, say: Say): Promise<Redis> {
  let isFirst = true;
  const redis = new Redis({
    host: address.host,
    port: address.port,
    db: address.db,
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.user === null ? {} : { username: address.user }),
    ...(address.tls === null ? {} : { tls: address.tls.ca === null ? {} : { ca: address.tls.ca } }),
    // What BullMQ is written for.
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // Commands wait for Redis to come back instead of failing.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isFirst ? null : Math.min(RETRY_MS, 50 * times)),
  });
  let last: Error | null = null;
  redis.on("error", (error: Error) => {
    last = error;
  });
  try {
    await within(redis.connect(), CONNECT_MS + 1000);
    checkServer(await within(redis.info(), CONNECT_MS));
    // A database that is not there is no error of a command.
    if (last !== null) throw last;
  } catch (error) {
    redis.disconnect();
    if (error instanceof InputError) throw new InputError(`--queue ${address.shown}: ${error.message}`);
    throw new InputError(`--queue ${address.shown}: ${connectErrorText(last ?? (error as Error), address)}`);
  }
  isFirst = false;
  watch(redis, address, say);
  return redis;
}

/** Another connection of the same kind, for commands that block. */
export function secondConnection(redis: Redis): Redis {
  const second = redis.duplicate();
  // The first connection says what there is to be said.
  second.on("error", () => {});
  return second;
}

/** What ioredis and Redis say of commands that a cut connection, or a Redis that begins, has not executed. */
const CUT =
  /[Cc]onnection is closed|[Cc]ommand aborted|Stream isn't writeable|Socket closed|^(?:BUSY|LOADING|TRYAGAIN|UNBLOCKED)\b/;

/**
 * What an error of a command means.
 * @returns null where the connection was cut, so that the command may be given again; else the error for the user
 */
export function redisFailure(error: unknown, { shown }: Pick<QueueAddress, "shown">): Error | null {
  if (error instanceof InputError || error instanceof RunError) return error;
  const known = error instanceof Error ? error : new Error(String(error));
  const { name, message } = known;
  if (isSystemError(known) || CUT.test(message)) return null;
  if (name !== "ReplyError") return known;
  if (/^OOM/.test(message)) return new RunError(`${shown}: its memory is full: raise its maxmemory`);
  return new RunError(`${shown}: ${message}`);
}

function watch(redis: Redis, { shown }: QueueAddress, say: Say): void {
  let isLost = false;
  redis.on("close", () => {
    if (isLost) return;
    isLost = true;
    say(`${shown}: the connection is lost: waiting until it is there again`);
  });
  redis.on("ready", () => {
    if (isLost) say(`${shown}: connected again`);
    isLost = false;
  });
}

/**
 * Refuses a Redis that can't hold a queue, by what INFO says.
 * @throws {InputError} without the address in it
 */
export function checkServer(info: string): void {
  const field = (name: string): string | null => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? null;
  const version = field("redis_version");
  if (version === null) throw new InputError("INFO names no redis_version: expected a Redis server");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1])) {
    throw new InputError(`is Redis ${version}: expected ${OLDEST_REDIS.join(".")} or later`);
  }
  const policy = field("maxmemory_policy");
  if (policy !== null && policy !== "noeviction") {
    throw new InputError(
      `its maxmemory-policy is ${policy}: it may drop tasks when its memory is full: set maxmemory-policy noeviction`,
    );
  }
  if (field("role") === "slave") throw new InputError("is a replica, which takes no writes: name its primary");
  if (field("cluster_enabled") === "1") {
    throw new InputError("is a Redis Cluster, which keeps the keys of a study apart: expected a single server");
  }
}

/** Why the first connection could not be made, in the user's words. */
function connectErrorText(error: Error, { password, tls }: QueueAddress): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  const { message } = error;
  if (/^WRONGPASS/.test(message)) return "wrong user or password";
  if (/^NOAUTH/.test(message)) return `wants a password: ${WHERE_PASSWORD}`;
  if (/without any password configured|no password is set/.test(message)) return "has no password, but one is given";
  if (/^NOPERM/.test(message)) return `the user may not do what a queue needs: ${quote(message)}`;
  if (/DB index is out of range/.test(message)) return "it has no database of that number";
  if (/^LOADING/.test(message)) return "is still loading its data: try again";
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no machine of that name";
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "that machine can't be reached";
  if (code === "ETIMEDOUT" || error instanceof TooLong) {
    return tls === null
      ? "no answer: it is no Redis, wants TLS (rediss://), or is behind a firewall"
      : "no answer: it is no Redis, speaks no TLS (redis://), or is behind a firewall";
  }
  if (/Protocol error|Unknown RESP type/.test(message))
    return "what listens there does not speak the protocol of Redis";
  if (/wrong version number|packet length too long/.test(message)) return "speaks no TLS: take redis://";
  if (/certificate|self.signed|altname/i.test(`${code} ${message}`)) {
    return `its certificate is not accepted (${message}): name the authority that signed it by --queue-ca or BALLOON_REDIS_CA`;
  }
  if (code === "ECONNRESET" || /[Cc]onnection is closed/.test(message)) {
    const other = tls === null ? "it may want TLS: rediss://" : "it may speak no TLS: redis://";
    return `closes the connection: ${password === null ? `${other}, or a password` : other}`;
  }
  return message;
}

class TooLong extends Error {}

/** The result of work, unless it takes too long. */
async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  const limit = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: limit.signal, ref: false }).then(() => {
        throw new TooLong();
      }),
    ]);
  } finally {
    limit.abort();
  }
}
