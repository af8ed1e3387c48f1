import { InputError } from "../../common/errors.ts";
import { thisProcess } from "../../common/process-identity.ts";
import type { QueueTarget } from "./address.ts";
import { ALIVE_MS } from "./keys.ts";
import type { ModelId } from "./model-id.ts";
import type { Redis } from "./redis.ts";
import { claimStudy, placeOf, type StudyRecord } from "./registry.ts";

/** Maximum number of simultaneous coordinators that have the same setup and no `--name`. */
const MAX_SUFFIX = 1000;

/**
 * Claims the given name for a study of this process, or the first free one of the names that are derived from the setup.
 * @param setup hash of the setup
 * @throws {InputError} if another coordinator uses the given name, or all derived ones are in use
 */
export async function claimName(
  redis: Redis,
  { name, address }: QueueTarget,
  setup: string,
  model: ModelId,
): Promise<StudyRecord> {
  const claim = async (study: string) => {
    const record = { study, setup, model, holder: thisProcess(), token: crypto.randomUUID() };
    return { record, other: await claimStudy(redis, record) };
  };
  if (name !== null) {
    const { record, other } = await claim(name);
    if (other === null) return record;
    throw new InputError(
      `--name ${name}: the coordinator of the study of this name at ${address.shown} is ${placeOf(other)}: choose another name, ` +
        `or end that process, or wait ${ALIVE_MS / 1000} s if it has died`,
    );
  }
  for (let i = 1; i <= MAX_SUFFIX; i++) {
    const { record, other } = await claim(`${setup.slice(0, 12)}${i === 1 ? "" : `-${i}`}`);
    if (other === null) return record;
  }
  throw new InputError(
    `${address.shown}: has ${MAX_SUFFIX} studies with the same setup and without a name: give this one a --name`,
  );
}
