/** The cursor of the pictures of a host: it follows the mouse, stays where a click or a tap has put it, and obeys keys. */
import type { Us } from "../../../../common/units.ts";
import { SPACE_BESIDE, WIDE } from "../../../report/html/wide-area.ts";
import { element } from "../../../report/page/dom.ts";
import { rowAt } from "../../../report/page/row-at.ts";

/** The times of a run. */
export interface Times {
  readonly timesUs: readonly Us[];
  /** End of the time axis. */
  readonly endUs: Us;
}

/** A cursor over pictures with one time axis. */
export class TimeCursor {
  readonly #frames: readonly { readonly frame: HTMLElement; readonly line: HTMLElement }[];
  readonly #moved: (index: number | null) => void;
  readonly #say: (index: number) => void;
  readonly #fixed: () => void;
  #times: Times = { timesUs: [], endUs: 1 };
  /** Where the cursor was put; null: at the end of the run. */
  #fixedUs: Us | null = null;
  #index: number | null = null;

  /**
   * @param frames each holds one picture, with its legend; it takes the focus
   * @param moved is called with the index of the time at the cursor; null: there is none yet
   * @param say reads a time aloud, to which keys have led
   * @param fixed is called when the reader has put the cursor to a time
   */
  constructor(
    frames: readonly HTMLElement[],
    moved: (index: number | null) => void,
    say: (index: number) => void,
    fixed: () => void,
  ) {
    this.#moved = moved;
    this.#say = say;
    this.#fixed = fixed;
    this.#frames = frames.map((frame) => {
      const line = element("div", { class: "time-line", hidden: true, "aria-hidden": "true" });
      frame.append(line);
      this.#listen(frame);
      return { frame, line };
    });
  }

  /** Where the cursor was put; null: at the end of the run. */
  get fixedUs(): Us | null {
    return this.#fixedUs;
  }

  /** The run has other times, or more: the cursor stays at its time. */
  setTimes(times: Times): void {
    this.#times = times;
    this.#rest();
  }

  /** Another run, of which nothing is known yet. @param fixedUs where the cursor is then; null: at its end */
  forget(fixedUs: Us | null): void {
    this.#fixedUs = fixedUs;
    this.setTimes({ timesUs: [], endUs: 1 });
  }

  /** Moves the cursor by samples, and leaves it there. */
  step(by: number): void {
    const last = this.#times.timesUs.length - 1;
    if (last < 0) return;
    this.#put(this.#times.timesUs[Math.max(0, Math.min(last, (this.#index ?? last) + by))] as Us);
  }

  /** Leaves the cursor at a time; of a run that has not come to it, it is at the last time until then. */
  #put(us: Us): void {
    this.#fixedUs = us;
    this.#rest();
    this.#fixed();
  }

  /** Goes back to where the cursor was put. */
  #rest(): void {
    const { timesUs } = this.#times;
    if (timesUs.length === 0) this.#point(null);
    else this.#point(this.#fixedUs === null ? timesUs.length - 1 : rowAt(timesUs, this.#fixedUs));
  }

  #point(index: number | null): void {
    this.#index = index;
    this.#moved(index);
    for (const { frame, line } of this.#frames) {
      const area = areaOf(frame);
      line.hidden = index === null || area === null;
      if (index === null || area === null) continue;
      const part = (this.#times.timesUs[index] as Us) / Math.max(1, this.#times.endUs);
      line.style.left = `${area.left + part * area.width}px`;
      line.style.height = `${area.height}px`;
    }
  }

  #listen(frame: HTMLElement): void {
    frame.addEventListener("pointermove", (event) => {
      const us = this.#timeAt(frame, event);
      if (us !== null) this.#point(rowAt(this.#times.timesUs, us));
    });
    frame.addEventListener("pointerleave", () => this.#rest());
    frame.addEventListener("pointerup", (event) => {
      const us = this.#timeAt(frame, event);
      if (us !== null) this.#put(us);
    });
    frame.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The time at a place; null: it is not in the picture. */
  #timeAt(frame: HTMLElement, { clientX, clientY }: MouseEvent): Us | null {
    const area = areaOf(frame);
    const { timesUs, endUs } = this.#times;
    if (area === null || timesUs.length === 0) return null;
    const { left, top } = frame.getBoundingClientRect();
    const [x, y] = [clientX - left - area.left, clientY - top];
    if (x < 0 || x > area.width || y < 0 || y > area.height) return null;
    return (x / area.width) * endUs;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const step = event.shiftKey ? 10 : 1;
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -step,
      ArrowRight: step,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.step(by);
    if (this.#index !== null) this.#say(this.#index);
  }
}

/** The area within the axes of a frame's picture, in CSS pixels from the frame's corner; null without a picture. */
function areaOf(frame: HTMLElement): { readonly left: number; readonly width: number; readonly height: number } | null {
  const picture = frame.querySelector("svg.picture") as SVGSVGElement | null;
  if (picture === null) return null;
  const { width, height } = picture.getBoundingClientRect();
  const scale = width / picture.viewBox.baseVal.width;
  const left = WIDE.left * scale;
  return { left, width: width - left - SPACE_BESIDE * scale, height };
}
