import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { type BalloonPolicy, DEFAULT_POLICY } from "../../engine/index.ts";
import { type Column, columnsOf, defaultColumnsOf } from "./columns.ts";

/**
 * The columns of `--columns`: names separated by commas, `default` and `all` for whole groups, in the given order.
 * @param policy of the driver whose runs have the columns
 * @param place prefix of the message
 * @throws {InputError} for the first name that is unknown or repeated
 */
export function chooseColumns(list: string, policy: BalloonPolicy, place = "--columns"): readonly Column[] {
  const all = columnsOf(policy);
  const groups = new Map([
    ["default", defaultColumnsOf(policy)],
    ["all", all],
  ]);
  const chosen = new Set<Column>();
  for (const part of list.split(",")) {
    const name = part.trim();
    const group = groups.get(name);
    const column = all.find((one) => one.name === name);
    if (group === undefined && column === undefined) {
      throw new InputError(`${place}: ${unknownColumn(name, all, [...groups.keys(), "help"], policy)}`);
    }
    for (const one of group ?? [column as Column]) {
      if (chosen.has(one)) throw new InputError(`${place}: ${quote(one.name)} is named twice`);
      chosen.add(one);
    }
  }
  return [...chosen];
}

function unknownColumn(
  name: string,
  columns: readonly Column[],
  others: readonly string[],
  policy: BalloonPolicy,
): string {
  const hint = () => didYouMean(name, [...columns.map((one) => one.name), ...others]) || withTheseWords(name, columns);
  const problem = name === "" ? "a name is missing" : `unknown column ${quote(name)}${hint()}`;
  const driver = policy === DEFAULT_POLICY ? "" : `--driver ${policy.name} `;
  return `${problem} (balloon-sim run ${driver}--columns help lists them)`;
}

/** Maximum number of columns that a hint names: words that more of them have say little. */
const MAX_HINTS = 4;

/** A hint at the columns whose names and meanings have all words of a name: `stall_some_us` for `psi_some`. */
function withTheseWords(name: string, columns: readonly Column[]): string {
  const words = name.toLowerCase().match(/[a-z]{3,}/g) ?? [];
  const wordsOf = (column: Column) => `${column.name} ${column.meaning}`.toLowerCase().match(/[a-z]+/g) ?? [];
  const found = columns.filter((column) => {
    const own = new Set(wordsOf(column));
    return words.length > 0 && words.every((word) => own.has(word));
  });
  if (found.length === 0 || found.length > MAX_HINTS) return "";
  return `; did you mean ${found.map((one) => `"${one.name}"`).join(" or ")}?`;
}
