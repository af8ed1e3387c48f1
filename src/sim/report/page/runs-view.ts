/** The charts of runs in a page, with the marks of their worst times. */
import type { RunsModel } from "../model.ts";
import { byId } from "./dom.ts";
import { connectEpisodes, markEpisodes } from "./episodes.ts";
import { ChartGroup } from "./time-charts.ts";
import { TimeData, unpacked } from "./time-data.ts";

/** Draws all charts of runs into the page, and handles mouse and keys. */
export function showRuns(model: RunsModel): void {
  const group = new ChartGroup(new TimeData(model.runs.map(unpacked)), model.kills);
  const { episodes = [] } = model;
  markEpisodes(group.fill(byId("charts"), model.panels), episodes);
  if (episodes.length > 0) connectEpisodes(group, episodes);
  const more = document.getElementById("more-charts");
  if (more === null) return;
  (more.closest("details") as HTMLDetailsElement).addEventListener("toggle", () => {
    if (more.children.length === 0) markEpisodes(group.fill(more, model.more), episodes);
  });
}
