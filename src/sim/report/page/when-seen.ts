/**
 * Draws charts when they come near the visible part of the page, so that a page with many opens quickly; the others one
 * by one while the page is idle, so that a picture of the whole page has them, too.
 */
import { isOnPaper, onThemeChange } from "./theme.ts";

/** Distance from the visible part, in CSS pixels. */
const MARGIN = "500px";

const waiting = new Map<Element, () => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) begin(target);
  },
  { rootMargin: MARGIN },
);

// When printing, all charts are drawn.
onThemeChange(() => {
  if (isOnPaper()) for (const element of [...waiting.keys()]) begin(element);
});

/** Not every browser has requestIdleCallback. */
const whenIdle: (action: () => void) => void =
  "requestIdleCallback" in window ? (action) => requestIdleCallback(action) : (action) => setTimeout(action, 50);

/** Calls an action once, when the element is about to be seen or printed, or the page is idle. */
export function whenSeen(element: Element, action: () => void): void {
  if (waiting.size === 0) whenIdle(drawNext);
  waiting.set(element, action);
  observer.observe(element);
}

/** Draws the first waiting chart, and continues with the others. */
function drawNext(): void {
  const [first] = waiting.keys();
  if (first === undefined) return;
  begin(first);
  if (waiting.size > 0) whenIdle(drawNext);
}

function begin(element: Element): void {
  const action = waiting.get(element);
  waiting.delete(element);
  observer.unobserve(element);
  action?.();
}
