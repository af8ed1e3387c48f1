import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { explorePage } from "../explore/explore-page.ts";
import { embedHost } from "../explore/hosts/embed.ts";
import { hostExplorePage } from "../explore/hosts/host-explore-page.ts";
import type { PresetTrace } from "../explore/model.ts";
import { STDIN_NAME } from "../explore/protocol.ts";
import { factsOf } from "../explore/worker/facts.ts";
import { hostOfStdin, isHostFile, readHostText, textOfStdin } from "../hosts/scenario/host-text.ts";
import { beginsLikeHost } from "../hosts/scenario/recognize.ts";
import { bundledTraces, findHost, findTrace } from "../trace/bundled.ts";
import { STDIN, shownInput } from "../trace/input.ts";
import { exploredStudy, isStudyFile } from "./explore-study.ts";
import { argumentFiles, checkOutput } from "./input-files.ts";
import { withOutput } from "./with-output.ts";

/** Options of `balloon-sim explore`. */
export interface ExploreOptions {
  readonly output?: string;
}

/** The trace that a page of the bundled traces shows first: a short one with all that can happen. */
const FIRST = "spike";

/**
 * Executes `balloon-sim explore`.
 * @param version of the program
 * @throws {InputError}
 */
export async function exploreTraces(
  traces: readonly string[],
  { output }: ExploreOptions,
  version: string,
): Promise<void> {
  if (output === undefined) {
    throw new InputError("explore: -o is missing, such as: balloon-sim explore -o explore.html");
  }
  const names = traces.length > 0 ? traces : [FIRST, ...bundledTraces().filter((name) => name !== FIRST)];
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new InputError(`explore: ${escapeUnsafe(name)} is given twice: give it once`);
  });
  const stdin = names.includes(STDIN) ? textOfStdin() : "";
  const isHost = (name: string): boolean => (name === STDIN ? beginsLikeHost(stdin) : isHostFile(name));
  const hosts = names.filter(isHost);
  const page =
    hosts.length > 0 ? pageOfHosts(names, hosts, stdin, output, version) : pageOf(names, stdin, output, version);
  await withOutput(output, async (sink) => sink.write(page));
}

function pageOf(names: readonly string[], stdin: string, output: string, version: string): string {
  const isStudy = (name: string): boolean => name !== STDIN && isStudyFile(name);
  checkOutput(output, argumentFiles(names.map((name) => (name === STDIN || isStudy(name) ? name : findTrace(name)))));
  const studies = names.filter(isStudy).map(exploredStudy);
  const traces = names.filter((name) => !isStudy(name)).map((name) => presetOf(name, stdin));
  const brought = studies.flatMap((study) => study.traces);
  checkOutput(output, argumentFiles(brought.map(({ name }) => findTrace(name))));
  // A study brings its traces along, but for those that are there.
  for (const { name, text } of brought) {
    if (traces.some((trace) => trace.name === name)) continue;
    factsOf(text, escapeUnsafe(name));
    traces.push({ name, text });
  }
  return explorePage(
    traces,
    studies.flatMap((study) => study.presets),
    version,
  );
}

function pageOfHosts(
  names: readonly string[],
  hosts: readonly string[],
  stdin: string,
  output: string,
  version: string,
): string {
  const trace = names.find((name) => !hosts.includes(name));
  if (trace !== undefined) {
    throw new InputError(
      `explore: ${shownInput(hosts[0] as string)} is a host and ${shownInput(trace)} is not: make a page of hosts, and another one of traces`,
    );
  }
  checkOutput(output, argumentFiles(hosts.map((name) => (name === STDIN ? name : findHost(name)))));
  const embedded = hosts.map((name) => embedHost(name, name === STDIN ? hostOfStdin(stdin) : readHostText(name)));
  checkOutput(output, argumentFiles(embedded.flatMap(({ paths }) => paths)));
  return hostExplorePage(
    embedded.map(({ host }) => host),
    version,
  );
}

/** Reads a trace, and checks all of it. */
function presetOf(name: string, stdin: string): PresetTrace {
  const shown = shownInput(name);
  const text = name === STDIN ? stdin : readTextFile(findTrace(name), shown);
  factsOf(text, shown);
  return { name: name === STDIN ? STDIN_NAME : name, text };
}
