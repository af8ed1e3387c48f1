import { formatTime } from "../../../common/units.ts";
import { figureAccount } from "../../shadow/account.ts";
import { type Claim, claimsOf, type Verdict, type WindowResult } from "../../shadow/claims.ts";
import type { FigureId } from "../../shadow/figures.ts";
import type { ShadowWindow } from "../../shadow/window.ts";
import { figureNumber, figureTitle, verdictText } from "../../shadow/words.ts";

/** Figures of a window's line, the others are in the report. */
const SHOWN: readonly FigureId[] = ["size", "away", "full", "swapOut"];

/** A window in one line: what was measured, and what was predicted of each driver. */
export function windowLine({ samples }: ShadowWindow, result: WindowResult): string {
  const lengthUs = Math.round(result.weights.seconds) * 1e6;
  const figures = claimsOf([result])
    .filter(({ kind }) => SHOWN.includes(kind.id))
    .map((claim) => {
      const { kind, measured, real, other: instead } = claim;
      const number = (value: number) => figureNumber(figureAccount(claim), value);
      const unit = kind.unit === "" ? "" : ` ${kind.unit}`;
      return `${kind.title} ${number(measured)}${unit} (predicted ${number(real)}, instead ${number(instead)})`;
    });
  return `window of ${formatTime(lengthUs)}, ${samples.length} samples: ${figures.join("; ")}`;
}

/** Reports verdicts that have changed, a line each. */
export class VerdictChanges {
  readonly #known = new Map<FigureId, Verdict>();

  /** The lines for the claims whose verdicts are others than at the call before. */
  lines(claims: readonly Claim[], leastWindows: number): string[] {
    return claims.flatMap((claim) => {
      const { kind, verdict } = claim;
      const before = this.#known.get(kind.id) ?? "few";
      this.#known.set(kind.id, verdict);
      if (verdict === before) return [];
      const figure = figureAccount(claim);
      return [`${figureTitle(figure)}: ${verdictText(figure, leastWindows)}`];
    });
  }
}
