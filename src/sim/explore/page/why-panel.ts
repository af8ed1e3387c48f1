/** Why the shown run stalls: its worst times, and the one at the cursor in words. */
import type { Us } from "../../../common/units.ts";
import type { ShownEpisode } from "../../causes/index.ts";
import { byId, element } from "../../report/page/dom.ts";
import type { Mark } from "../../report/page/marks.ts";

/** Episodes that are listed, and marked on the chart. */
const MOST_LISTED = 5;
/** How far from an episode the cursor is still at it. */
const NEAR_US = 30_000_000;

/** The list of a run's worst times. */
export class WhyPanel {
  readonly #goTo: (us: Us) => void;
  #episodes: readonly ShownEpisode[] = [];
  #shown: ShownEpisode | null = null;
  #atUs: Us | null = null;

  /** @param goTo puts the cursor to a time */
  constructor(goTo: (us: Us) => void) {
    this.#goTo = goTo;
  }

  /** Another run begins: what is known is of the one before. */
  clear(): void {
    byId("why").classList.add("old");
  }

  /** @param all how many episodes there are, of which the worst are given */
  show(episodes: readonly ShownEpisode[], all: number): void {
    this.#episodes = episodes;
    byId("why").classList.remove("old");
    const more = all - MOST_LISTED;
    byId("why-about").textContent =
      all === 0
        ? "No task waited for memory, and nothing failed."
        : `The worst times of this run${more > 0 ? `, and ${more} more that the cursor finds` : ""}:`;
    byId("why-list").replaceChildren(
      ...episodes.slice(0, MOST_LISTED).map((episode) => {
        const button = element("button", { type: "button" }, episode.title);
        button.addEventListener("click", () => this.#goTo(episode.worstUs));
        return element("li", {}, button);
      }),
    );
    this.#shown = null;
    this.#tell();
  }

  /** The cursor is at a time; null: there is none. */
  pointAt(us: Us | null): void {
    this.#atUs = us;
    this.#tell();
  }

  /** The listed episodes as marks. */
  get marks(): Mark[] {
    return this.#episodes
      .slice(0, MOST_LISTED)
      .map(({ sinceUs, untilUs }, i) => ({ number: i + 1, since: sinceUs / 1e6, until: untilUs / 1e6 }));
  }

  #tell(): void {
    const at = this.#atUs;
    const near = at === null ? null : nearest(this.#episodes, at);
    byId("why-list")
      .querySelectorAll("button")
      .forEach((button, i) => {
        button.setAttribute("aria-pressed", String(this.#episodes[i] === near));
      });
    if (near === this.#shown && near !== null) return;
    this.#shown = near;
    const isListed = near !== null && this.#episodes.indexOf(near) < MOST_LISTED;
    byId("why-text").replaceChildren(
      ...(near === null || isListed ? [] : [element("p", {}, element("b", {}, near.title))]),
      ...(near?.lines ?? []).map((line) => element("p", {}, line)),
    );
  }
}

/** The episode at a time, or the nearest one, if it is near. */
function nearest(episodes: readonly ShownEpisode[], at: Us): ShownEpisode | null {
  const distance = ({ sinceUs, untilUs }: ShownEpisode): Us => Math.max(0, sinceUs - at, at - untilUs);
  let found: ShownEpisode | null = null;
  for (const one of episodes)
    if (distance(one) <= NEAR_US && (found === null || distance(one) < distance(found))) found = one;
  return found;
}
