/** What the explorer's page and its worker tell each other. Sizes are pages, times microseconds. */
import type { Pages, Us } from "../../common/units.ts";
import type { ShownEpisodes } from "../causes/index.ts";
import type { LruName, ThpMode } from "../trace/types.ts";

/** Settings of the guest that replace the trace's; absent ones are the trace's. */
export interface GuestEdits {
  readonly memory?: Pages;
  readonly swap?: Pages;
  /** 0 to 200. */
  readonly swappiness?: number;
  readonly lru?: LruName;
  readonly thp?: ThpMode;
  readonly cpus?: number;
}

/** A target that replaces the trace's: points in the order of their times, the first at 0. */
export interface TargetEdit {
  readonly hold: "step" | "linear";
  readonly points: readonly (readonly [at: Us, value: Pages])[];
}

/** Changes to a trace. */
export interface TraceEdits {
  readonly guest: GuestEdits;
  /** Factor of all sizes of the workloads: memory, working sets, files. */
  readonly scale: number;
  /** Factor of all rates of the workloads: touches, reads, writes. */
  readonly pace: number;
  readonly target: TargetEdit | null;
}

/** What a run depends on, apart from the trace's text. */
export interface RunSpec {
  readonly driver: string;
  /** Values of the driver's parameters that are not the driver's own, by name. */
  readonly rates: Readonly<Record<string, number>>;
  readonly edits: TraceEdits;
}

/** A run: its trace, by the key under which the worker has its text, and its conditions. */
export interface RunRequest extends RunSpec {
  readonly trace: string;
}

/** What the page must know of a trace, before edits. */
export interface TraceFacts {
  readonly name: string;
  readonly description: string;
  /** Infinity: unknown. */
  readonly durationUs: Us;
  readonly seed: string;
  /** The driver that the trace names, or the default. */
  readonly driver: string;
  readonly profile: string;
  /** All settings, those of the profile where the trace has none. */
  readonly guest: Required<GuestEdits>;
  /** Whether the profile's kernel has generations, and huge pages. */
  readonly hasGenerations: boolean;
  readonly hasHugePages: boolean;
  readonly workloads: readonly string[];
  readonly target: TargetEdit;
  /** Whether the points of the target repeat. */
  readonly isRepeating: boolean;
}

/** Rows of a run as columns: levels, and totals where rows have intervals; derived columns, too; the time is in seconds. */
export interface CurveData {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  /** Rows in all; columns have fewer if they are too many for a picture. */
  readonly rows: number;
}

/** A trace that was made of a log. */
export interface LogTrace {
  /** The name of its file: `web01.jsonl`. */
  readonly name: string;
  readonly text: string;
  /** The command that makes the same file, and what was assumed or is missing. */
  readonly notes: readonly string[];
}

/** What can be taken away: rows as CSV, the trace with its edits, the picture of `run --plot`. */
export type Export = "rows" | "trace" | "picture";

/** From the page. Messages about a run carry a number; a run with a higher one replaces it. */
export type ToWorker =
  | { readonly kind: "trace"; readonly key: string; readonly name: string; readonly text: string }
  /** A file of the reader: a trace, or a log of which traces are made. */
  | {
      readonly kind: "file";
      readonly key: string;
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly version: string;
    }
  | { readonly kind: "run"; readonly id: number; readonly request: RunRequest }
  | { readonly kind: "worlds"; readonly id: number; readonly request: RunRequest; readonly worlds: number }
  | { readonly kind: "causes"; readonly id: number; readonly request: RunRequest }
  /** The page has drawn the part of a run that it was sent, and can take the next one. */
  | { readonly kind: "drawn"; readonly id: number }
  | { readonly kind: "export"; readonly id: number; readonly request: RunRequest; readonly what: Export }
  | {
      readonly kind: "walk";
      readonly id: number;
      readonly request: RunRequest;
      /** Commands of `balloon-sim step`, such as `90g`, `n`, `C`. */
      readonly commands: string;
    };

/** From the worker. */
export type FromWorker =
  | { readonly kind: "facts"; readonly key: string; readonly facts: TraceFacts }
  | { readonly kind: "refused"; readonly key: string; readonly message: string }
  /** Traces of a log are being made. @param progress 0 to 1 */
  | { readonly kind: "importing"; readonly name: string; readonly progress: number }
  /** The traces of a log, at least one, which the worker does not keep until the page sends them. */
  | { readonly kind: "imported"; readonly key: string; readonly traces: readonly LogTrace[] }
  | {
      readonly kind: "curves";
      readonly id: number;
      /** 0 to 1; 1: the run is over. */
      readonly progress: number;
      readonly data: CurveData;
      /** Of a run that is over: values of the objectives in their order, and remarks. */
      readonly objectives: readonly number[] | null;
      readonly notes: readonly string[];
      /** Time that the worker has spent on the run so far, in milliseconds. */
      readonly ms: number;
    }
  | {
      readonly kind: "worlds";
      readonly id: number;
      /** For each world the values of the objectives. */
      readonly values: readonly (readonly number[])[];
    }
  | ({ readonly kind: "causes"; readonly id: number } & ShownEpisodes)
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
  | { readonly kind: "exported"; readonly id: number; readonly text: string }
  /** Without lines if a later message has ended the way there. */
  | { readonly kind: "walked"; readonly id: number; readonly lines: readonly string[] };

/** Name of a trace that the command has read from standard input. */
export const STDIN_NAME = "stdin";

/** No changes. */
export const NO_EDITS: TraceEdits = { guest: {}, scale: 1, pace: 1, target: null };

/** Whether edits change nothing. */
export const areNone = ({ guest, scale, pace, target }: TraceEdits): boolean =>
  Object.keys(guest).length === 0 && scale === 1 && pace === 1 && target === null;
