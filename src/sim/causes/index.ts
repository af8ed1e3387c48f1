/** Why a run stalls: a recorder of waits and failures, their episodes, and episodes in words. Runs in browsers. */
export { type CauseName, causeOf, causeWords } from "./cause.ts";
export { EPISODE_GAP_US, type Episode, type EpisodeKind, episodesOf } from "./episode.ts";
export { distanceOf, episodeAt } from "./episode-at.ts";
export type { Figures } from "./figures.ts";
export { causeLines } from "./json-lines.ts";
export { CAUSE_KINDS, type CauseKind, type KindInfo, kindInfo } from "./kinds.ts";
export type { CauseRecord, CauseRecording, CauseRole } from "./record.ts";
export { CauseRecorder, MAX_RECORDS } from "./recorder.ts";
export { type ShownEpisode, type ShownEpisodes, shownEpisodes } from "./shown.ts";
export { type EpisodeText, episodeText } from "./text.ts";
