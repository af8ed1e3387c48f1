import { escapeUnsafe } from "../../../common/quote.ts";
import { wrapWords } from "../../output/wrap-words.ts";
import { type Effect, type Measure, remaining } from "../../why/effect.ts";
import type { Explained, Tried } from "../../why/explain.ts";
import { formatTable } from "../table.ts";
import { shareText } from "./share-text.ts";
import { MEASURE_WORDS, pages, spreadText, valuesText, valueText } from "./values-text.ts";

/** What `balloon-sim why` tells. */
export interface WhyReport {
  /** The run: its trace, driver and changes, safe to print. */
  readonly run: string;
  /** A sentence about what is explained; null: none. */
  readonly note: string | null;
  /** All episodes of the run, explained or not. */
  readonly episodes: number;
  readonly explained: readonly Explained[];
  readonly worlds: number;
}

const EFFECT_WORDS: Readonly<Record<Effect, string>> = {
  prevents: "prevents it",
  helps: "helps",
  moves: "moves it",
  mixed: "mixed",
  kills: "kills more",
  none: "~",
  worse: "worse",
  impossible: "impossible",
};

/** Sentences of a verdict, in their order. */
const VERDICTS: readonly (readonly [effect: Effect, words: string])[] = [
  ["prevents", "Prevents it (a tenth or less is left)"],
  ["helps", "Helps (significantly less)"],
  ["moves", "Moves it to other times"],
  ["mixed", "Mixed: of this and of all waits of the workloads in the run, one is less and the other more"],
  ["none", "No significant difference"],
  ["worse", "Makes it worse"],
  ["kills", "Makes the OOM killer kill more"],
  ["impossible", "Not possible here"],
];

const INDENT = "   ";
/** Width of texts without a terminal. */
const TEXT_WIDTH = 110;

/** The report as text. @param width of the terminal; undefined without one */
export function whyText({ run, note, episodes, explained, worlds }: WhyReport, width: number | undefined): string {
  const shown = explained.length;
  const count = `${episodes} ${episodes === 1 ? "time" : "times"} of trouble`;
  const which = shown === episodes ? (episodes > 1 ? ", the worst first" : "") : `, ${shown} of them explained`;
  const wide = Math.max(40, (width ?? TEXT_WIDTH) - INDENT.length);
  const head = `${run}: ${count}${which}. Figures in sentences are exact for world 1, the trace as it is written.`;
  return [
    ...wrapWords(note === null ? head : `${head} ${note}`, width ?? TEXT_WIDTH, "keep"),
    ...explained.flatMap((one, i) => ["", ...episodeLines(one, i + 1, worlds, wide)]),
    "",
  ].join("\n");
}

function episodeLines(one: Explained, number: number, worlds: number, wide: number): string[] {
  const { text, tried } = one;
  const share = shareText(one);
  const paragraph = (line: string): string[] => wrapWords(escapeUnsafe(line), wide, "keep");
  const indented = [
    ...[...text.lines, ...(share === null ? [] : [share])].flatMap(paragraph),
    "",
    ...paragraph(
      `What was tried, in ${worldsText(worlds)}, and ${MEASURE_WORDS[one.measure]}: median [lowest .. highest].`,
    ),
    ...triedTable(one).trimEnd().split("\n"),
    ...paragraph(legend(tried, worlds)),
    "",
    ...verdictLines(one, worlds).flatMap(paragraph),
  ];
  return [`${number}. ${escapeUnsafe(text.title)}`, ...indented.map((line) => `${INDENT}${line}`.trimEnd())];
}

const worldsText = (worlds: number): string => (worlds === 1 ? "world 1 alone" : `${worlds} worlds`);

function legend(tried: readonly Tried[], worlds: number): string {
  const few = worlds < 5 ? " Fewer than 5 worlds are only for a first look." : "";
  const suggested = tried.some(({ isSuggested }) => isSuggested) ? "* what the cause suggests. " : "";
  return `${suggested}~ no significant difference (docs/worlds.md).${few}`;
}

function triedTable({ measure, asItIs, balloon, full, tried }: Explained): string {
  const seconds = (value: number): string => valuesText("waits", [value]);
  const row = (title: string, one: Pick<Tried, "values" | "balloon" | "full">, effect: string): string[] => [
    title,
    one.values === null ? "" : valuesText(measure, one.values.window, Math.max(...asItIs.window)),
    one.values === null ? "" : valuesText(measure, one.values.run, Math.max(...asItIs.run)),
    one.full === null ? "" : spreadText(one.full, seconds),
    one.balloon === null
      ? ""
      : spreadText({ ...one.balloon, lowest: one.balloon.median, highest: one.balloon.median }, (value) =>
          pages(value, balloon.median),
        ),
    effect,
  ];
  const head = ["change", "at this time", "in the run", "PSI full", "balloon", "effect"];
  return formatTable({ head, align: ["left", "right", "right", "right", "right", "left"] }, [
    row("as it is", { values: asItIs, balloon, full }, ""),
    ...tried.map((one) => row(`${one.title}${one.isSuggested ? " *" : ""}`, one, EFFECT_WORDS[one.effect])),
  ]);
}

/** Effects that say less than the whole run does. */
const OF_A_TIME: readonly Effect[] = ["prevents", "helps", "moves"];

/** ` (2 kills remain at other times)`; empty: hardly anything does. */
function remainsText({ values, effect }: Tried, measure: Measure): string {
  if (values === null || !OF_A_TIME.includes(effect)) return "";
  const rest = remaining(values);
  if (rest <= 0.1 * Math.max(...values.run)) return "";
  const kills = measure === "kills" ? (rest === 1 ? " kill remains" : " kills remain") : " remain";
  return ` (${valueText(measure, rest)}${kills} at other times)`;
}

/** What prevents it, what helps and what does not. */
function verdictLines({ tried, measure }: Explained, worlds: number): string[] {
  const lines = VERDICTS.flatMap(([effect, words]) => {
    const titles = tried
      .filter((one) => one.effect === effect)
      .map((one) => `${one.title}${remainsText(one, measure)}`);
    return titles.length === 0 ? [] : [`${words}: ${titles.join("; ")}.`];
  });
  const isSolved = tried.some(({ effect }) => effect === "prevents" || effect === "helps");
  const few = worlds < 5 && worlds > 1 ? "; in so few worlds hardly any difference can be (--worlds)" : "";
  return isSolved ? lines : [`Nothing of what was tried is significantly better${few}.`, ...lines];
}
