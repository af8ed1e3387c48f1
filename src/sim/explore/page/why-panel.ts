/** Why the shown run stalls: its worst times, and the one at the cursor in words. */
import type { Us } from "../../../common/units.ts";
import { episodeAt } from "../../causes/episode-at.ts";
import type { ShownEpisode } from "../../causes/index.ts";
import { byId, element } from "../../report/page/dom.ts";
import type { Mark } from "../../report/page/marks.ts";

/** Episodes that are listed, and marked on the chart. */
const MOST_LISTED = 5;

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
    byId("why-about").textContent = aboutOf(episodes.length, all);
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
    const near = at === null ? null : episodeAt(this.#episodes, at);
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

/** What the list has. @param told of `all` */
function aboutOf(told: number, all: number): string {
  if (all === 0) return "No task waited for memory, and nothing failed, in world 1.";
  const more = told - MOST_LISTED;
  const found = more > 0 ? `, and ${more} more that the cursor finds` : "";
  return `The worst times of this run in world 1${found}${told < all ? `, of ${all} in all` : ""}:`;
}
