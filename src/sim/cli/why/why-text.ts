import { escapeUnsafe } from "../../../common/quote.ts";
import { spreadText } from "../../output/spread-words.ts";
import { wrapWords } from "../../output/wrap-words.ts";
import type { Explained, Tried } from "../../why/explain.ts";
import { formatTable } from "../table.ts";
import { shareText } from "./share-text.ts";
import { MEASURE_WORDS, pages, valuesText } from "./values-text.ts";
import { effectText, legend, verdictLines } from "./verdicts.ts";

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
      `What was tried, in ${worldsText(worlds)}, and ${MEASURE_WORDS[one.measure]}${worlds === 1 ? "" : ": median [lowest .. highest]"}.`,
    ),
    ...triedTable(one, worlds).trimEnd().split("\n"),
    ...paragraph(legend(tried, worlds)),
    "",
    ...verdictLines(one, worlds).flatMap(paragraph),
  ];
  return [`${number}. ${escapeUnsafe(text.title)}`, ...indented.map((line) => `${INDENT}${line}`.trimEnd())];
}

const worldsText = (worlds: number): string => (worlds === 1 ? "world 1 alone" : `${worlds} worlds`);

function triedTable({ measure, asItIs, balloon, full, tried }: Explained, worlds: number): string {
  const seconds = (value: number): string => valuesText("waits", [value]);
  const row = (title: string, one: Pick<Tried, "values" | "balloon" | "full">, effect: string): string[] => [
    title,
    one.values === null ? "" : valuesText(measure, one.values.window, Math.max(...asItIs.window)),
    one.values === null ? "" : valuesText(measure, one.values.run, Math.max(...asItIs.run)),
    one.full === null ? "" : spreadText(one.full, seconds),
    one.balloon === null ? "" : spreadText(one.balloon, (value) => pages(value, balloon.median)),
    effect,
  ];
  const head = ["change", "at this time", "in the run", "PSI full", "balloon", "effect"];
  return formatTable({ head, align: ["left", "right", "right", "right", "right", "left"] }, [
    row("as it is", { values: asItIs, balloon, full }, ""),
    ...tried.map((one) => row(`${one.title}${one.isSuggested ? " *" : ""}`, one, effectText(one.effect, worlds))),
  ]);
}
