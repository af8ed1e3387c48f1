/** The hosts of a study, of a sweep or of a comparison, as they are read. */
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import type { Us } from "../../../common/units.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { AS_IT_IS, type WhatIf } from "../../trace/what-if.ts";
import { type ReadHost, readStudyHost } from "../../tune/study/held-host.ts";
import type { StudyTrace } from "../../tune/types.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "../bad-traces.ts";
import { untilRemark } from "../host/host-options.ts";

/** A host that has been read, with its part in a study. */
export interface LoadedHost extends ReadHost {
  readonly role: StudyTrace["role"];
}

/**
 * The end of the hosts' runs. A warning names hosts that end before.
 * @param until by `--until`
 * @throws {InputError} if it is no time in a run
 */
export function hostsUntil(hosts: readonly LoadedHost[], until: Us | undefined): WhatIf {
  if (until === undefined) return AS_IT_IS;
  if (until === 0) throw new InputError("--until 0s: expected a time above 0");
  for (const { text, scenario } of hosts) {
    const remark = untilRemark(until, scenario.durationUs);
    if (remark !== null) warn(`balloon-sim: warning: ${shownInput(text.trace)}: ${remark}`);
  }
  return { ...AS_IT_IS, untilUs: until };
}

/**
 * Reads the hosts of a study. A line on standard error tells of each invalid one if there are several.
 * @param policy what replaces their policies; undefined: their own
 * @throws {InputError} if one can't be read, is malformed, or is given twice
 */
export function loadHosts(tuned: readonly string[], holdouts: readonly string[], policy?: string): LoadedHost[] {
  const hosts: LoadedHost[] = [];
  const bad: FailedTrace[] = [];
  for (const [role, names] of [
    ["tune", tuned],
    ["holdout", holdouts],
  ] as const) {
    for (const trace of names) {
      try {
        if (trace === STDIN) throw new InputError("a host of a study is read more than once: use a file");
        const read = readStudyHost(trace, policy);
        const same = hosts.find(({ text }) => text.sha256 === read.text.sha256);
        if (same !== undefined)
          throw new InputError(
            `${shownInput(trace)}: is the same host as ${shownInput(same.text.trace)}: give it once`,
          );
        hosts.push({ ...read, role });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        bad.push({ trace, error });
      }
    }
  }
  const [only] = bad;
  if (only === undefined) return hosts;
  if (bad.length === 1) throw only.error;
  for (const host of bad) warnOfTrace(host);
  throw badTraces(bad, tuned.length + holdouts.length, "all are needed");
}

/**
 * The descriptions of hosts for the header of a study.
 * @param weights by name; others count as 1
 */
export const studyHosts = (
  hosts: readonly LoadedHost[],
  weights: ReadonlyMap<string, number> = new Map(),
): StudyTrace[] =>
  hosts.map(({ text, scenario, role }) => ({
    trace: text.trace,
    name: scenario.name,
    sha256: text.sha256,
    weight: weights.get(text.trace) ?? 1,
    role,
    // Copies of a VM have drawn phases and seeds.
    isRandom: scenario.vms.some(({ name, group }) => name !== group),
    sampleSeconds: null,
  }));
