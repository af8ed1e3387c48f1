import type { FigureAccount, ShadowAccount } from "./account.ts";
import { FIGURES, type FigureKind } from "./figures.ts";

/** The kind of a figure. */
const kindOf = ({ figure }: FigureAccount): FigureKind => FIGURES.find(({ id }) => id === figure) as FigureKind;

/** A number of a figure, with as many decimals as it has. */
export const figureNumber = (figure: FigureAccount, value: number): string => value.toFixed(kindOf(figure).decimals);

const withUnit = (figure: FigureAccount, value: number): string =>
  `${figureNumber(figure, value)}${figure.unit === "" ? "" : ` ${figure.unit}`}`;

const windowsText = (count: number): string => `${count} ${count === 1 ? "window" : "windows"}`;

/** A figure's name with its unit and what it is per. */
export function figureTitle({ title, unit, per, windows }: FigureAccount): string {
  const over = per === "seconds" ? "mean" : per === "changes" ? "per change" : `sum of ${windowsText(windows)}`;
  return `${title}, ${unit === "" ? "" : `${unit}, `}${over}`;
}

/** What can be said about a figure, in words. The error is beside every claim. */
export function verdictText(figure: FigureAccount, leastWindows: number): string {
  const { verdict, difference, least, windows, measured } = figure;
  const amount = withUnit(figure, Math.abs(difference));
  const way = difference > 0 ? "more" : "less";
  switch (verdict) {
    case "difference":
      return `${amount} ${way}, give or take ${withUnit(figure, least)} (${windowsText(windows)})`;
    case "none":
      return `no difference that this shadow can see: it would have to be above ${withUnit(figure, least)} (${windowsText(windows)})`;
    case "unchecked":
      return `not checked: the real driver had ${withUnit(figure, measured)}, too little to tell whether ${amount} ${way} is predicted well`;
    case "few":
      return `no claim from ${windowsText(windows)}: ${leastWindows} are needed`;
  }
}

/** What the windows were, in a sentence. */
export function windowsSentence({ windows }: ShadowAccount): string {
  const { replayed, idle, failed, skipped } = windows;
  const parts = [
    `${replayed} replayed`,
    `${idle} at rest, in which no driver does anything`,
    ...(failed > 0 ? [`${failed} that could not be simulated`] : []),
    ...(skipped > 0 ? [`${skipped} not replayed for lack of processor time`] : []),
  ];
  return `Windows: ${parts.join(", ")}.`;
}

/** The two drivers, in a sentence. */
export function driversSentence({ real, other }: ShadowAccount): string {
  const detail = other.detail === "" ? "" : ` with ${other.detail}`;
  return `Real driver: ${real.name} (statistics ${real.layout}). Instead: ${other.name}${detail}.`;
}

/** The machine of the simulation, in a sentence. */
export function costsSentence({ costs }: ShadowAccount): string {
  return costs.isCalibrated
    ? `Costs of operations: those of ${costs.machine} (--machine).`
    : `Not calibrated: the costs of operations are assumed to be those of the built-in machine ${costs.machine} (balloon-sim calibrate --here -o machine.json measures this one, for --machine).`;
}
