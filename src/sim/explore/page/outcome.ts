/** What has been run: curves, results, causes, and what is at the cursor. */

import type { Us } from "../../../common/units.ts";
import type { ShownEpisode } from "../../causes/index.ts";
import { byId, element } from "../../report/page/dom.ts";
import type { RunRows } from "../../report/page/time-data.ts";
import type { DriverModel, ExploreData } from "../model.ts";
import type { CurveData, RunRequest } from "../protocol.ts";
import { CursorPanel } from "./cursor-panel.ts";
import { rowsOf } from "./curves.ts";
import { CurvesView, NO_ROWS } from "./curves-view.ts";
import { Results, type Worlds } from "./results.ts";
import type { RunnerEvents, Shown } from "./runner.ts";
import { showStatus } from "./status.ts";
import type { TargetEditor } from "./target-editor.ts";
import { WhyPanel } from "./why-panel.ts";

/** What the outcome needs of its owner. */
export interface OutcomeOwner {
  /** Whether the shown settings are the pinned ones. */
  isPinned(): boolean;
  /** Whether a run is that of the shown settings: one that was nearly over may be of those before. */
  isCurrent(request: RunRequest): boolean;
  /** Key of the shown trace. */
  trace(): string;
  /** The command that prints the shown rows. */
  command(): string;
  /** What the page says of the shown trace. */
  notes(): readonly string[];
  /** The run that is over is the pinned one, whose curves there were not. */
  pinned(): void;
  /**
   * A run is over, or the reader has moved the cursor.
   * @param us where the cursor was put; null: nowhere
   */
  cursorAt(us: Us | null, isMoved: boolean): void;
}

/** Shows the run of the present settings, beside that of the pinned ones. */
export class Outcome implements RunnerEvents {
  readonly #owner: OutcomeOwner;
  readonly #results: Results;
  readonly #cursor = new CursorPanel();
  readonly #curves: CurvesView;
  readonly #why = new WhyPanel((us) => this.#curves.pointAt(us / 1e6));
  #driver: DriverModel | null = null;
  #rows: RunRows = NO_ROWS;
  #pinned: RunRows | null = null;
  #pinnedObjectives: readonly number[] | null = null;
  #last: Shown | null = null;

  /** @param target is drawn on the first chart */
  constructor({ objectives }: ExploreData, target: TargetEditor, owner: OutcomeOwner) {
    this.#owner = owner;
    this.#results = new Results(objectives);
    this.#curves = new CurvesView({
      get isDragging() {
        return target.isDragging;
      },
      detach: () => target.detach(),
      attach: (chart) => target.attach(chart),
      pointed: (isMoved) => this.#pointed(isMoved),
    });
  }

  /** Where the cursor was put, in seconds; null: at the end of the run. */
  get at(): number | null {
    return this.#curves.at;
  }

  get #atUs(): Us | null {
    return this.at === null ? null : Math.round(this.at * 1e6);
  }

  /** Moves the cursor by rows. */
  step(by: number): void {
    this.#curves.step(by);
  }

  /** The driver whose columns are shown. */
  setDriver(driver: DriverModel): void {
    if (this.#driver !== driver) this.#cursor.setDriver(driver);
    this.#driver = driver;
  }

  /** Other settings are shown beside others. @param at the cursor, in seconds; null: at the end of the run */
  clear(at: number | null): void {
    this.#pinned = null;
    this.#pinnedObjectives = null;
    this.#curves.at = at;
  }

  /** Other settings are pinned. @param isShown whether they are the shown ones; @returns whether their curves are there */
  pinShown(isShown: boolean): boolean {
    const last = this.#last;
    const objectives = isShown && last !== null && this.#owner.isCurrent(last.request) ? last.objectives : null;
    this.#pinned = objectives === null ? null : this.#rows;
    this.#pinnedObjectives = objectives;
    return objectives !== null;
  }

  /** A run has begun: what is told is of the one before. */
  began(): void {
    byId("status").classList.add("busy");
    this.#why.clear();
    this.#curves.setMarks([]);
  }

  /** The shown run, or its part so far. */
  shown(run: Shown): void {
    if (run.request.trace !== this.#owner.trace()) return;
    this.#rows = rowsOf(run.data);
    this.#last = run;
    const isCurrent = this.#owner.isCurrent(run.request);
    if (run.objectives !== null) this.#showResults(run.objectives, isCurrent);
    this.draw();
    if (run.objectives !== null) this.#owner.cursorAt(this.#atUs, false);
    // For tests: what the curves show.
    if (run.objectives !== null && isCurrent) byId("curves").dataset.shown = this.#owner.command();
    showStatus(statusOf(run), false, run.progress);
    byId("curves").classList.remove("stale");
    const notes = [...run.notes, ...this.#owner.notes()];
    byId("notes").replaceChildren(...notes.map((note) => element("li", {}, note)));
    byId("notes").hidden = notes.length === 0;
  }

  #showResults(objectives: readonly number[], isCurrent: boolean): void {
    const isPinned = this.#owner.isPinned();
    if (isPinned && !isCurrent) return;
    if (isPinned && this.#pinned === null) {
      this.#pinned = this.#rows;
      this.#pinnedObjectives = objectives;
      this.#owner.pinned();
    }
    this.#results.show([objectives], isPinned ? [objectives] : this.#pinnedObjectives && [this.#pinnedObjectives]);
  }

  /** The pinned run is over. */
  pinned(curves: CurveData, objectives: readonly number[]): void {
    this.#pinned = rowsOf(curves);
    this.#pinnedObjectives = objectives;
    const now = this.#last?.objectives;
    if (now != null) this.#results.show([now], [objectives]);
    this.draw();
  }

  /** Both have been run in more worlds. */
  worlds(shown: Worlds, pinned: Worlds): void {
    this.#results.show(shown, pinned);
  }

  /** @param all how many episodes there are, of which the worst are given */
  causes(episodes: readonly ShownEpisode[], all: number): void {
    this.#why.show(episodes, all);
    this.#curves.setMarks(this.#why.marks);
  }

  /** The shown run has failed: the curves are of the one before. */
  failed(message: string): void {
    showStatus(message, true);
    byId("curves").classList.add("stale");
  }

  afterPaint(action: () => void): void {
    requestAnimationFrame(action);
  }

  /** Draws the curves. */
  draw(): void {
    const [driver, rows] = [this.#driver, this.#rows];
    // Of a run that fails there are none, though its pinned run has some.
    if (driver === null || rows.times.length === 0) return;
    const pinned = this.#owner.isPinned() ? null : this.#pinned;
    this.#curves.draw({ driver, rows, pinned, isOver: this.#last?.objectives != null });
  }

  /** The cursor or the visible time has changed. */
  #pointed(isMoved: boolean): void {
    const { time } = this.#curves;
    this.#cursor.show(this.#rows, time);
    this.#why.pointAt(time === null ? null : time * 1e6);
    byId("cursor-time").textContent = time === null ? "" : `${Number(time.toFixed(6))} s`;
    if (isMoved) this.#owner.cursorAt(this.#atUs, true);
  }
}

function statusOf({ data, progress, ms }: Shown): string {
  if (progress < 1) return `${Math.floor(progress * 100)} % of the run`;
  const drawn = data.columns[0]?.length ?? 0;
  const thinned = drawn < data.rows ? `, thinned to ${drawn} for the charts` : "";
  return `${data.rows} rows in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms${thinned}`;
}
