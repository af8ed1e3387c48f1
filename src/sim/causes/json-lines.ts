/** A recording as JSON lines: `docs/causes.md` has the fields. */
import { safeJson } from "../../common/quote.ts";
import type { Us } from "../../common/units.ts";
import { causeOf } from "./cause.ts";
import { type Episode, episodesOf } from "./episode.ts";
import { FIGURE_NAMES, type Figures } from "./figures.ts";
import { kindInfo } from "./kinds.ts";
import type { CauseRecord, CauseRecording } from "./record.ts";
import { episodeText } from "./text.ts";

/** Most episodes of a file. */
const MOST_EPISODES = 100;

const seconds = (us: Us): number => us / 1e6;

/** Figures as fields: `at_s`, then pages. */
export const figureFields = (figures: Figures): Record<string, number> => ({
  at_s: seconds(figures.atUs),
  ...Object.fromEntries(FIGURE_NAMES.map((name) => [name, figures[name]])),
});

/** The fields of a record. */
export function recordFields(record: CauseRecord): Record<string, unknown> {
  const { id, kind, role, who, by, count, pages, line: to, before, first, worst, chain } = record;
  return {
    ...{ type: kindInfo(kind).type, id, kind, role, who },
    ...(by === null ? {} : { by }),
    since_s: seconds(record.sinceUs),
    until_s: seconds(record.untilUs),
    count,
    total_s: seconds(record.totalUs),
    longest_s: seconds(record.longestUs),
    longest_at_s: seconds(record.longestAtUs),
    pages,
    ...(to === null ? {} : { line_target: to.target, line_until_s: seconds(to.untilUs) }),
    before: figureFields(before),
    first: figureFields(first),
    ...(worst === first ? {} : { worst: figureFields(worst) }),
    chain,
  };
}

/** The fields of an episode. */
export function episodeFields(episode: Episode, recording: CauseRecording): Record<string, unknown> {
  const { kind, kills, failures, records, main, chain } = episode;
  const { title, lines } = episodeText(episode, recording);
  return {
    ...{ type: "episode", kind, cause: causeOf(episode, recording) },
    since_s: seconds(episode.sinceUs),
    until_s: seconds(episode.untilUs),
    kills,
    workload_s: seconds(episode.workloadUs),
    driver_s: seconds(episode.driverUs),
    other_s: episode.otherUs === null ? null : seconds(episode.otherUs),
    failures,
    main: main.id,
    chain: chain.map(({ id }) => id),
    records: records.map(({ id }) => id),
    title,
    text: lines,
  };
}

/** The lines of a file: a header, the records in the order of time, and the episodes, the worst first. */
export function* causeLines(recording: CauseRecording, header: Readonly<Record<string, unknown>>): Generator<string> {
  const { records, gapUs, endUs, guest } = recording;
  const episodes = episodesOf(recording);
  const counts = { records: records.length, episodes: episodes.length };
  const limits = { gap_s: seconds(gapUs), end_s: seconds(endUs), ...counts };
  yield line({ format: "balloon-sim/causes", version: 1, ...header, ...limits, guest });
  for (const record of records) yield line(recordFields(record));
  for (const episode of episodes.slice(0, MOST_EPISODES)) yield line(episodeFields(episode, recording));
}

const line = (value: unknown): string => `${safeJson(value)}\n`;
