/**
 * Charts are drawn when they come near to what the reader sees, so that a page of many opens at once; the others one by one
 * while the page has nothing else to do, so that a picture of the whole page has them, too.
 */
import { isOnPaper, onThemeChange } from "./theme.ts";

/** How near, in CSS pixels. */
const MARGIN = "500px";

const waiting = new Map<Element, () => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) begin(target);
  },
  { rootMargin: MARGIN },
);

// On paper everything is seen.
onThemeChange(() => {
  if (isOnPaper()) for (const element of [...waiting.keys()]) begin(element);
});

/** Not every browser says when it has nothing to do. */
const whenIdle: (action: () => void) => void =
  "requestIdleCallback" in window ? (action) => requestIdleCallback(action) : (action) => setTimeout(action, 50);

/** Calls once, when the element is about to be seen or printed, or nothing else is to be done. */
export function whenSeen(element: Element, action: () => void): void {
  if (waiting.size === 0) whenIdle(drawNext);
  waiting.set(element, action);
  observer.observe(element);
}

/** Draws what waits first, and goes on with the rest. */
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
