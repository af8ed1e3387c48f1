import { RunError } from "../../common/errors.ts";
import type { QueueAddress } from "./address.ts";
import { patternsOf, STUDIES } from "./keys.ts";
import { connectRedis, redisFailure } from "./redis.ts";

/** Number of keys that SCAN examines in one step. */
const SCAN_COUNT = 1000;

/**
 * Removes all data of a study from Redis. A coordinator that still uses the data ends with an error.
 * @returns the number of keys that were removed
 * @throws {InputError} if the queue can't be used
 */
export async function purgeStudy(address: QueueAddress, name: string): Promise<number> {
  const redis = await connectRedis(address, () => {});
  try {
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
