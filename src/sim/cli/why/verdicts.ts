/** What prevents an episode, what helps and what does not, in words. */
import { type Effect, type Measure, remaining } from "../../why/effect.ts";
import type { Explained, Tried } from "../../why/explain.ts";
import { valuesText, valueText } from "./values-text.ts";

/** The words of an effect: in the table, at the beginning of its sentence, and both where one world says all that is known. */
interface EffectWords {
  readonly cell: string;
  readonly sentence: string;
  readonly cellOfOne?: string;
  readonly sentenceOfOne?: string;
}

/** What verdicts are told of. */
type Judged = Pick<Explained, "measure" | "waits" | "kills" | "tried">;

/** The effects, in the order of their sentences. */
const WORDS: Readonly<Record<Effect, EffectWords>> = {
  prevents: {
    cell: "prevents it",
    sentence: "Prevents it (a tenth or less is left)",
    sentenceOfOne: "Prevents it in this world (a tenth or less is left)",
  },
  helps: {
    cell: "helps",
    sentence: "Helps (significantly less)",
    cellOfOne: "less",
    sentenceOfOne: "Less in this world",
  },
  moves: {
    cell: "moves it",
    sentence: "Moves it to other times",
    sentenceOfOne: "Moves it to other times in this world",
  },
  mixed: {
    cell: "mixed",
    sentence: "Mixed (of this and of all waits of the workloads in the run, one is less and the other more)",
  },
  none: {
    cell: "~",
    sentence: "No significant difference",
    cellOfOne: "=",
    sentenceOfOne: "No difference in this world",
  },
  worse: {
    cell: "worse",
    sentence: "Makes it worse",
    cellOfOne: "more",
    sentenceOfOne: "More in this world",
  },
  kills: {
    cell: "kills more",
    sentence: "Makes the OOM killer kill more",
    sentenceOfOne: "Makes the OOM killer kill more in this world",
  },
  impossible: { cell: "impossible", sentence: "Not possible here" },
};

/** An effect in a table. */
export function effectText(effect: Effect, worlds: number): string {
  const { cell, cellOfOne = cell } = WORDS[effect];
  return worlds === 1 ? cellOfOne : cell;
}

/** What the marks of the table mean, and how sure the effects are. */
export function legend(tried: readonly Tried[], worlds: number): string {
  const suggested = tried.some(({ isSuggested }) => isSuggested) ? "* what the cause suggests. " : "";
  if (worlds === 1) return `${suggested}= no difference. One world says nothing of others (docs/worlds.md).`;
  const few = worlds < 5 ? " Fewer than 5 worlds are only for a first look." : "";
  return `${suggested}~ no significant difference (docs/worlds.md).${few}`;
}

/** What prevents it, what helps and what does not: a paragraph each. */
export function verdictLines(explained: Judged, worlds: number): string[] {
  const { tried } = explained;
  const lines = (Object.keys(WORDS) as Effect[]).flatMap((effect) => {
    const { sentence, sentenceOfOne = sentence } = WORDS[effect];
    const titles = tried
      .filter((one) => one.effect === effect)
      .map((one) => [one.title, ...noteOf(one, explained)].join(", "));
    return titles.length === 0 ? [] : [`${worlds === 1 ? sentenceOfOne : sentence}: ${titles.join("; ")}.`];
  });
  if (tried.some(({ effect }) => effect === "prevents" || effect === "helps")) return lines;
  if (worlds === 1) return ["Nothing of what was tried is better in this world.", ...lines];
  const few = worlds < 5 ? "; in so few worlds hardly any difference can be (--worlds)" : "";
  return [`Nothing of what was tried is significantly better${few}.`, ...lines];
}

/** The figures that an effect rests on and that the table does not have; empty: the table has them. */
function noteOf(tried: Tried, { measure, waits, kills }: Judged): string[] {
  const { effect } = tried;
  if (effect === "prevents" || effect === "helps" || effect === "moves") return remainsNote(tried, measure);
  if (effect === "mixed" && measure !== "waits" && tried.waits !== null) {
    const [to, from] = [tried.waits.run, waits.run].map((values) => valuesText("waits", values));
    return [`but workloads waited ${to} in the run instead of ${from}`];
  }
  if (effect === "kills" && measure !== "kills" && tried.kills !== null) {
    const [to, from] = [tried.kills.run, kills.run].map((values) => valuesText("kills", values));
    return [`with ${to} kills in the run instead of ${from}`];
  }
  return [];
}

/** `but 2 kills remain at other times`; empty: hardly anything does. */
function remainsNote({ values }: Tried, measure: Measure): string[] {
  if (values === null) return [];
  const rest = remaining(values);
  if (rest <= 0.1 * Math.max(...values.run)) return [];
  const kills = measure === "kills" ? (rest === 1 ? " kill remains" : " kills remain") : " remain";
  return [`but ${valueText(measure, rest)}${kills} at other times`];
}
