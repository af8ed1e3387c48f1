/** The points of a target as a list, in which they can be written. */
import { formatTime, type Pages, parseTimeArgument, type Us } from "../../../common/units.ts";
import { byId, element, newId } from "../../report/page/dom.ts";
import type { Point } from "./points.ts";
import { exactSize, sizeOf } from "./state.ts";

/** What the list does with what is written. */
export interface ListActions {
  /** A point has been written; false if it is not valid there. */
  write(index: number, point: Point): boolean;
  /** The times that a point may have, in words. */
  times(index: number): string;
  remove(index: number): void;
}

/** Fills the list anew. The focus stays at its control. */
export function showTargetList(points: readonly Point[], actions: ListActions): void {
  const list = byId("target-points");
  const controls = () => [...list.querySelectorAll<HTMLElement>("input, button")];
  const focused = controls().indexOf(document.activeElement as HTMLElement);
  list.replaceChildren(...points.map((point, i) => listItem(point, i, actions)));
  controls()[focused]?.focus();
}

function listItem([at, pages]: Point, index: number, actions: ListActions): HTMLElement {
  const id = newId("point");
  const wrong = element("p", { id, class: "wrong" });
  const input = (
    label: string,
    value: string,
    expected: () => string,
    pointOf: (text: string) => Point | null,
    isFixed = false,
  ) => {
    const made = element("input", {
      type: "text",
      "aria-label": `${label} of point ${index + 1}`,
      "aria-describedby": id,
      disabled: isFixed,
    });
    made.value = value;
    made.addEventListener("change", () => {
      const point = pointOf(made.value.trim());
      const isGood = point !== null && actions.write(index, point);
      made.setAttribute("aria-invalid", String(!isGood));
      wrong.textContent = isGood ? "" : `Expected ${expected()}.`;
    });
    return made;
  };
  const times = () => `a time such as 90 (seconds) or 1m30s, ${actions.times(index)}`;
  const time = input("Time", formatTime(at), times, (text) => withTime(timeOf(text), pages), index === 0);
  const sizes = () => "a size such as 512MiB or 1.5GiB, below 16TiB";
  const size = input("Size", exactSize(pages), sizes, (text) => withSize(at, sizeOf(text)));
  const remove = element(
    "button",
    { type: "button", class: "reset", "aria-label": `Remove point ${index + 1}`, disabled: index === 0 },
    "✕",
  );
  remove.addEventListener("click", () => actions.remove(index));
  return element("li", {}, time, size, remove, wrong);
}

const withTime = (at: Us | null, pages: Pages): Point | null => (at === null ? null : [at, pages]);
const withSize = (at: Us, pages: Pages | null): Point | null => (pages === null ? null : [at, pages]);

/** A time in a user's notation, or in seconds; null if it is neither. */
function timeOf(text: string): Us | null {
  try {
    return parseTimeArgument(text);
  } catch {
    return null;
  }
}
