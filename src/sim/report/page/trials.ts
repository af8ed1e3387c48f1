/** The trials of a study, unpacked, and the reader's selection. */
import {
  type ConstantModel,
  type ObjectiveModel,
  type Packed,
  type RangesModel,
  type StudyModel,
  TRIAL_STATES,
  type TrialState,
} from "../model.ts";
import { type Numbers, unpack } from "../unpack.ts";

/** A constant or an objective, one value per trial. */
export interface Variable {
  readonly name: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly values: Numbers;
  /** The better direction; null for constants. */
  readonly better: "less" | "more" | null;
  /** Its range, if known. */
  readonly range: readonly [number, number] | null;
  /** All its values, if there are few; else empty. */
  readonly choices: readonly number[];
  /** Lowest and highest value of a trial in the worlds that judged it; without those it has none. */
  readonly ranges: ReadonlyMap<number, readonly [number, number]>;
}

/** The appearance of a trial, by its state. */
export type Group = TrialState | "front" | "reference";

/** The trial to which all others are compared. */
export const REFERENCE = 0;

/** The trials of a study. */
export class Trials {
  readonly count: number;
  readonly constants: readonly Variable[];
  readonly objectives: readonly Variable[];
  readonly goals: readonly Variable[];
  /** The numbers of the trials, in the order in which they were tried. */
  readonly numbers: Variable;
  readonly front: readonly number[];
  readonly knee: number | null;
  readonly pick: number | null;
  /** The trial that is selected first. */
  readonly shown: number;
  readonly file: string;
  /** Number of worlds that judged trials; 1: there are no ranges. */
  readonly worlds: number;
  readonly #states: Numbers;
  readonly #isOnFront: Uint8Array;

  constructor(model: StudyModel) {
    const constant = ({ min, max, ...rest }: ConstantModel): Variable => ({
      ...rest,
      values: unpack(rest.values),
      better: null,
      range: [min, max],
      ranges: NO_RANGES,
    });
    const objective = ({ better, ...rest }: ObjectiveModel, i: number): Variable => ({
      ...rest,
      values: unpack(rest.values),
      better,
      range: null,
      choices: [],
      ranges: rangesOf(model.ranges, i),
    });
    this.#states = unpack(model.states);
    this.count = this.#states.length;
    this.constants = model.constants.map(constant);
    this.objectives = model.objectives.map(objective);
    this.goals = this.objectives.filter((_, i) => model.objectives[i]?.isGoal);
    this.numbers = {
      name: "trial",
      unit: "",
      isLogarithmic: false,
      values: Uint32Array.from({ length: this.count }, (_, trial) => trial),
      better: null,
      range: null,
      choices: [],
      ranges: NO_RANGES,
    };
    this.front = model.front;
    this.knee = model.knee;
    this.pick = model.pick;
    this.shown = model.shown;
    this.file = model.file;
    this.worlds = model.ranges?.worlds ?? 1;
    this.#isOnFront = new Uint8Array(this.count);
    for (const trial of model.front) this.#isOnFront[trial] = 1;
  }

  state(trial: number): TrialState {
    return TRIAL_STATES[this.#states[trial] as number] as TrialState;
  }

  /** Whether no other trial dominates it. */
  isOnFront(trial: number): boolean {
    return this.#isOnFront[trial] === 1;
  }

  /** Its appearance. */
  group(trial: number): Group {
    if (trial === REFERENCE) return "reference";
    return this.isOnFront(trial) ? "front" : this.state(trial);
  }

  /**
   * Whether its values include all traces: a trial that was dropped early or failed can't be drawn beside the others.
   */
  isComparable(trial: number): boolean {
    return (this.#states[trial] as number) < 2;
  }
}

const NO_RANGES: ReadonlyMap<number, readonly [number, number]> = new Map();

/** The ranges of an objective, by its index in the model. */
function rangesOf(model: RangesModel | null, objective: number): Variable["ranges"] {
  if (model === null) return NO_RANGES;
  const [lowest, highest] = [model.lowest, model.highest].map((all) => unpack(all[objective] as Packed));
  return new Map(
    model.trials.map((trial, i) => [trial, [lowest?.[i] as number, highest?.[i] as number] as const] as const),
  );
}

/** The part of a study that the reader has selected; notifies the charts and tables when it changes. */
export class Selection {
  readonly trials: Trials;
  #trial: number;
  #filters = new Map<Variable, readonly [number, number]>();
  #visible: Uint8Array;
  readonly #onTrial = new Set<() => void>();
  readonly #onFilter = new Set<() => void>();

  constructor(trials: Trials) {
    this.trials = trials;
    this.#trial = trials.shown;
    this.#visible = this.#filtered();
  }

  /** The selected trial in all charts. */
  get trial(): number {
    return this.#trial;
  }

  set trial(trial: number) {
    if (trial === this.#trial) return;
    this.#trial = trial;
    for (const listener of this.#onTrial) listener();
  }

  /** Whether a trial is drawn: it is comparable, and no filter hides it. */
  isVisible(trial: number): boolean {
    return this.#visible[trial] === 1;
  }

  /** Number of visible trials. */
  get visibleCount(): number {
    return this.#visible.reduce((sum, one) => sum + one, 0);
  }

  /** The range of a variable's filter; null without one. */
  filter(variable: Variable): readonly [number, number] | null {
    return this.#filters.get(variable) ?? null;
  }

  /** Shows only trials with a value in the range; null: all. */
  setFilter(variable: Variable, range: readonly [number, number] | null): void {
    if (range === null) this.#filters.delete(variable);
    else this.#filters.set(variable, range);
    this.#changed();
  }

  clearFilters(): void {
    this.#filters.clear();
    this.#changed();
  }

  onTrial(listener: () => void): void {
    this.#onTrial.add(listener);
  }

  onFilter(listener: () => void): void {
    this.#onFilter.add(listener);
  }

  #changed(): void {
    this.#visible = this.#filtered();
    for (const listener of this.#onFilter) listener();
  }

  #filtered(): Uint8Array {
    const visible = new Uint8Array(this.trials.count);
    for (let trial = 0; trial < visible.length; trial++) visible[trial] = this.trials.isComparable(trial) ? 1 : 0;
    for (const [{ values }, [from, to]] of this.#filters) {
      for (let trial = 0; trial < visible.length; trial++) {
        const value = values[trial] as number;
        if (!(value >= from && value <= to)) visible[trial] = 0;
      }
    }
    return visible;
  }
}
