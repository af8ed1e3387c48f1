import { nativeFailure } from "../exit-codes.ts";
import type { Addon, NativeWorker, WorkerOptions } from "../native/addon.ts";

/**
 * Opens the native worker.
 * @throws {RunError} with the exit code of the reason; {InputError} for an invalid host's script
 */
export const openWorker = (addon: Addon, options: WorkerOptions): Promise<NativeWorker> =>
  new Promise((resolve, reject) => {
    addon.openWorker(options, (failure, worker) => {
      if (worker !== null) resolve(worker);
      else reject(failure === null ? new Error("the worker did not open") : nativeFailure(failure));
    });
  });
