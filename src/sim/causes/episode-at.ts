import type { Us } from "../../common/units.ts";
import type { Episode } from "./episode.ts";

type Span = Pick<Episode, "sinceUs" | "untilUs">;

/** Maximum distance of an episode from a time at which it is looked for, in microseconds. */
const MOST_US = 60_000_000;

/** How far an episode is from a time; 0: it contains it. */
export const distanceOf = ({ sinceUs, untilUs }: Span, atUs: Us): Us => Math.max(0, sinceUs - atUs, atUs - untilUs);

/** The episode at a time: the one that contains it, else the nearest within a minute; null: there is none. */
export function episodeAt<E extends Pick<Episode, "sinceUs" | "untilUs">>(episodes: readonly E[], atUs: Us): E | null {
  let nearest: E | null = null;
  for (const one of episodes) if (nearest === null || distanceOf(one, atUs) < distanceOf(nearest, atUs)) nearest = one;
  return nearest !== null && distanceOf(nearest, atUs) <= MOST_US ? nearest : null;
}
