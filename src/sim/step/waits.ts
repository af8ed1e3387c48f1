/** Who waits for what, in words for a walk. */
import { ACTOR_NAMES, workloadOf } from "../time/slots.ts";
import { Wait } from "../view/causes.ts";
import type { RunView } from "../view/types.ts";

type ActorWait = readonly [actor: number, wait: number];

const WORDS: Readonly<Record<number, string>> = {
  [Wait.DirectReclaim]: "reclaims itself",
  [Wait.SwapRead]: "waits for swap",
  [Wait.Refault]: "waits for evicted files",
  [Wait.FileRead]: "reads files",
  [Wait.Kswapd]: "reclaims",
};

/** Whether an actor waits for memory: kswapd does not, and a first read of a file is no such wait. */
export const isWaitForMemory = ([, wait]: ActorWait): boolean => wait !== Wait.Kswapd && wait !== Wait.FileRead;

/** Those who wait, as clauses: `db waits for swap`. */
export const waitWords = (waits: readonly ActorWait[], view: RunView): string[] =>
  waits.map(([actor, wait]) => `${nameOf(actor, view)} ${WORDS[wait]}`);

function nameOf(actor: number, { trace }: RunView): string {
  const workload = workloadOf(actor);
  return (workload === null ? ACTOR_NAMES[actor] : trace.workloads[workload]?.name) ?? "";
}
