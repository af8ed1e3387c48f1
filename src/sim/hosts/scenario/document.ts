/** Host files as documents: parsed, changed, and made hosts. Reads no file itself, and runs in browsers, too. */
import { emptyInput } from "../../../common/empty-input.ts";
import { InputError } from "../../../common/errors.ts";
import { parseJson } from "../../../common/json.ts";
import { fileArgument, shellLine } from "../../../common/shell-line.ts";
import { type BesideReader, Decoder } from "../../trace/decode.ts";
import { EditedDocument } from "../../trace/edits.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { reportFault, reportProblems, type Sink } from "../../trace/problems.ts";
import { isPolicyFile } from "../own-policy/is-policy-file.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { buildHost } from "./build.ts";
import { hostFileReader } from "./file.ts";
import { refuseOtherFiles } from "./recognize.ts";
import { type HostSet, parseHostSets } from "./sets.ts";
import { type TraceFinder, TraceStore } from "./traces.ts";
import type { HostScenario } from "./types.ts";

/** A host file: plain data, from which a thread or a page can read the host again. */
export interface HostText {
  /** Its name in messages; safe to print. */
  readonly name: string;
  /** The folder to which the paths in it are relative. */
  readonly folder: string;
  readonly text: string;
}

/** How a command line changes a host. */
export interface HostChanges {
  /** `--set` options, each `name=value`: see `parseHostSets`. */
  readonly sets?: readonly string[];
  /** Replaces the file's policy and its parameters; null: the file's. */
  readonly policy?: TargetPolicy | null;
  /** Replaces the file's seed; null: the file's. */
  readonly seed?: string | null;
}

/** A host file that has been parsed, with the changes to it. Hosts that are made of it share its traces. */
export interface HostDocument {
  readonly source: HostText;
  readonly value: unknown;
  readonly traces: TraceStore;
  /** Finds the policy of a name in the file. */
  readonly policyNamed: PolicyFinder;
  /** Reads the files of rates that it names. */
  readonly beside: BesideReader;
  readonly sets: readonly HostSet[];
  readonly seed: string | null;
  /** What is assumed because of the changes. */
  readonly assumed: readonly string[];
}

/** How a policy is found that a file names; it must throw an `InputError` for a name that it does not know. */
export type PolicyFinder = (name: string) => TargetPolicy;

/** How a host file finds what it names. */
export interface HostFiles {
  readonly policyNamed: PolicyFinder;
  readonly traces: TraceFinder;
  readonly beside: BesideReader;
}

const throwFirst: Sink = (problem) => {
  throw new InputError(problem);
};

/**
 * Parses a host file.
 * @throws {InputError} if it is no JSON, or a file of another kind
 */
export const parseHostWith = (source: HostText, files: HostFiles): HostDocument =>
  documentOf(source, files, throwFirst) as HostDocument;

function documentOf(source: HostText, files: HostFiles, sink: Sink): HostDocument | null {
  const { name, text } = source;
  if (text.trim() === "") throw emptyInput(name, "a host with VMs (docs/hosts.md)");
  refuseOtherFiles(name, text, "a host with VMs");
  const parsed = parseJson(text);
  if (!parsed.ok) {
    reportFault(text, { name, line: 1 }, parsed.fault, sink);
    return null;
  }
  return {
    source,
    value: parsed.value,
    traces: new TraceStore(files.traces),
    policyNamed: files.policyNamed,
    beside: files.beside,
    sets: [],
    seed: null,
    assumed: [],
  };
}

/**
 * A host file with the changes of a command line, on top of those that it has.
 * @throws {InputError} naming the `--set`: there is no such field, or it can't have the value as far as that is known before the
 * host is read
 */
export function applyHostSets(
  document: HostDocument,
  { sets = [], policy = null, seed = null }: HostChanges,
): HostDocument {
  const chosen =
    policy === null ? [] : [{ path: ["policy"], value: { name: policy.name }, shown: `--policy ${policy.name}` }];
  const policyNamed: PolicyFinder = (name) => (name === policy?.name ? policy : document.policyNamed(name));
  const replaced: HostDocument = { ...document, policyNamed, sets: [...document.sets, ...chosen] };
  const { value } = edited(replaced, () => {});
  const given = parseHostSets(sets, { policy: settableName(value, replaced), vms: vmNames(value, document.traces) });
  const spread = policyAsObject(value, given, replaced);
  const dropped = policy !== null && hasParams(document.value) && policyNameIn(document.value) !== policy.name;
  return {
    ...replaced,
    sets: [...replaced.sets, ...spread, ...given],
    seed: seed ?? document.seed,
    assumed: [
      ...document.assumed,
      ...(dropped
        ? [`The parameters of the file's policy, ${policyNameIn(document.value)}, do not apply to ${policy.name}.`]
        : []),
    ],
  };
}

/** The name of the policy in a document, for its parameters: that of a module's policy where a file names a module. */
function settableName(value: unknown, { source, policyNamed }: HostDocument): string | null {
  const name = policyNameIn(value);
  if (name === null || !isPolicyFile(name)) return name;
  return found(name, source, policyNamed).name;
}

