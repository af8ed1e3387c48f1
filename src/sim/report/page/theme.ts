/** Light or dark ground: that of the reader's system until the reader changes it; light on paper. */
import type { ColourName } from "../../output/palette.ts";

type Listener = () => void;

const listeners = new Set<Listener>();
const cache = new Map<string, string>();
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const paper = matchMedia("print");

/** A colour on the present ground. */
export function colour(name: ColourName): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    cache.set(name, value);
  }
  return value;
}

/** The colour with an opacity: 0 is invisible. */
export function translucent(name: ColourName, alpha: number): string {
  const hex = Number.parseInt(colour(name).slice(1), 16);
  return `rgba(${hex >> 16},${(hex >> 8) & 255},${hex & 255},${alpha})`;
}

/** Whether the page is being printed. */
export const isOnPaper = (): boolean => "print" in document.documentElement.dataset;

/** Calls a listener when the colours have changed, and before and after printing. */
export function onThemeChange(listener: Listener): void {
  listeners.add(listener);
}

/** Observes the system and the printer, and makes the button change the theme. */
export function startTheme(button: HTMLButtonElement): void {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ?? (darkSystem.matches ? "dark" : "light")) === "dark";
  const changed = () => {
    cache.clear();
    button.textContent = isDark() ? "Light theme" : "Dark theme";
    for (const listener of listeners) listener();
  };
  const print = (isPrinting: boolean) => {
    if (isPrinting === isOnPaper()) return;
    if (isPrinting) root.dataset.print = "";
    else delete root.dataset.print;
    changed();
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    changed();
  });
  darkSystem.addEventListener("change", changed);
  paper.addEventListener("change", () => print(paper.matches));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  changed();
}
