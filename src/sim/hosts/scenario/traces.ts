/** The traces of a host's VMs: each file is read once for all VMs that have it with the same settings. */
import { statSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { findTraceBeside } from "../../trace/bundled.ts";
import { traceSource } from "../../trace/changes.ts";
import type { Edit } from "../../trace/edits.ts";
import { openEdited } from "../../trace/open.ts";
import { RowSource } from "../../trace/row-source.ts";
import type { Trace, TraceSource } from "../../trace/types.ts";

/** A trace that has been read: a whole document, or the header of JSON lines. */
export interface KnownTrace {
  readonly trace: Trace;
  /**
   * Its length; the first call may read all rows.
   * @throws {InputError} if a row is malformed
   */
  lengthUs(): Us;
  /** Opens it anew: a document without reading it again, JSON lines from the file. */
  open(): TraceSource;
}

/** Traces by file and settings. */
export class TraceStore {
  readonly #folder: string;
  readonly #known = new Map<string, KnownTrace>();

  /** @param folder to which paths are relative */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * A trace, with other values in its document.
   * @param report receives the problems that are not those of an edit
   * @returns null if there was a problem
   */
  read(nameOrPath: string, edits: readonly Edit[], report: (problem: string) => void): KnownTrace | null {
    const key = JSON.stringify([nameOrPath, edits.map(({ path, value }) => [path, value])]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    try {
      const found = readTrace(findTraceBeside(this.#folder, nameOrPath), edits, report);
      if (found !== null) this.#known.set(key, found);
      return found;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      report(error.message);
      return null;
    }
  }
}

function readTrace(path: string, edits: readonly Edit[], report: (problem: string) => void): KnownTrace | null {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) {
    throw new InputError(`${quote(path)} is a pipe, expected a file: the trace of a VM is read more than once`);
  }
  const source = openEdited(path, edits, report);
  if (source === null) return null;
  source.close();
  const { trace } = source;
  if (!(source instanceof RowSource)) {
    return { trace, lengthUs: () => trace.durationUs, open: () => traceSource(trace) };
  }
  const open = (): TraceSource => openAgain(path, edits);
  let lengthUs = trace.durationUs;
  return {
    trace,
    lengthUs() {
      if (lengthUs === Number.POSITIVE_INFINITY) lengthUs = lengthOf(open());
      return lengthUs;
    },
    open,
  };
}

function openAgain(path: string, edits: readonly Edit[]): TraceSource {
  const fail = (problem: string): never => {
    throw new InputError(problem);
  };
  const source = openEdited(
    path,
    edits.map((edit) => ({ ...edit, report: fail })),
    fail,
  );
  if (source === null) throw new Error("a trace with a problem was opened");
  return source;
}

function lengthOf(source: TraceSource): Us {
  const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  while (source.next(change));
  source.close();
  return source.endUs;
}