function found(name: string, source: HostText, policyNamed: PolicyFinder): TargetPolicy {
  try {
    return policyNamed(name);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${source.name}: $.policy: ${error.message}`) : error;
  }
}

/** A policy that is given by its name alone has no place for parameters: it becomes an object if some are set. */
function policyAsObject(value: unknown, sets: readonly HostSet[], { source, policyNamed }: HostDocument): HostSet[] {
  const name = memberOf(value, "policy");
  if (typeof name !== "string" || !sets.some(({ path }) => path[0] === "policy")) return [];
  found(name, source, policyNamed);
  return [{ path: ["policy"], value: { name }, shown: "" }];
}

/**
 * The host of a document.
 * @param world number of the world, from 1: the phases of copies are drawn anew in each, and their traces run in it
 * @throws {InputError} with the first problem, and the number of others
 */
export function scenarioOf(document: HostDocument, world = 1): HostScenario {
  const problems: string[] = [];
  const scenario = scenarioIn(document, (problem) => problems.push(problem), world);
  if (scenario !== null && problems.length === 0) return scenario;
  throw new InputError(firstOf(problems, document.source));
}

/** The first of some problems, and where the others are found. */
function firstOf([first = "can't be read", ...others]: readonly string[], { name }: HostText): string {
  // A problem of the command line has no place in the file, and validate does not know it.
  if (others.length === 0 || !first.startsWith(`${name}:`)) return first;
  // The name in messages of a file with control characters is not that of the file.
  const hasFile = name !== shownInput(STDIN) && !name.includes("\\u{");
  const command = hasFile
    ? shellLine(["balloon-sim", "validate", fileArgument(name)])
    : "balloon-sim validate lists them";
  return `${first} (and ${others.length} more: ${command})`;
}

/** All problems of a host file and of its traces, a line each; empty if there are none. */
export function hostProblemsWith(source: HostText, files: HostFiles): string[] {
  const problems: string[] = [];
  const collect: Sink = (problem) => problems.push(problem);
  try {
    const document = documentOf(source, files, collect);
    if (document !== null) scenarioIn(document, collect);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.message);
  }
  return problems;
}

function scenarioIn(document: HostDocument, sink: Sink, world = 1): HostScenario | null {
  const { source, traces, policyNamed, beside, seed, assumed } = document;
  const { name, text } = source;
  const refused = new Set<string>();
  const changed = edited(document, (message) => refused.add(message));
  const decoder = new Decoder(beside);
  const scenario = decoder.run((value, d) => {
    const file = hostFileReader(defaultName(name), policyNamed)(value, d);
    return buildHost(file, traces, seed, world, d);
  }, changed.value);
  const problems = decoder.problems.filter((problem) => !changed.claims(problem));
  for (const message of refused) sink(message);
  if (problems.length > 0) reportProblems(text, { name, line: 1 }, problems, sink);
  if (scenario === null || decoder.problems.length > 0) return null;
  return { ...scenario, assumed: [...assumed, ...scenario.assumed] };
}

/** The document of a host file with its changes, as far as they have a place in it. */
export const changedValue = (document: HostDocument): unknown => edited(document, () => {}).value;

/** The document with its changes; `refuse` gets the problems of their values. */
const edited = ({ value, sets }: HostDocument, refuse: (message: string) => void): EditedDocument =>
  new EditedDocument(
    value,
    sets.map(({ path, value: set, shown }) => ({
      path,
      value: set,
      report: (message) => refuse(`${shown}: ${message}`),
    })),
  );

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

/** The name of the policy in a document that may be invalid; null if it has none. */
export function policyNameIn(value: unknown): string | null {
  const policy = memberOf(value, "policy");
  const name = typeof policy === "string" ? policy : memberOf(policy, "name");
  return typeof name === "string" ? name : null;
}

const hasParams = (value: unknown): boolean =>
  Object.keys((memberOf(memberOf(value, "policy"), "params") as object | undefined) ?? {}).length > 0;

/** Whether VMs of a file have constants of their drivers. Those of all VMs do not count: a VM with a driver of its own has them not. */
export function givesRates({ value }: HostDocument): boolean {
  const vms = memberOf(value, "vms");
  return Array.isArray(vms) && vms.some((vm) => memberOf(vm, "rates") !== undefined);
}

/** The names of the VMs of a document that may be invalid. */
function vmNames(value: unknown, traces: TraceStore): (string | null)[] {
  const vms = memberOf(value, "vms");
  if (!Array.isArray(vms)) return [];
  return vms.map((vm) => {
    const [name, trace] = [memberOf(vm, "name"), memberOf(vm, "trace")];
    if (typeof name === "string") return name;
    return typeof trace === "string" ? (traces.read(trace, [], () => {})?.trace.name ?? null) : null;
  });
}

/** The name of a host without one: its file's. */
const defaultName = (file: string): string => file.replace(/^.*\//s, "").replace(/\.json$/, "");
