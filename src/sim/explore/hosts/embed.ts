/** Reads a host with all files that it names, for a page. */
import { readTextFile } from "../../../common/files/text-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { type HostText, parseHostWith, scenarioOf } from "../../hosts/scenario/document.ts";
import { traceFileBeside } from "../../hosts/scenario/trace-files.ts";
import type { BesideReader } from "../../trace/decode.ts";
import { besideOf, pathBeside } from "../../trace/input-file.ts";
import { bundledPolicy, openerOf } from "./embedded.ts";
import type { EmbeddedHost, NamedText } from "./protocol.ts";

/** A trace that is being read, and what it names. */
interface Growing extends NamedText {
  readonly beside: Map<string, NamedText>;
}

/**
 * Reads and checks all of a host. What is embedded has no path of this machine: a page is sent to others.
 * @param key its name on the page
 * @returns the host, and the paths of all files that it names
 * @throws {InputError} with the first problem
 */
export function embedHost(key: string, source: HostText): { readonly host: EmbeddedHost; readonly paths: string[] } {
  const traces = new Map<string, Growing>();
  const beside = new Map<string, NamedText>();
  const paths = new Set<string>();
  const document = parseHostWith(source, {
    policyNamed: bundledPolicy,
    traces: (name) => {
      const path = traceFileBeside(source.folder, name);
      paths.add(path);
      const trace = traces.get(name) ?? {
        name: escapeUnsafe(name),
        text: readTextFile(path, escapeUnsafe(path)),
        beside: new Map(),
      };
      traces.set(name, trace);
      return openerOf(trace, recording(path, trace.beside, paths));
    },
    beside: recording(`${source.folder}/host.json`, beside, paths),
  });
  scenarioOf(document);
  const host = {
    key,
    source: { ...source, folder: "." },
    traces: Object.fromEntries(
      [...traces].map(([name, trace]) => [name, { ...trace, beside: Object.fromEntries(trace.beside) }]),
    ),
    beside: Object.fromEntries(beside),
  };
  return { host, paths: [...paths] };
}

/** Reads the files that a file names, and keeps their texts and paths. */
const recording =
  (file: string, texts: Map<string, NamedText>, paths: Set<string>): BesideReader =>
  (path) => {
    const { text } = texts.get(path) ?? besideOf(file)(path);
    const named = { name: escapeUnsafe(path), text };
    texts.set(path, named);
    paths.add(pathBeside(file, path));
    return named;
  };
