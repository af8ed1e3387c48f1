/** What a report shows, as it is embedded in the page: plain JSON, numbers packed. Code of the page reads it, too. */
import type { ColourName } from "../output/palette.ts";

/** Numbers of one column: little-endian, in the narrowest type that holds all of them exactly, in base64. */
export interface Packed {
  readonly type: "u8" | "u16" | "u32" | "f32" | "f64";
  readonly base64: string;
}

/**
 * What a chart counts in. Sizes are pages, shown in GiB; paces pages a second, shown in MiB/s; shares 0 to 1, shown in
 * %.
 */
export type Quantity = "size" | "pace" | "share" | "limit" | "number" | "us" | "s";

/** One curve of a panel. */
export interface PanelLine {
  readonly label: string;
  /** Index into the runs. */
  readonly run: number;
  /** Name of a column of that run. */
  readonly column: string;
  /** `line`: straight between points. `until`: a value holds from the point before. `after`: it holds until the next. */
  readonly shape: "line" | "until" | "after";
  /** Name of a colour of the page. */
  readonly colour: ColourName;
  /** How the line is broken: 0 is a whole one. */
  readonly dash: number;
  readonly isFilled: boolean;
}

/** A chart over time. */
export interface Panel {
  readonly title: string;
  /** What is seen, in a sentence. */
  readonly meaning: string;
  readonly quantity: Quantity;
  readonly lines: readonly PanelLine[];
}

/** The rows of a run that the page draws. */
export interface RunModel {
  readonly label: string;
  /** Times in seconds, ascending. */
  readonly time: Packed;
  readonly columns: Readonly<Record<string, Packed>>;
}

/** Where the rows of a run show kills by the OOM killer: times in seconds, and how many kills each mark stands for. */
export interface KillsModel {
  readonly run: number;
  readonly time: readonly number[];
  readonly count: readonly number[];
}

/** Curves over time. `more` are charts that are folded away until the reader opens them. */
export interface RunsModel {
  readonly runs: readonly RunModel[];
  readonly panels: readonly Panel[];
  readonly more: readonly Panel[];
  /** Of the runs that have kills. */
  readonly kills: readonly KillsModel[];
}

/** A constant or an objective of a study, with one value a trial. */
export interface VariableModel {
  readonly name: string;
  readonly unit: string;
  /** NaN where a trial has none. Values that are no whole numbers have the precision of 32 bits. */
  readonly values: Packed;
  /** Whether equal factors are to be seen as equally far, and not equal differences. */
  readonly isLogarithmic: boolean;
}

/** A constant that the study moved. */
export interface ConstantModel extends VariableModel {
  readonly min: number;
  readonly max: number;
  /** All values that it may have, where the study searched a list; else none. */
  readonly choices: readonly number[];
}

/** An objective: all that were measured are here, goals first. */
export interface ObjectiveModel extends VariableModel {
  readonly better: "less" | "more";
  readonly isGoal: boolean;
}

/** What became of a trial; its index into `TRIAL_STATES`. */
export type TrialState = "feasible" | "infeasible" | "dropped" | "failed";

/** In the order in which `StudyModel.states` counts. */
export const TRIAL_STATES: readonly TrialState[] = ["feasible", "infeasible", "dropped", "failed"];

/** How trials did on each trace, in each goal. */
export interface TracesModel {
  /** The trials that are known trace by trace: the reference, those of the front, those that were judged. */
  readonly trials: readonly number[];
  readonly traces: readonly string[];
  /** For each goal the values of all those trials, trace by trace; NaN where a trial did not run a trace. */
  readonly values: readonly Packed[];
}

/** The trials of a study. Number 0 is the reference: the rates that all others are compared with. */
export interface StudyModel {
  /** How the page names the journal in commands. */
  readonly file: string;
  readonly constants: readonly ConstantModel[];
  readonly objectives: readonly ObjectiveModel[];
  readonly states: Packed;
  /** Trials that no other one dominates, by the first goal. */
  readonly front: readonly number[];
  readonly knee: number | null;
  /** The trial that `study best` takes where none is named. */
  readonly pick: number | null;
  /** The trial that is shown first. */
  readonly shown: number;
  readonly byTrace: TracesModel;
}

/** All that the code of a page draws. */
export interface PageData {
  readonly runs: RunsModel | null;
  readonly study: StudyModel | null;
}
