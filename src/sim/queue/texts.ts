/** Texts in Redis, such as setups and traces. Each is stored once, compressed, under a hash of its content. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { InputError, RunError } from "../../common/errors.ts";
import { sha256 } from "../../common/files/hash.ts";
import { dataKey, KEEP_SECONDS } from "./keys.ts";
import type { Redis } from "./redis.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Maximum length of a value in Redis, in bytes. */
const MAX_VALUE = 512 * 2 ** 20;

/** A text, ready to be stored. */
export interface PackedText {
  readonly sha256: string;
  readonly packed: Buffer;
}

/**
 * Compresses a text for Redis.
 * @param name of the text in messages
 * @throws {InputError} if the text is too large for Redis
 */
export async function packText(text: string, name: string): Promise<PackedText> {
  const packed = await compress(text, { level: 1 });
  if (packed.length > MAX_VALUE)
    throw new InputError(`${name}: larger than 512 MiB when compressed, too large for Redis`);
  return { sha256: sha256(text), packed };
}

/**
 * Reads a text.
 * @returns null if the text is not in Redis
 * @throws {RunError} if the content does not match the hash
 */
export async function loadText(redis: Redis, queue: string, name: string): Promise<string | null> {
  const packed = await redis.getBuffer(dataKey(queue, name));
  if (packed === null) return null;
  const text = await decompress(packed).then(String, () => null);
  if (text === null || sha256(text) !== name)
    throw new RunError(`queue ${queue}: a text in Redis does not match its hash`);
  return text;
}

/** The texts that a coordinator keeps in Redis: each as long as it has a user, such as a task. */
export class StoredTexts {
  readonly #redis: Redis;
  readonly #queue: string;
  readonly #held = new Map<string, { readonly packed: Buffer; users: number; isStored: boolean }>();

  constructor(redis: Redis, queue: string) {
    this.#redis = redis;
    this.#queue = queue;
  }

  /** Their keys in Redis. */
  get keys(): string[] {
    return [...this.#held.keys()].map((sha256) => dataKey(this.#queue, sha256));
  }

  /** Adds a user to each text. `flush` stores those that are new. */
  hold(texts: readonly PackedText[]): void {
    for (const { sha256, packed } of texts) {
      const held = this.#held.get(sha256);
      if (held === undefined) this.#held.set(sha256, { packed, users: 1, isStored: false });
      else held.users++;
    }
  }

  /** Removes a user of each text, and texts without a user from Redis. */
  async release(texts: readonly PackedText[]): Promise<void> {
    const unused = texts.filter(({ sha256 }) => {
      const held = this.#held.get(sha256);
      if (held === undefined || --held.users > 0) return false;
      return this.#held.delete(sha256);
    });
    if (unused.length > 0) await this.#redis.del(...unused.map(({ sha256 }) => dataKey(this.#queue, sha256)));
  }

  /** Stores the texts that are not in Redis. */
  async flush(): Promise<void> {
    for (const [sha256, held] of this.#held) {
      if (held.isStored) continue;
      await this.#redis.set(dataKey(this.#queue, sha256), held.packed, "EX", KEEP_SECONDS);
      held.isStored = true;
    }
  }

  /** Notes that Redis has lost its data: `flush` stores all texts again. */
  noteLost(): void {
    for (const held of this.#held.values()) held.isStored = false;
  }

  /** Postpones the expiry of the stored texts. @returns whether all of them are in Redis */
  async keep(): Promise<boolean> {
    const pipeline = this.#redis.pipeline();
    for (const [sha256, { isStored }] of this.#held) {
      if (isStored) pipeline.expire(dataKey(this.#queue, sha256), KEEP_SECONDS);
    }
    const replies = (await pipeline.exec()) ?? [];
    return replies.every(([, isThere]) => isThere === 1);
  }
}
