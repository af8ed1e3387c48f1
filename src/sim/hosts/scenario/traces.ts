/** The traces of a host's VMs: each file is read once for all VMs that have it with the same settings. */
import { InputError } from "../../../common/errors.ts";
import type { Us } from "../../../common/units.ts";
import { traceSource } from "../../trace/changes.ts";
import type { Edit } from "../../trace/edits.ts";
import type { Sink } from "../../trace/problems.ts";
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

/**
 * Opens a trace with other values in its document.
 * @param sink receives the problems that are not those of an edit
 * @returns null if there was a problem
 * @throws {InputError} if it can't be read, or is no trace at all
 */
export type TraceOpener = (edits: readonly Edit[], sink: Sink) => TraceSource | null;

/**
 * Finds the trace that a host names, which may be opened more than once.
 * @throws {InputError} if there is none
 */
export type TraceFinder = (nameOrPath: string) => TraceOpener;

/** Traces by file and settings. */
export class TraceStore {
  readonly #find: TraceFinder;
  readonly #known = new Map<string, KnownTrace>();

  constructor(find: TraceFinder) {
    this.#find = find;
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
      const found = readTrace(this.#find(nameOrPath), edits, report);
      if (found !== null) this.#known.set(key, found);
      return found;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      report(error.message);
      return null;
    }
  }
}

function readTrace(begin: TraceOpener, edits: readonly Edit[], report: (problem: string) => void): KnownTrace | null {
  const source = begin(edits, report);
  if (source === null) return null;
  source.close();
  const { trace } = source;
  if (!(source instanceof RowSource)) {
    return { trace, lengthUs: () => trace.durationUs, open: () => traceSource(trace) };
  }
  const open = (): TraceSource => openAgain(begin, edits);
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

function openAgain(begin: TraceOpener, edits: readonly Edit[]): TraceSource {
  const fail = (problem: string): never => {
    throw new InputError(problem);
  };
  const source = begin(
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
