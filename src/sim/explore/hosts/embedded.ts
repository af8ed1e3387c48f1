/** Hosts whose files are texts in memory. */
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { isPolicyFile } from "../../hosts/own-policy/is-policy-file.ts";
import { TARGET_POLICIES, targetPolicyNamed } from "../../hosts/policies/index.ts";
import type { HostFiles, PolicyFinder } from "../../hosts/scenario/document.ts";
import type { TraceOpener } from "../../hosts/scenario/traces.ts";
import type { BesideReader } from "../../trace/decode.ts";
import { textInput } from "../../trace/input.ts";
import { load } from "../../trace/load.ts";
import type { EmbeddedHost, NamedText } from "./protocol.ts";

/** How an embedded host finds what it names. */
export const filesIn = ({ traces, beside }: EmbeddedHost): HostFiles => ({
  policyNamed: bundledPolicy,
  traces: (name) => {
    const { beside: own, ...text } = found(traces, name);
    return openerOf(text, readerIn(own));
  },
  beside: readerIn(beside),
});

/** Finds policies that a page can run. */
export const bundledPolicy: PolicyFinder = (name) => {
  if (!isPolicyFile(name)) return targetPolicyNamed(name, "the policy");
  throw new InputError(
    `${quote(name)} is a policy of your own, which the explorer can't run: expected one of ${[...TARGET_POLICIES.keys()].join(", ")} ` +
      "(balloon-sim host runs your own)",
  );
};

/** Opens a trace that is in memory. @param beside reads the files that it names */
export const openerOf =
  ({ name, text }: NamedText, beside: BesideReader): TraceOpener =>
  (edits, sink) =>
    load(textInput(text, name, beside), sink, edits);

/** Reads files that are in memory. @param texts by the paths in the file that names them */
export const readerIn =
  (texts: Readonly<Record<string, NamedText>>): BesideReader =>
  (path) =>
    found(texts, path);

function found<T>(texts: Readonly<Record<string, T>>, path: string): T {
  const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
  if (text === undefined) throw new InputError(`the page has no file ${quote(path)}`);
  return text;
}
