import pc from "picocolors";
import type { TerminalStyle } from "../../output/terminal-chart.ts";
import type { Importance } from "../../tune/importance.ts";
import type { StudyHeader } from "../../tune/types.ts";

const BAR = 20;
/** Bars have a resolution of an eighth of a character. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * The importance of each constant for each goal, as bars: a row per constant, the most important ones first.
 * @param importance result of `importanceOfStudy`, one per goal
 * @returns an empty text if there are too few trials
 */
export function importanceInTerminal(
  { parameters, goals }: Pick<StudyHeader, "parameters" | "goals">,
  importance: readonly (Importance | null)[],
  style: TerminalStyle,
): string {
  if (importance.every((one) => one === null)) return "";
  const { cyan, dim } = pc.createColors(style.hasColours);
  const weight = (i: number) => importance.reduce((sum, one) => sum + (one?.shares[i] ?? 0), 0);
  const order = [...parameters.keys()].sort((a, b) => weight(b) - weight(a) || a - b);
  const nameWidth = Math.max(...parameters.map(({ flag }) => flag.length), "together".length) + 2;
  const cell = (share: number | null, matters: boolean): string => {
    if (share === null) return "-".padEnd(BAR + 7);
    const bar = barOf(share).padEnd(BAR);
    const percent = `${Math.round(share * 100)} %`.padStart(5);
    return `${matters ? cyan(bar) + percent : dim(bar + percent)}  `;
  };
  const row = (name: string, cells: readonly string[]) => `${name.padEnd(nameWidth)}${cells.join("  ")}`.trimEnd();
  return [
    row(
      "importance",
      goals.map(({ objective }) => objective.padEnd(BAR + 7)),
    ),
    ...order.map((i) =>
      row(
        parameters[i]?.flag ?? "",
        importance.map((one) => cell(one?.shares[i] ?? null, one?.matters[i] === true)),
      ),
    ),
    row(
      "together",
      importance.map((one) => cell(one?.together ?? null, false)),
    ),
    row(
      "fit (R²)",
      importance.map((one) => (one === null ? "-" : one.fit.toFixed(2)).padStart(BAR + 5).padEnd(BAR + 7)),
    ),
    "",
  ].join("\n");
}

function barOf(share: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * BAR * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string);
}
