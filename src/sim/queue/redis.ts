/** The connection to Redis. This module and its importers are loaded only if a queue is used. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { InputError, RunError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { isSystemError } from "../../common/system-error.ts";
import { type QueueAddress, WHERE_PASSWORD } from "./address.ts";

export type { Redis } from "ioredis";

/** The oldest supported version of Redis: BullMQ's scripts need its commands. */
const OLDEST_REDIS = [6, 2] as const;

/** Time limit of the first connection, in milliseconds. */
const CONNECT_MS = 5000;
/** Maximum pause between two attempts to reconnect, in milliseconds. */
const RETRY_MS = 1000;

/** Prints a message, such as one about the connection, to standard error. */
export type Say = (line: string) => void;

/**
 * Connects to Redis and checks that it can hold a queue. If the connection is lost later, the client reconnects, without a time
 * limit; commands wait for the connection.
 * @param say gets a line when the connection is lost, and when it is restored
 * @param remark gets a line about a password that the server does not need
 * @throws {InputError} if the server can't be reached, can't hold a queue, or refuses the password
 */
export async function connectRedis(address: QueueAddress, say: Say, remark: Say): Promise<Redis> {
  let isFirst = true;
  const redis = new Redis({
    host: address.host,
    port: address.port,
    db: address.db,
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.user === null ? {} : { username: address.user }),
    ...(address.tls === null ? {} : { tls: address.tls.ca === null ? {} : { ca: address.tls.ca } }),
    // BullMQ expects the replies of RESP2.
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // Commands wait for a new connection instead of failing.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isFirst ? null : Math.min(RETRY_MS, 50 * times)),
  });
  let last: Error | null = null;
  redis.on("error", (error: Error) => {
    last = error;
  });
  try {
    if (await connects(redis)) {
      // Later connections do not try it again.
      redis.options.password = null as unknown as string;
      remark(`${address.shown}: a password is given, but the server needs none`);
    }
    checkServer(await within(redis.info(), CONNECT_MS));
    // A missing database is an error of the connection, not of a command.
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

/**
 * Makes the first connection.
 * @returns whether the server refused the password because it needs none. The client reports this to the console alone
 */
async function connects(redis: Redis): Promise<boolean> {
  const { warn } = console;
  let isNeedless = false;
  console.warn = (...texts: unknown[]) => {
    if (/does not require a password/.test(String(texts[0]))) isNeedless = true;
    else warn(...texts);
  };
  try {
    await within(redis.connect(), CONNECT_MS + 1000);
  } finally {
    console.warn = warn;
  }
  return isNeedless;
}

/** A second connection to the same server, for commands that block. */
export function secondConnection(redis: Redis): Redis {
  const second = redis.duplicate();
  // The first connection reports errors of the server.
  second.on("error", () => {});
  return second;
}

/** Messages of ioredis and Redis about commands that were not executed: the connection was lost, or Redis is still starting. */
const CUT =
  /[Cc]onnection is closed|[Cc]ommand aborted|Stream isn't writeable|Socket closed|^(?:BUSY|LOADING|TRYAGAIN|UNBLOCKED)\b/;

/**
 * Interprets an error of a command.
 * @returns null if the connection was lost, so that the command may be repeated; else the error for the user
 */
export function redisFailure(error: unknown, { shown }: Pick<QueueAddress, "shown">): Error | null {
  if (error instanceof InputError || error instanceof RunError) return error;
  const known = error instanceof Error ? error : new Error(String(error));
  const { name, message } = known;
  if (isSystemError(known) || CUT.test(message)) return null;
  if (name !== "ReplyError") return known;
  if (/^OOM/.test(message)) return memoryFull(shown);
  return new RunError(`${shown}: ${message}`);
}

const memoryFull = (shown: string): RunError =>
  new RunError(`${shown}: the memory of Redis is full: increase maxmemory`);

/**
 * Refuses a server whose memory is full. A worker needs this check at its start: Redis accepts its record even then.
 * @throws {RunError}
 */
export async function checkMemory(redis: Redis, { shown }: QueueAddress): Promise<void> {
  const info = await redis.info("memory");
  const bytes = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  const most = bytes("maxmemory");
  if (most > 0 && bytes("used_memory") > most) throw memoryFull(shown);
}

function watch(redis: Redis, { shown }: QueueAddress, say: Say): void {
  let isLost = false;
  redis.on("close", () => {
    if (isLost) return;
    isLost = true;
    say(`${shown}: the connection is lost; waiting until it is restored`);
  });
  redis.on("ready", () => {
    if (isLost) say(`${shown}: the connection is restored`);
    isLost = false;
  });
}

/**
 * Refuses a Redis server that can't hold a queue.
 * @param info the server's reply to INFO
 * @throws {InputError} with a message without the address
 */
export function checkServer(info: string): void {
  const field = (name: string): string | null => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? null;
  const version = field("redis_version");
  if (version === null) throw new InputError("INFO has no redis_version: expected a Redis server");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1])) {
    throw new InputError(`the server is Redis ${version}: expected ${OLDEST_REDIS.join(".")} or later`);
  }
  const policy = field("maxmemory_policy");
  if (policy !== null && policy !== "noeviction") {
    throw new InputError(
      `its maxmemory-policy ${policy} may evict tasks when the memory is full: set maxmemory-policy noeviction`,
    );
  }
  if (field("role") === "slave") throw new InputError("the server is a read-only replica: give the URL of its primary");
  if (field("cluster_enabled") === "1") {
    throw new InputError(
      "the server is part of a Redis Cluster, which distributes the keys of a study over several servers: expected a single server",
    );
  }
}

/** The cause of a failed first connection, as a message for the user. */
function connectErrorText(error: Error, { password, tls }: QueueAddress): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  const { message } = error;
  if (/^WRONGPASS/.test(message)) return "wrong user or password";
  if (/^NOAUTH/.test(message)) return `the server requires a password: ${WHERE_PASSWORD}`;
  if (/without any password configured|no password is set/.test(message)) {
    return "a password is given, but the server has none";
  }
  if (/^NOPERM/.test(message)) return `the user lacks a permission that a queue needs: ${quote(message)}`;
  if (/DB index is out of range/.test(message)) return "the server has no database with this number";
  if (/^LOADING/.test(message)) return "the server is still loading its data: try again later";
  if (code === "ECONNREFUSED") return "connection refused: no server listens on this port";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the host name is unknown";
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "the host is unreachable";
  if (code === "ETIMEDOUT" || error instanceof TooLong) {
    return tls === null
      ? "no answer: the server is not Redis, requires TLS (rediss://), or is behind a firewall"
      : "no answer: the server is not Redis, does not use TLS (redis://), or is behind a firewall";
  }
  if (/Protocol error|Unknown RESP type/.test(message)) return "the server does not use the protocol of Redis";
  if (/wrong version number|packet length too long/.test(message)) {
    return "the server does not use TLS: give a URL with redis://";
  }
  if (/certificate|self.signed|altname/i.test(`${code} ${message}`)) {
    return `its certificate is invalid (${message}): give the certificate of its authority with --queue-ca or BALLOON_REDIS_CA`;
  }
  if (code === "ECONNRESET" || /[Cc]onnection is closed/.test(message)) {
    const other = tls === null ? "it may require TLS (rediss://)" : "it may not use TLS (redis://)";
    return `the server closed the connection: ${password === null ? `${other} or a password` : other}`;
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
