/** The worst times of runs in a page: marks in the charts, and the texts that belong to them. */
import type { EpisodeModel } from "../model.ts";
import { byId } from "./dom.ts";
import type { TimeChart } from "./time-chart.ts";
import type { ChartGroup } from "./time-charts.ts";

/** How far from a mark a click may be, and how far the mouse may move between press and release. */
const NEAR = 6;
const STILL = 4;
/** Visible time around an episode, as a part of its length; at least so many seconds. */
const AROUND = 1;
const AROUND_MIN = 5;

/** Marks episodes in charts, and connects marks and texts. */
export function markEpisodes(charts: readonly TimeChart[], episodes: readonly EpisodeModel[]): void {
  if (episodes.length === 0) return;
  for (const chart of charts) {
    chart.setMarks(episodes);
    onStillClick(chart.over, (left) => {
      const found = episodes.find(({ since, until }) => {
        return left >= chart.place(since, 0).left - NEAR && left <= chart.place(until, 0).left + NEAR;
      });
      if (found !== undefined) open(found);
    });
  }
}

/** Connects the texts with the charts: a button each shows its time, and the cursor's episode is named. */
export function connectEpisodes(group: ChartGroup, episodes: readonly EpisodeModel[]): void {
  for (const episode of episodes) {
    const button = byId(`trouble-${episode.number}-show`) as HTMLButtonElement;
    button.hidden = false;
    button.addEventListener("click", () => show(group, episode));
  }
  const line = byId("trouble-now");
  const changed = group.onChange;
  group.onChange = () => {
    changed();
    const { time } = group;
    const here = time === null ? undefined : episodes.find(({ since, until }) => time >= since && time <= until);
    const text = here === undefined ? "" : `${here.number}. ${here.title}`;
    if (line.textContent !== text) line.textContent = text;
  };
}

/** Shows the time of an episode in the charts, with the cursor at its worst time. */
function show(group: ChartGroup, { since, until, worst }: EpisodeModel): void {
  const around = Math.max(AROUND_MIN, (until - since) * AROUND);
  group.zoom([Math.max(0, since - around), until + around]);
  // The charts have their scales when they have been drawn.
  requestAnimationFrame(() => group.pointAt(worst));
  const chart = document.querySelector("#charts .plot") as HTMLElement | null;
  chart?.focus();
  chart?.scrollIntoView({ block: "center" });
}

/** Opens the text of an episode, and goes there. */
function open({ number }: EpisodeModel): void {
  const details = byId(`trouble-${number}`) as HTMLDetailsElement;
  details.open = true;
  const summary = details.querySelector("summary") as HTMLElement;
  summary.focus();
  summary.scrollIntoView({ block: "center" });
}

/** Calls back at clicks that are no drags, with the distance from the left edge. */
function onStillClick(element: HTMLElement, clicked: (left: number) => void): void {
  let pressedAt = Number.NaN;
  element.addEventListener("mousedown", ({ clientX }) => {
    pressedAt = clientX;
  });
  element.addEventListener("click", ({ clientX }) => {
    if (Math.abs(clientX - pressedAt) <= STILL) clicked(clientX - element.getBoundingClientRect().left);
  });
}
