/**
 * The data of a report, embedded in the page: plain JSON, with packed numbers. The code of the page uses these types,
 * too.
 */
import type { Seconds } from "../../common/units.ts";
import type { ColourName } from "../output/palette.ts";

/** Numbers of one column: little-endian, in the narrowest type that holds all of them exactly, in base64. */
export interface Packed {
  readonly type: "u8" | "u16" | "u32" | "f32" | "f64";
  readonly base64: string;
}

/**
 * The quantity of a chart. Sizes are pages, shown in GiB; paces pages a second, shown in MiB/s; shares 0 to 1, shown in
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
  /**
   * `line`: straight between points. `until`: a value holds from the point before. `after`: it holds until the next.
   */
  readonly shape: "line" | "until" | "after";
  /** Name of one of the page's colours. */
  readonly colour: ColourName;
  /** Dash pattern: 0 is a solid line. */
  readonly dash: number;
  readonly isFilled: boolean;
  /** Whether it is drawn paler, as that of a run that others are compared with. */
  readonly isBehind?: true;
}

/** A chart over time. */
export interface Panel {
  readonly title: string;
  /** The meaning of the chart, in a sentence. */
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

/** The OOM kills of a run: times of rows in seconds, and the number of kills at each. */
export interface KillsModel {
  readonly run: number;
  readonly time: readonly Seconds[];
  readonly count: readonly number[];
}

/** A time in which a run stalled or failed: its number on the page, where its text is, and its times in seconds. */
export interface EpisodeModel {
  readonly number: number;
  readonly since: Seconds;
  readonly until: Seconds;
  readonly worst: Seconds;
  readonly title: string;
}

/** Curves over time. `more` are charts that are hidden until the reader opens them. */
export interface RunsModel {
  readonly runs: readonly RunModel[];
  readonly panels: readonly Panel[];
  readonly more: readonly Panel[];
  /** Of the runs with kills. */
  readonly kills: readonly KillsModel[];
  /** The worst times of runs that the report has executed; absent: there are none. */
  readonly episodes?: readonly EpisodeModel[];
}

/** A constant or an objective of a study, with one value per trial. */
export interface VariableModel {
  readonly name: string;
  readonly unit: string;
  /** NaN if a trial has none. Values that are not whole numbers have the precision of 32 bits. */
  readonly values: Packed;
  /** Whether its axis is logarithmic. */
  readonly isLogarithmic: boolean;
}

/** A constant that the study varied. */
export interface ConstantModel extends VariableModel {
  readonly min: number;
  readonly max: number;
  /** All its values, if the study searched a list; else empty. */
  readonly choices: readonly number[];
}

/** An objective: all measured ones are included, goals first. */
export interface ObjectiveModel extends VariableModel {
  readonly better: "less" | "more";
  readonly isGoal: boolean;
}

/** The state of a trial; an index into `TRIAL_STATES`. */
export type TrialState = "feasible" | "infeasible" | "dropped" | "failed";

/** In the order of the counts in `StudyModel.states`. */
export const TRIAL_STATES: readonly TrialState[] = ["feasible", "infeasible", "dropped", "failed"];

/** The values of trials on each trace, in each goal. */
export interface TracesModel {
  /** The trials with values for each trace: the reference, the front, the judged trials. */
  readonly trials: readonly number[];
  readonly traces: readonly string[];
  /** For each goal the values of all those trials, trace by trace; NaN if a trial did not run on a trace. */
  readonly values: readonly Packed[];
}

/** The trials of a study. Number 0 is the reference: the rates to which all others are compared. */
export interface StudyModel {
  /** Name of the journal in the page's commands. */
  readonly file: string;
  readonly constants: readonly ConstantModel[];
  readonly objectives: readonly ObjectiveModel[];
  readonly states: Packed;
  /** Trials that no other one dominates, in the order of the first goal. */
  readonly front: readonly number[];
  readonly knee: number | null;
  /** The trial that `study best` takes by default. */
  readonly pick: number | null;
  /** The trial that is selected first. */
  readonly shown: number;
  readonly byTrace: TracesModel;
  /** The ranges of trials over the worlds that judged them; null: the study judges in one world. */
  readonly ranges: RangesModel | null;
}

/** Ranges of trials over several worlds. */
export interface RangesModel {
  readonly worlds: number;
  readonly trials: readonly number[];
  /** For each objective, in the order of the model, the lowest and the highest value of each of these trials. */
  readonly lowest: readonly Packed[];
  readonly highest: readonly Packed[];
}

/** A number of each run of a fleet. */
export interface FleetColumn {
  readonly name: string;
  readonly title: string;
  readonly kind: "s" | "pages" | "pages/s" | "pages·s" | "times" | "share" | "yes/no";
  /** Which end of an order is the first when it is sorted by this: the worst. */
  readonly worse: "more" | "less";
  /** The median of each run over its worlds; Infinity: a target that was not reached; NaN without a value. */
  readonly values: Packed;
  /** Whether each value is a lower bound, because a target was not reached; null: none is. */
  readonly bounds: Packed | null;
  /** How each differs between worlds; null if there is one world. */
  readonly spread: FleetSpread | null;
}

/** A figure over worlds, one of each run: of the worlds that have a value (NaN: none has one), and how many have none. */
export interface FleetSpread {
  readonly worlds: number;
  readonly median: Packed;
  readonly lowest: Packed;
  readonly highest: Packed;
  readonly none: Packed;
}

/** A quantity over time, of each run. */
export interface FleetStrip {
  readonly name: string;
  readonly title: string;
  readonly meaning: string;
  readonly kind: "share" | "size" | "pace" | "kills";
  /** The largest value of each run. */
  readonly most: Packed;
  /** For each run its values one after the other, as 255ths of its largest, rounded up. */
  readonly levels: Packed;
}

/** A part of the runs that the reader can choose. */
export interface FleetGroup {
  readonly title: string;
  readonly runs: readonly number[];
}

/** Many runs: a table, and a picture of time against runs. */
export interface FleetModel {
  /** Distinct names of the runs, and their files. */
  readonly labels: readonly string[];
  readonly files: readonly string[];
  /** The runs, the worst first. */
  readonly order: readonly number[];
  readonly columns: readonly FleetColumn[];
  readonly groups: readonly FleetGroup[];
  /** Width of an interval in seconds, and the number of intervals of the longest run. */
  readonly intervalSeconds: Seconds;
  readonly intervals: number;
  /** Number of intervals of each run. */
  readonly lengths: Packed;
  readonly strips: readonly FleetStrip[];
  /** Options of the command, for that which reports a single run. */
  readonly options: string;
}

/** Number of rows of the table that are shown at once, and that a page without scripts shows. */
export const FLEET_ROWS = 50;

/** The data of a page's code. */
export interface PageData {
  readonly fleet?: FleetModel;
  readonly runs: RunsModel | null;
  readonly study: StudyModel | null;
}
