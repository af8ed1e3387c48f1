import type { FigureAccount, ShadowAccount } from "../../shadow/account.ts";
import {
  costsSentence,
  driversSentence,
  figureNumber,
  figureTitle,
  verdictText,
  windowsSentence,
} from "../../shadow/words.ts";
import { formatTable } from "../table.ts";

/** The state of a shadow as text, for standard output. */
export function accountText(account: ShadowAccount): string {
  const lines = [driversSentence(account), costsSentence(account), ...account.caveats, windowsSentence(account)];
  const { figures } = account;
  if (figures.length === 0) return `${lines.join("\n")}\nNothing to compare: the balloon has not moved.\n`;
  const number = (figure: FigureAccount, value: number) => figureNumber(figure, value);
  const table = formatTable(
    {
      head: ["figure", "measured", "predicted", "error", "instead", "claim"],
      align: ["left", "right", "right", "right", "right", "left"],
    },
    figures.map((figure) => [
      figureTitle(figure),
      number(figure, figure.measured),
      number(figure, figure.predicted.real),
      number(figure, figure.error),
      number(figure, figure.predicted.other),
      verdictText(figure, account.leastWindows),
    ]),
  );
  return `${lines.join("\n")}\n\n${table}`;
}
