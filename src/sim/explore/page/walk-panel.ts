/** The events at the cursor, one by one, as `balloon-sim step` shows them. */
import type { Us } from "../../../common/units.ts";
import { byId } from "../../report/page/dom.ts";

/** Lines that are kept. */
const MOST_LINES = 200;
/** Rest of the cursor before the walk follows it, in milliseconds. */
const REST_MS = 200;

/** Buttons, and the lines of a walk. */
export class WalkPanel {
  readonly #send: (commands: string) => void;
  readonly #panel = byId("walk") as HTMLDetailsElement;
  readonly #lines = byId("walk-lines");
  /** The cursor, to which the walk goes before its next step; null: it is there. */
  #goalUs: Us | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param send sends commands of `balloon-sim step` to the worker */
  constructor(send: (commands: string) => void) {
    this.#send = send;
    this.#panel.addEventListener("toggle", () => this.#follow());
    for (const button of this.#panel.querySelectorAll("button")) {
      button.addEventListener("click", () => this.#step(button.dataset.command ?? ""));
    }
    this.#panel.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[nbcC]$/.test(event.key)) return;
      event.preventDefault();
      this.#step(event.key);
    });
  }

  /** The cursor has moved, or another run is shown. */
  goTo(us: Us): void {
    this.#goalUs = us;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#follow(), REST_MS);
  }

  /** Shows the answer of the worker. */
  show(lines: readonly string[]): void {
    const all = [...this.#lines.textContent.split("\n").filter((line) => line !== ""), ...lines];
    this.#lines.textContent = all.slice(-MOST_LINES).join("\n");
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #follow(): void {
    if (!this.#panel.open || this.#goalUs === null) return;
    this.#lines.textContent = "";
    this.#step("");
  }

  #step(command: string): void {
    const goal = this.#goalUs;
    this.#goalUs = null;
    this.#send(`${goal === null ? "" : `${(goal / 1e6).toFixed(6)}g`}${command}`);
  }
}
