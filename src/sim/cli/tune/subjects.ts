/** The traces or hosts on the command line of `sweep` and `tune`, and the values that their runs vary. */
import { InputError } from "../../../common/errors.ts";
import { isHostFile } from "../../hosts/scenario/host-text.ts";
import { findTrace } from "../../trace/bundled.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { whatIfText } from "../../trace/what-if.ts";
import type { SubjectKind } from "../../tune/objectives.ts";
import { defaultSpace, parseSpace } from "../../tune/parse-space.ts";
import { seedNames } from "../../tune/study/candidates.ts";
import { driverOf, noteReplacedDrivers } from "../driver-of-traces.ts";
import { givenDriver } from "../given-driver.ts";
import { parseWhatIf } from "../what-if-options.ts";
import { loadHostSubjects } from "./host-subjects.ts";
import { cheapestFirst, checkDriversFit, driversOf, loadTraces, studyTraces } from "./study-traces.ts";
import type { SubjectRequest, Subjects } from "./subject-request.ts";
import { driverOfSpace, idleRulesRemarks, ignoredRulesRemarks, oneChangeRemarks } from "./trace-remarks.ts";

/**
 * Whether names on a command line are those of traces or of hosts.
 * @throws {InputError} if there are both
 */
export function kindOfSubjects(names: readonly string[]): SubjectKind {
  const host = names.find(isHostFile);
  if (host === undefined) return "trace";
  const trace = names.find((name) => !isHostFile(name));
  if (trace === undefined) return "host";
  // That there is no such file comes first.
  if (trace !== STDIN) findTrace(trace);
  throw new InputError(
    `${shownInput(host)} is a host and ${shownInput(trace)} is none: expected only hosts or only traces, which have other objectives`,
  );
}

/**
 * Reads and checks traces or hosts, and the values that `--set` gives.
 * @throws {InputError}
 */
export function loadSubjects(names: readonly string[], kind: SubjectKind, request: SubjectRequest): Subjects {
  if (kind === "host") return loadHostSubjects(names, request);
  const { options, command, goals, weights, isCheapestFirst } = request;
  if (options.policy !== undefined) throw new InputError("--policy: is for hosts, and these are traces: leave it out");
  const whatIf = parseWhatIf(options);
  const read = loadTraces(names, whatIf, options.holdout);
  const given = givenDriver(options);
  const policy = driverOf(given.name, driversOf(read));
  const isDefault = command === "tune" && options.set === undefined;
  const space = isDefault ? defaultSpace(policy, given.rates) : parseSpace(policy, options.set ?? [], given.rates);
  checkDriversFit([policy], read);
  noteReplacedDrivers(given.by ?? "--driver", [policy.name], driversOf(read));
  const loaded = isCheapestFirst ? cheapestFirst(read, policy, space.reference) : read;
  const varied = driverOfSpace(policy, space);
  const reference = { policy, rates: space.reference, of: "trial 0" };
  const [seed] = seedNames(options.seeds) as [string];
  return {
    kind,
    space,
    whatIf,
    texts: loaded.map(({ text }) => text),
    traces: studyTraces(loaded, weights, command === "tune" ? varied : null),
    columns: loaded.map(({ text, held }) => [text.trace, held.trace.name, policy.name, whatIfText(whatIf, [held])]),
    seeds: loaded.map(() => seed),
    remarks: [
      ...(command === "tune" ? oneChangeRemarks(loaded, goals) : ignoredRulesRemarks([varied], loaded)),
      ...idleRulesRemarks([reference], loaded, seed),
    ],
  };
}
