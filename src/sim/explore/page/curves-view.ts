/** The charts of the page, with their cursor. */
import { byId } from "../../report/page/dom.ts";
import type { Mark } from "../../report/page/marks.ts";
import type { TimeChart } from "../../report/page/time-chart.ts";
import { ChartGroup } from "../../report/page/time-charts.ts";
import { type RunRows, TimeData } from "../../report/page/time-data.ts";
import type { DriverModel } from "../model.ts";
import { killsOf, withPinned } from "./curves.ts";

/** Height of the first chart; on a telephone it stays in view above the settings. */
const MAIN_HEIGHT = matchMedia("(max-width:820px)").matches ? 210 : 300;
const HEIGHT = 170;

/** Rows before the first run. */
export const NO_ROWS: RunRows = { times: new Float64Array(), column: () => undefined };

/** What the charts need of their owner. */
export interface CurvesOwner {
  /** Whether something is dragged on the first chart, which therefore stays. */
  readonly isDragging: boolean;
  /** The first chart goes away, and there is another one. */
  detach(): void;
  attach(chart: TimeChart): void;
  /** The cursor or the visible time has changed. @param isMoved whether the reader has put the cursor elsewhere */
  pointed(isMoved: boolean): void;
}

/** What is drawn. */
export interface Drawing {
  readonly driver: DriverModel;
  readonly rows: RunRows;
  /** The rows of the pinned run; null: it is the shown one, or there are none yet. */
  readonly pinned: RunRows | null;
  /** Whether the run is over. */
  readonly isOver: boolean;
}

/** The charts of a run, and of the pinned one behind it. */
export class CurvesView {
  readonly #owner: CurvesOwner;
  readonly #charts = new ChartGroup(new TimeData([NO_ROWS]), []);
  /** What the present charts can draw: the driver, and whether there is a pinned run. */
  #kind = "";
  #main: TimeChart | null = null;
  #marks: readonly Mark[] = [];
  /** Whether the cursor moves because the data have changed. */
  #isDrawing = false;
  /** Where the cursor was put, in seconds; null: at the end of the first run. */
  at: number | null = null;

  constructor(owner: CurvesOwner) {
    this.#owner = owner;
    this.#charts.onChange = () => this.#pointed();
  }

  /** The time at the cursor, which may follow the mouse, in seconds; null without one. */
  get time(): number | null {
    return this.#charts.time;
  }

  /** Moves the cursor by rows. */
  step(by: number): void {
    this.#charts.step(by);
  }

  /** Puts the cursor to a time, in seconds. */
  pointAt(time: number): void {
    this.#charts.pointAt(time);
  }

  /** Marks times of the first chart. */
  setMarks(marks: readonly Mark[]): void {
    this.#marks = marks;
    this.#main?.setMarks(marks);
  }

  draw({ driver, rows, pinned, isOver }: Drawing): void {
    const isHeld = this.#owner.isDragging;
    // A chart that is held keeps its curves, the pinned run's, too.
    const runs = pinned !== null ? [rows, pinned] : isHeld ? [rows, rows] : [rows];
    const kind = isHeld ? this.#kind : `${driver.name} ${pinned !== null}`;
    this.#isDrawing = true;
    this.#charts.setData(new TimeData(runs), killsOf(rows), kind === this.#kind);
    if (kind !== this.#kind) this.#fill(driver, pinned);
    this.#kind = kind;
    if (this.at === null && isOver) this.at = rows.times.at(-1) ?? 0;
    // While the run is not over, its last row may be before the cursor.
    if (this.at !== null) this.#charts.pointAt(this.at);
    this.#isDrawing = false;
    this.#pointed();
  }

  #fill({ panels }: DriverModel, pinned: RunRows | null): void {
    this.#owner.detach();
    this.#charts.clear();
    const [first, ...others] =
      pinned === null ? panels : withPinned(panels, (column) => pinned.column(column) !== undefined);
    if (first === undefined) return;
    const [main] = this.#charts.fill(byId("main-chart"), [first], { height: MAIN_HEIGHT, keepsCursor: true });
    this.#charts.fill(byId("charts"), others, { height: HEIGHT, keepsCursor: true });
    if (main === undefined) return;
    this.#main = main;
    main.setMarks(this.#marks);
    this.#owner.attach(main);
  }

  #pointed(): void {
    const { fixedTime } = this.#charts;
    const isMoved = fixedTime !== this.at && !this.#isDrawing;
    if (isMoved) this.at = fixedTime;
    this.#owner.pointed(isMoved);
  }
}
