/** Reads host files, and the files that they name. `docs/hosts.md` has the format. */
import { besideOf } from "../../trace/input-file.ts";
import { policyFinder } from "../own-policy/load.ts";
import {
  applyHostSets,
  type HostChanges,
  type HostDocument,
  type HostFiles,
  type HostText,
  hostProblemsWith,
  type PolicyFinder,
  parseHostWith,
  scenarioOf,
} from "./document.ts";
import { readHostText } from "./host-text.ts";
import { tracesBeside } from "./trace-files.ts";
import type { HostScenario } from "./types.ts";

export {
  applyHostSets,
  type HostChanges,
  type HostDocument,
  type PolicyFinder,
  policyNameIn,
  scenarioOf,
} from "./document.ts";

/** Policies of modules are found beside the host file, as its traces are. */
const besideHost = ({ folder }: HostText): PolicyFinder => policyFinder("the policy", folder);

const filesOf = ({ folder }: HostText, policyNamed: PolicyFinder): HostFiles => ({
  policyNamed,
  traces: tracesBeside(folder),
  beside: besideOf(`${folder}/host.json`),
});

/**
 * Reads a host: a file, `-` for standard input, or the name of a bundled host.
 * @throws {InputError} with the first problem: `FILE:LINE:COLUMN: $.path: message`, or one of a `--set`
 */
export function readHostScenario(nameOrPath: string, changes: HostChanges = {}): HostScenario {
  return scenarioOf(applyHostSets(parseHost(readHostText(nameOrPath)), changes));
}

/**
 * Parses a host file.
 * @param policyNamed finds the policy that it names, if that may be one that the package does not have
 * @throws {InputError} if it is no JSON
 */
export const parseHost = (source: HostText, policyNamed = besideHost(source)): HostDocument =>
  parseHostWith(source, filesOf(source, policyNamed));

/** All problems of a host file and of its traces, a line each; empty if there are none. */
export const hostProblems = (source: HostText, policyNamed = besideHost(source)): string[] =>
  hostProblemsWith(source, filesOf(source, policyNamed));
