import { policyNamed } from "../../../common/policy-named.ts";
import { lruOf, profileOf } from "../../trace/profile.ts";
import { readTrace } from "../../trace/read.ts";
import type { TraceFacts } from "../protocol.ts";
import { documentOf } from "./trace-document.ts";

/**
 * What the page must know of a trace.
 * @throws {InputError} if it is invalid
 */
export function factsOf(text: string, name: string): TraceFacts {
  // Problems have the places in the text as it was given.
  readTrace(text, name);
  const { trace } = readTrace(JSON.stringify(documentOf(text)), name);
  const { guest, host } = trace;
  const profile = profileOf(guest);
  return {
    name: trace.name,
    description: trace.description,
    durationUs: trace.durationUs,
    seed: trace.seed,
    driver: policyNamed(guest.driver ?? undefined, "$.guest.driver").name,
    profile: guest.profile,
    guest: {
      memory: guest.memory,
      swap: guest.swap,
      swappiness: guest.swappiness ?? profile.kernel.swappiness,
      lru: lruOf(guest, profile),
      thp: guest.thp,
      cpus: guest.cpus ?? profile.machine.cpus,
    },
    hasGenerations: profile.kernel.generations !== null,
    hasHugePages: profile.kernel.hugePages,
    workloads: trace.workloads.map((workload) => workload.name),
    target: {
      hold: host.target.hold,
      points: host.target.at.map((at, i) => [at, host.target.value[i] as number] as const),
    },
    isRepeating: host.target.repeatUs > 0,
  };
}
