import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { explorePage } from "../explore/explore-page.ts";
import type { PresetTrace } from "../explore/model.ts";
import { STDIN_NAME } from "../explore/protocol.ts";
import { factsOf } from "../explore/worker/facts.ts";
import { isHostFile } from "../hosts/scenario/host-text.ts";
import { bundledTraces, findTrace } from "../trace/bundled.ts";
import { STDIN, shownInput } from "../trace/input.ts";
import { openInput } from "../trace/input-file.ts";
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
  checkOutput(
    output,
    argumentFiles(traces.map((name) => (name === STDIN || isHostFile(name) ? name : findTrace(name)))),
  );
  const page = explorePage(names.map(presetOf), version);
  await withOutput(output, async (sink) => sink.write(page));
}

/** Reads a trace, and checks all of it. */
function presetOf(name: string): PresetTrace {
  const shown = shownInput(name);
  if (name !== STDIN && isHostFile(name)) {
    throw new InputError(
      `${shown}: is a host, and the explorer runs traces: balloon-sim report makes a page of a host`,
    );
  }
  const text = name === STDIN ? textOfStdin() : readTextFile(findTrace(name), shown);
  factsOf(text, shown);
  return { name: name === STDIN ? STDIN_NAME : name, text };
}

function textOfStdin(): string {
  const input = openInput(STDIN);
  try {
    return input.rest();
  } finally {
    input.close();
  }
}
