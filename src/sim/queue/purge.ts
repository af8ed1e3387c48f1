import { InputError, RunError } from "../../common/errors.ts";
import { isOver } from "../../common/process-identity.ts";
import type { QueueAddress } from "./address.ts";
import { ALIVE_MS, patternsOf, STUDIES } from "./keys.ts";
import { connectRedis, redisFailure, type Say } from "./redis.ts";
import { placeOf, studyNamed } from "./registry.ts";

/** Number of keys that SCAN examines in one step. */
const SCAN_COUNT = 1000;

/**
 * Removes all data of a study from Redis.
 * @param say gets a line about a password that the server does not need
 * @returns the number of keys that were removed
 * @throws {InputError} if the queue can't be used, or if the study has a coordinator that may be alive
 */
export async function purgeStudy(address: QueueAddress, name: string, say: Say): Promise<number> {
  const redis = await connectRedis(address, () => {}, say);
  try {
    const record = await studyNamed(redis, name);
    if (record !== null && !isOver(record.holder)) {
      throw new InputError(
        `--purge ${name}: the coordinator of this study at ${address.shown} is ${placeOf(record)}: end that process first, ` +
          `or wait ${ALIVE_MS / 1000} s if it has died`,
      );
    }
    let removed = 0;
    for (const pattern of patternsOf(name)) {
      for await (const keys of redis.scanStream({ match: pattern, count: SCAN_COUNT })) {
        if (keys.length > 0) removed += await redis.unlink(...(keys as string[]));
      }
    }
    await redis.zrem(STUDIES, name);
    return removed;
  } catch (error) {
    throw redisFailure(error, address) ?? new RunError(`${address.shown}: the connection was lost`);
  } finally {
    redis.disconnect();
  }
}
