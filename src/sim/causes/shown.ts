import type { Us } from "../../common/units.ts";
import { episodesOf } from "./episode.ts";
import type { CauseRecording } from "./record.ts";
import { type EpisodeText, episodeText } from "./text.ts";

/** A time in which a run stalled or failed, in words, for a page. Plain data. */
export interface ShownEpisode extends EpisodeText {
  readonly sinceUs: Us;
  readonly untilUs: Us;
  /** The time to look at: that of the state that the text tells. */
  readonly worstUs: Us;
}

/** The worst episodes of a recording, the worst first. */
export interface ShownEpisodes {
  readonly episodes: readonly ShownEpisode[];
  /** How many there are in all. */
  readonly all: number;
}

/** Tells the worst episodes of a recording. @param most that are told */
export function shownEpisodes(recording: CauseRecording, most: number): ShownEpisodes {
  const episodes = episodesOf(recording);
  const shown = episodes.slice(0, most).map((episode): ShownEpisode => {
    const { sinceUs, untilUs, worst } = episode;
    return { ...episodeText(episode, recording), sinceUs, untilUs, worstUs: worst.atUs };
  });
  return { episodes: shown, all: episodes.length };
}
