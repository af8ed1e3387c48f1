/** The setup of a study on its way through Redis: each text once, named by its content. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { InputError, RunError } from "../../common/errors.ts";
import { sha256 } from "../../common/files/hash.ts";
import type { RunSetup } from "../tune/study/runner.ts";
import type { TraceText } from "../tune/study/trace-text.ts";
import { dataKey, KEEP_SECONDS, queueName } from "./keys.ts";
import type { ModelId } from "./model-id.ts";
import type { Redis } from "./redis.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The longest value that Redis takes, in bytes. */
const MAX_VALUE = 512 * 2 ** 20;

/** A setup as it is stored. */
export interface StoredSetup {
  /** SHA-256 of what the runs depend on, the model included. */
  readonly hash: string;
  /** Texts by their SHA-256, compressed. */
  readonly texts: ReadonlyMap<string, Buffer>;
}

/** What stands in Redis in place of a trace: its text is stored under its hash. */
type StoredTrace = Omit<TraceText, "text"> & { readonly text: string };

/** Prepares a setup for `storeSetup`. @throws {InputError} where a trace is too large for Redis */
export async function packSetup(setup: RunSetup, model: ModelId): Promise<StoredSetup> {
  const texts = new Map<string, Buffer>();
  const traces: StoredTrace[] = [];
  for (const trace of setup.traces) {
    const text = sha256(trace.text);
    traces.push({ ...trace, text });
    const packed = await compress(trace.text, { level: 1 });
    if (packed.length > MAX_VALUE) throw new InputError(`${trace.trace}: too large for a queue, also when compressed`);
    texts.set(text, packed);
  }
  const text = JSON.stringify({ model: [model.version, model.hash], setup: { ...setup, traces } });
  const hash = sha256(text);
  texts.set(hash, await compress(text, { level: 1 }));
  return { hash, texts };
}

/** Puts a setup into Redis, where `loadSetup` finds it. */
export async function storeSetup(redis: Redis, study: string, { hash, texts }: StoredSetup): Promise<void> {
  const queue = queueName(study, hash);
  for (const [name, packed] of texts) await redis.set(dataKey(queue, name), packed, "EX", KEEP_SECONDS);
}

/** The keys of a setup. */
export const setupKeys = (study: string, { hash, texts }: StoredSetup): string[] =>
  [...texts.keys()].map((name) => dataKey(queueName(study, hash), name));

/**
 * Reads a setup.
 * @returns null where it is not, or no longer, there
 * @throws {RunError} where it is not what its name says
 */
export async function loadSetup(redis: Redis, study: string, hash: string): Promise<RunSetup | null> {
  const queue = queueName(study, hash);
  const load = async (name: string): Promise<string | null> => {
    const packed = await redis.getBuffer(dataKey(queue, name));
    if (packed === null) return null;
    const text = await decompress(packed).then(String, () => null);
    if (text === null || sha256(text) !== name) throw new RunError(`study ${study}: its setup in Redis is damaged`);
    return text;
  };
  const text = await load(hash);
  if (text === null) return null;
  const { setup } = JSON.parse(text) as { setup: RunSetup & { traces: readonly StoredTrace[] } };
  const traces: TraceText[] = [];
  for (const trace of setup.traces) {
    const content = await load(trace.text);
    if (content === null) return null;
    traces.push({ ...trace, text: content });
  }
  return { ...setup, traces };
}
