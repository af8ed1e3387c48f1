import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { COLUMNS, type Column, DEFAULT_COLUMNS } from "./columns.ts";

/** Names that stand for several columns. */
const GROUPS: ReadonlyMap<string, readonly Column[]> = new Map([
  ["default", DEFAULT_COLUMNS],
  ["all", COLUMNS],
]);

const BY_NAME: ReadonlyMap<string, Column> = new Map(COLUMNS.map((column) => [column.name, column]));

/**
 * The columns that `--columns` asks for: names separated by commas, `default` and `all` for whole groups, in the order
 * given.
 * @throws {InputError} naming the first name that is no column, or that comes twice
 */
export function chooseColumns(list: string): readonly Column[] {
  const chosen = new Set<Column>();
  for (const part of list.split(",")) {
    const name = part.trim();
    const group = GROUPS.get(name);
    const column = BY_NAME.get(name);
    if (group === undefined && column === undefined) throw new InputError(`--columns: ${unknownColumn(name)}`);
    for (const one of group ?? [column as Column]) {
      if (chosen.has(one)) throw new InputError(`--columns: ${quote(one.name)} is asked for twice`);
      chosen.add(one);
    }
  }
  return [...chosen];
}

function unknownColumn(name: string): string {
  const hint = didYouMean(name, [...BY_NAME.keys(), ...GROUPS.keys(), "help"]);
  const problem = name === "" ? "a name is missing" : `unknown column ${quote(name)}${hint}`;
  return `${problem} (balloon-sim run --columns help lists them)`;
}
