/** Charts are drawn when they come near to what the reader sees, so that a page of many opens at once. */
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

/** Calls once, when the element is about to be seen or printed. */
export function whenSeen(element: Element, action: () => void): void {
  waiting.set(element, action);
  observer.observe(element);
}

function begin(element: Element): void {
  const action = waiting.get(element);
  waiting.delete(element);
  observer.unobserve(element);
  action?.();
}
