import { readTrace } from "../../../src/sim/trace/read.ts";
import type { Change, Trace, TraceSource } from "../../../src/sim/trace/types.ts";

/** The least that a trace needs. */
export const MINIMAL = {
  format: "balloon-sim/trace",
  version: 1,
  duration: "1m",
  guest: { memory: "1GiB" },
} as const;

/** A document with these members over the least that it needs, as text. */
export function documentText(members: object): string {
  return JSON.stringify({ ...MINIMAL, ...members });
}

/** The trace of a document with these members. */
export function traceOf(members: object): Trace {
  return readTrace(documentText(members), "t.json").trace;
}

/** A trace in JSON lines: a header with these members, and rows. */
export function linesText(members: object, rows: readonly (object | string)[]): string {
  const header = { ...MINIMAL, duration: undefined, ...members };
  return [header, ...rows].map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
}

/** All changes of a source, at most `limit` of them, each as `[atUs, series, value]` or with `[untilUs, untilValue]`. */
export function changesOf(source: TraceSource, limit = 10_000): number[][] {
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  const changes: number[][] = [];
  while (changes.length < limit && source.next(change)) {
    const { atUs, series, value, untilUs, untilValue } = change;
    changes.push(untilUs === atUs ? [atUs, series, value] : [atUs, series, value, untilUs, untilValue]);
  }
  return changes;
}

/** The message of what a function throws; fails where it throws nothing. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
