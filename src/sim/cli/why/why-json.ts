import { safeJson } from "../../../common/quote.ts";
import { episodeFields, recordFields } from "../../causes/json-lines.ts";
import { spreadOf } from "../../tune/spread.ts";
import type { Values } from "../../why/effect.ts";
import type { Explained, Tried } from "../../why/explain.ts";
import type { Recorded } from "../../why/trial.ts";

const values = ({ window, run }: Values) => ({
  window: { ...spreadOf(window), worlds: window },
  run: { ...spreadOf(run), worlds: run },
});

/** What verdicts rest on beside the measure. */
const besides = ({ kills, waits }: Pick<Tried, "kills" | "waits">) => ({
  kills: kills === null ? null : values(kills),
  waits_s: waits === null ? null : values(waits),
});

/** The report as JSON: docs/why.md has the fields. */
export function whyJson(
  header: Readonly<Record<string, unknown>>,
  { recording }: Recorded,
  explained: readonly Explained[],
  episodes: number,
): string {
  const told = explained.map((one) => {
    const { episode, measure, asItIs, balloon, full, tried } = one;
    const { type: _, ...fields } = episodeFields(episode, recording);
    return {
      ...fields,
      causes: [...new Set([...episode.chain, ...episode.records])].map(recordFields),
      measure,
      as_it_is: { ...values(asItIs), ...besides(one), balloon_pages: balloon, stall_full_s: full },
      tried: tried.map((one) => ({
        change: one.remedy,
        title: one.title,
        is_suggested: one.isSuggested,
        effect: one.effect,
        ...(one.values === null ? { failure: one.failure } : values(one.values)),
        ...besides(one),
        balloon_pages: one.balloon,
        stall_full_s: one.full,
      })),
    };
  });
  return `${safeJson({ ...header, episodes, explained: told }, 2)}\n`;
}
