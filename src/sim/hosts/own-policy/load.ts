import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../../../common/errors.ts";
import { refuseDevice } from "../../../common/files/text-file.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import { orBundledFile } from "../../trace/bundled.ts";
import { targetPolicyNamed } from "../policies/index.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { descriptionOf, Malformed } from "./description.ts";
import { isPolicyFile } from "./is-policy-file.ts";
import { OwnInstance } from "./own-instance.ts";
import type { Loaded, Thrown } from "./protocol.ts";
import { LIMITS, type Limits, PolicyThread } from "./thread.ts";

/**
 * Finds the policy that a text names: a bundled one, or that of a module, which is loaded once.
 * @param place prefix of messages about an unknown name: `$.policy`
 * @param folder to which paths of modules are relative
 * @returns a function that throws an `InputError` if there is no such policy, or the module is malformed
 */
export function policyFinder(place: string, folder = "."): (text: string) => TargetPolicy {
  const loaded = new Map<string, TargetPolicy>();
  return (text) => {
    if (!isPolicyFile(text)) return targetPolicyNamed(text, place, policyFileNamed(text, folder));
    const policy = loaded.get(text) ?? loadOwnPolicy(inFolder(text, folder));
    loaded.set(text, policy);
    return policy;
  };
}

const inFolder = (path: string, folder: string): string =>
  folder === "." || isAbsolute(path) ? path : join(folder, path);

/** The file of a policy's module that a text names, found as by `policyFinder`. */
export const modulePath = (text: string, folder: string): string => orBundledFile(inFolder(text, folder));

/** The threads of modules that this thread has loaded. */
const threads = new Set<PolicyThread>();

/**
 * Ends the threads of all policies of modules that this thread has loaded, which can't be used any more. A command that runs many hosts
 * one after the other would keep a thread for each.
 */
export function endOwnPolicies(): void {
  for (const thread of threads) thread.end();
  threads.clear();
}

/**
 * The policy in a module, which runs in a thread of its own. Its calls throw a `RunError` when the policy throws, does not answer
 * within five seconds, or decides nonsense. The thread ends with the process, or by
 * `endOwnPolicies`.
 * @param name path of the module, or of one of the package (`traces/hosts/policies/…`)
 * @param shown name of the file in messages, safe to print
 * @throws {InputError} it can't be loaded, or is malformed
 */
export function loadOwnPolicy(name: string, shown = escapeUnsafe(name), limits: Limits = LIMITS): TargetPolicy {
  const path = orBundledFile(name);
  refuseOtherFiles(path, shown);
  const thread = new PolicyThread(pathToFileURL(path).href, limits);
  threads.add(thread);
  try {
    const description = descriptionOf(loadedOf(thread, path, shown));
    return { ...description, create: (params) => new OwnInstance(thread, shown, description, params) };
  } catch (error) {
    thread.end();
    if (error instanceof Malformed) throw new InputError(`${shown}: ${error.message}`);
    throw error;
  }
}

function refuseOtherFiles(path: string, shown: string): void {
  try {
    refuseDevice(path, shown);
    if (statSync(path).isDirectory()) throw new InputError(`${shown}: is a directory, expected a file`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const beside = (near: string): string => escapeUnsafe(join(dirname(path), near));
    const near = error.code === "ENOENT" ? didYouMean(basename(path), policyFilesIn(dirname(path)), beside) : "";
    throw new InputError(`${shown}: ${systemErrorText(error)}${near}`);
  }
}

/** The file of a policy that a name without extension may mean: `./mine.mjs`, safe to print. Null: there is none in the folder. */
export function policyFileNamed(name: string, folder = "."): string | null {
  const file = policyFilesIn(folder).find((one) => one.replace(/\.[cm]?[jt]s$/, "") === name);
  return file === undefined ? null : `./${escapeUnsafe(file)}`;
}

/** Names of files in a folder that may be modules of policies. */
function policyFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isPolicyFile);
  } catch {
    return [];
  }
}

function loadedOf(thread: PolicyThread, path: string, shown: string): Loaded {
  const answer = thread.loaded();
  if (answer === null)
    throw new InputError(`${shown}: is not loaded after ${thread.limits.loadMs / 1000} s: does it wait or loop?`);
  if (answer.is === "thrown") throw new InputError(`${shown}: can't be loaded: ${thrownText(answer.thrown, path)}`);
  if (answer.is === "nonsense")
    throw new InputError(`${shown}: has ${answer.what}: expected export default { name, …, create }`);
  return answer.value as Loaded;
}

/** What was thrown, and where. Node has no place for errors of syntax but in what it writes of an uncaught one. */
function thrownText({ text, at, isSyntax }: Thrown, path: string): string {
  const place = at ?? (isSyntax ? syntaxErrorPlace(path) : null);
  return `${text}${place === null ? "" : ` (${place})`}`;
}

function syntaxErrorPlace(path: string): string | null {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: LIMITS.loadMs });
  const line = /^.*?([^/\\\n]+:\d+)\n/.exec(stderr ?? "");
  return line?.[1] ?? null;
}
